//! A folder with files and a database that names them.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use media_analysis_store::MediaAnalysisStorage;
use media_audit::{Audit, Event, Summary};
use media_hash::{ContentHash, Sha256, config_hash, hash_bytes};
use media_processing_store::MediaProcessingStorage;
use media_schema::{NewAnalysis, NewProcessing, Role};
use media_sqlite::{Database, Durability, OpenOptions};
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) struct Home {
    folder: TempDir,
    pub(crate) database: Database,
}

/// The hash of a text.
pub(crate) fn sha(text: &str) -> ContentHash {
    hash_bytes::<Sha256>(text)
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = open(&folder.path().join("media.db"));
        Self { folder, database }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Records a result of a file.
    pub(crate) fn analysed(&self, name: &str, hash: ContentHash) {
        let count = self.count("analysis_jobs");
        let config = config_hash(&[count]).unwrap();
        let new = NewAnalysis::new(self.path(name), hash, config).unwrap();
        let store = MediaAnalysisStorage::with_source(&self.database).unwrap();
        store.save(&new).unwrap();
    }

    /// Writes a file and records a result of it.
    pub(crate) fn add(&self, name: &str, content: &str) {
        self.write(name, content);
        self.analysed(name, sha(content));
    }

    pub(crate) fn processed(
        &self,
        job_id: &str,
        input: (&str, ContentHash),
        output: (&str, ContentHash),
    ) {
        let new = NewProcessing::new(
            job_id,
            "convert",
            (self.path(input.0), input.1),
            (self.path(output.0), output.1),
        );
        let store = MediaProcessingStorage::with_source(&self.database).unwrap();
        store.save(&new.unwrap()).unwrap();
    }

    /// Records a result of `bulk/NUMBER`.
    pub(crate) fn analysed_bulk(&self, number: usize) {
        let path = self.path(&format!("bulk/{number}"));
        let config = config_hash(&["bulk"]).unwrap();
        let new = NewAnalysis::new(path, sha("abc"), config).unwrap();
        let store = MediaAnalysisStorage::with_source(&self.database).unwrap();
        store.save(&new).unwrap();
    }

    /// A plain connection beside the open database.
    pub(crate) fn peer(&self) -> Connection {
        Connection::open(self.database.path()).unwrap()
    }

    fn count(&self, table: &str) -> i64 {
        let _ = MediaAnalysisStorage::with_source(&self.database).unwrap();
        self.peer()
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap()
    }

    /// What the peer's query finds, as text.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        let peer = self.peer();
        let mut statement = peer.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(crate) fn audit(&self) -> Report {
        Report::of(self, &Audit::new(&self.database))
    }
}

pub(crate) fn open(path: &Path) -> Database {
    OpenOptions::new()
        .durability(Durability::Normal)
        .open(path)
        .unwrap()
}

/// A check, with paths as names in the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) path: String,
    pub(crate) role: Role,
    pub(crate) verdict: &'static str,
    pub(crate) found_at: Option<String>,
    pub(crate) problem: Option<String>,
    pub(crate) jobs: usize,
}

/// An audit's results in the order in which they came.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
    pub(crate) unreadable: Vec<String>,
    pub(crate) is_resumed: bool,
    pub(crate) summary: Summary,
}

impl Report {
    pub(crate) fn of(home: &Home, audit: &Audit<'_, Database>) -> Self {
        Self::first(home, audit, usize::MAX)
    }

    /// Stops at once after so many checks.
    pub(crate) fn first(home: &Home, audit: &Audit<'_, Database>, count: usize) -> Self {
        let prefix = format!("{}/", home.folder.path().display());
        let name = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
        let (mut lines, mut unreadable) = (Vec::new(), Vec::new());
        let mut resumed = false;
        let summary = audit
            .run(|event| {
                match event {
                    Event::Begun { is_resumed, .. } => resumed = is_resumed,
                    Event::Checked(file) => lines.push(Line {
                        path: name(file.path),
                        role: file.role,
                        verdict: file.verdict.as_str(),
                        found_at: file.found_at.map(name),
                        problem: file.problem.map(str::to_owned),
                        jobs: file.jobs.len(),
                    }),
                    Event::UnreadableRow(error) => unreadable.push(error.to_string()),
                    _ => {}
                }
                if lines.len() < count {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
            .unwrap();
        Self {
            lines,
            unreadable,
            is_resumed: resumed,
            summary,
        }
    }

    /// Paths and verdicts, sorted.
    pub(crate) fn verdicts(&self) -> Vec<(&str, &str)> {
        let mut verdicts: Vec<_> = self
            .lines
            .iter()
            .map(|line| (line.path.as_str(), line.verdict))
            .collect();
        verdicts.sort_unstable();
        verdicts
    }

    /// The paths in the order in which they were checked.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.path.as_str()).collect()
    }
}
