//! Databases to trace in.

use media_analysis_store::MediaAnalysisStorage;
use media_hash::{ContentHash, Sha256, hash_bytes};
use media_lineage::{Direction, Lineage, Start};
use media_processing_store::MediaProcessingStorage;
use media_schema::{FIXITY_CHECKS, NewAnalysis, NewProcessing, Timestamp};
use media_sqlite::{ConnectionSource, Database, Durability, Fault, OpenOptions};
use rusqlite::{Connection, params};
use tempfile::TempDir;

/// A database in a folder of its own.
pub(crate) struct Store {
    pub(crate) database: Database,
    _folder: TempDir,
}

impl Store {
    /// A database without tables.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new().durability(Durability::Normal);
        let database = options.open(folder.path().join("media.db")).unwrap();
        Self {
            database,
            _folder: folder,
        }
    }

    /// A database with jobs from a content to another, `job-0` first, at
    /// `/media/N`, and analyses of contents under configurations.
    pub(crate) fn new(jobs: &[(u32, u32)], analyses: &[(u32, u32)]) -> Self {
        let store = Self::empty();
        let jobs: Vec<_> = (0..)
            .zip(jobs)
            .map(|(number, &(from, to))| job(number, file(from), file(to)))
            .collect();
        let processing = MediaProcessingStorage::with_source(&store.database).unwrap();
        processing.save_many(&jobs).unwrap();
        let analyses: Vec<_> = (0..)
            .zip(analyses)
            .map(|(number, &(content, config))| analysis(number, file(content), config))
            .collect();
        let results = MediaAnalysisStorage::with_source(&store.database).unwrap();
        results.save_many(&analyses).unwrap();
        store
    }

    pub(crate) fn save(&self, job: &NewProcessing) {
        let processing = MediaProcessingStorage::with_source(&self.database).unwrap();
        processing.save(job).unwrap();
    }

    /// Runs statements on a connection that writes.
    pub(crate) fn write(&self, run: impl Fn(&Connection) -> rusqlite::Result<usize>) {
        let run = |connection: &Connection| run(connection).map_err(Fault::from);
        self.database.write("write in a test", run).unwrap();
    }

    /// Records what an audit found.
    pub(crate) fn check(&self, path: &str, expected: &str, verdict: &str) {
        self.database.ensure_table(&FIXITY_CHECKS).unwrap();
        self.write(|connection| {
            connection.execute(
                "INSERT INTO fixity_checks (audit_id, path, expected, actual, verdict, checked_at)
                 VALUES (1, ?1, ?2, ?3, ?4, 5.5)",
                params![
                    path,
                    expected,
                    (verdict == "changed").then_some("sha256:now"),
                    verdict
                ],
            )
        });
    }

    pub(crate) fn trace(&self, start: Start, direction: Direction) -> Lineage {
        Lineage::trace(&self.database, start, direction).unwrap()
    }

    /// A lineage from `/media/N` both ways.
    pub(crate) fn around(&self, content: u32) -> Lineage {
        self.trace(Start::Hash(hash(content).into()), Direction::Both)
    }
}

pub(crate) fn hash(content: u32) -> ContentHash {
    hash_bytes::<Sha256>(content.to_string())
}

pub(crate) fn path(content: u32) -> String {
    format!("/media/{content}")
}

/// A content at its path.
pub(crate) fn file(content: u32) -> (String, ContentHash) {
    (path(content), hash(content))
}

pub(crate) fn job(
    number: u32,
    input: (String, ContentHash),
    output: (String, ContentHash),
) -> NewProcessing {
    NewProcessing::new(format!("job-{number}"), "convert", input, output)
        .unwrap()
        .with_created_at(time(number))
}

pub(crate) fn analysis(number: u32, file: (String, ContentHash), config: u32) -> NewAnalysis {
    NewAnalysis::new(file.0, file.1, hash(config))
        .unwrap()
        .with_created_at(time(number))
}

pub(crate) fn time(number: u32) -> Timestamp {
    Timestamp::from_unix_seconds(1_767_225_600.0 + f64::from(number)).unwrap()
}

/// The number of a content of which [`path`] is the only file.
pub(crate) fn number(lineage: &Lineage, content: usize) -> u32 {
    let files = &lineage.contents[content].files;
    assert_eq!(files.len(), 1, "{files:?}");
    files[0]
        .path
        .strip_prefix("/media/")
        .unwrap()
        .parse()
        .unwrap()
}

/// The contents in their order, by number.
pub(crate) fn numbers(lineage: &Lineage) -> Vec<u32> {
    (0..lineage.contents.len())
        .map(|content| number(lineage, content))
        .collect()
}
