//! Real database files to check: fresh ones, and copies of fixtures.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use media_analysis_store::MediaAnalysisStorage;
use media_hash::{Sha256, hash_bytes};
use media_processing_store::MediaProcessingStorage;
use media_schema::{InvalidValue, NewAnalysis, NewProcessing, TABLES, Timestamp};
use media_sqlite::{
    ConnectionSource, Database, Durability, Generation, Journal, OpenError, OpenOptions,
};
use rusqlite::Connection;

use super::contents::Contents;
use crate::error::Error;
use crate::workspace::Workspace;

/// Where the files that the Python library wrote lie.
const FIXTURES: &str = "crates/media-sqlite/tests/fixtures";

/// Enough rows for the samples of `ANALYZE` to see what is common.
const ROWS: u32 = 1000;

/// A file of the Python library, with what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    /// The file's name without its ending: `python-g1`.
    pub(crate) name: &'static str,
    pub(crate) generation: Generation,
    pub(crate) contents: Contents,
    database: PathBuf,
}

impl Fixture {
    /// One of each generation.
    pub(crate) fn all(workspace: &Workspace) -> Result<[Self; 2], Error> {
        let read = |name, generation| -> Result<Self, Error> {
            let file = |ending| workspace.path(&format!("{FIXTURES}/{name}.{ending}"));
            Ok(Self {
                name,
                generation,
                contents: Contents::recorded(&file("rows.json"))?,
                database: file("db"),
            })
        };
        Ok([
            read("python-g1", Generation::Python1)?,
            read("python-g2", Generation::Python2)?,
        ])
    }

    /// A copy to work on; the fixture itself is never opened.
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<PathBuf, Error> {
        let copy = folder.join(format!("{}.db", self.name));
        fs::copy(&self.database, &copy).map_err(Error::io("copy", &self.database))?;
        Ok(copy)
    }
}

/// Both stores on one file.
#[derive(Debug)]
pub(crate) struct Stores {
    pub(crate) analyses: MediaAnalysisStorage,
    pub(crate) jobs: MediaProcessingStorage,
}

impl Stores {
    /// Opens a file, which is created or adopted if need be.
    pub(crate) fn open(path: &Path, journal: Journal) -> Result<Self, Error> {
        let database = open(path, journal)?;
        Ok(Self {
            analyses: MediaAnalysisStorage::with_source(database.clone())?,
            jobs: MediaProcessingStorage::with_source(database)?,
        })
    }

    /// Likewise, with the tables that are made when they are first needed.
    pub(crate) fn open_with_all_tables(path: &Path, journal: Journal) -> Result<Self, Error> {
        let database = open(path, journal)?;
        for table in TABLES {
            database.ensure_table(table)?;
        }
        drop(database);
        Self::open(path, journal)
    }

    /// Saves many rows, with some values very common and others rare.
    pub(crate) fn fill(&self) -> Result<(), Error> {
        let analyses: Vec<_> = (0..ROWS).map(analysis).collect::<Result<_, _>>()?;
        self.analyses.save_many(&analyses)?;
        let jobs: Vec<_> = (0..ROWS).map(job).collect::<Result<_, _>>()?;
        self.jobs.save_many(&jobs)?;
        Ok(())
    }
}

/// Opens a database that need not survive a power cut.
pub(crate) fn open(path: &Path, journal: Journal) -> Result<Database, OpenError> {
    OpenOptions::new()
        .journal(journal)
        .durability(Durability::Normal)
        .open(path)
}

/// A plain connection, for looking behind the stores. To be opened when they
/// are closed, so that nothing is cached.
pub(crate) fn connect(path: &Path) -> Result<Connection, Error> {
    Connection::open(path).map_err(Error::sqlite(format!("open {}", path.display())))
}

/// `n` itself, or 0 in all cases but each `rare`-th.
fn skewed(n: u32, rare: u32) -> u32 {
    if n.is_multiple_of(rare) { n } else { 0 }
}

fn analysis(n: u32) -> Result<NewAnalysis, InvalidValue> {
    // Path and configuration are unique together, so half have each in common.
    let (path, config) = if n.is_multiple_of(2) { (0, n) } else { (n, 0) };
    let new = NewAnalysis::new(
        format!("/media/{path}.wav"),
        hash_bytes::<Sha256>(skewed(n, 10).to_string()),
        hash_bytes::<Sha256>(config.to_string()),
    )?;
    Ok(new.with_created_at(time(n)))
}

fn job(n: u32) -> Result<NewProcessing, InvalidValue> {
    let file = |folder: &str, n: u32| {
        let hash = hash_bytes::<Sha256>(format!("{folder} {n}"));
        (format!("/{folder}/{n}.wav"), hash)
    };
    let new = NewProcessing::new(
        format!("planned-{n}"),
        format!("action-{}", skewed(n, 20)),
        file("in", skewed(n, 5)),
        file("out", skewed(n, 4)),
    )?
    .with_parameters_json(format!(r#"{{"n":{n}}}"#))?;
    Ok(new.with_created_at(time(n)))
}

fn time(n: u32) -> Timestamp {
    (UNIX_EPOCH + Duration::from_secs(n.into())).into()
}
