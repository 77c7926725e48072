//! Inspection: a real file compared with the canonical schema.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use media_schema::{TABLES, VERSION};
use rusqlite::Connection;

use crate::connection::{Access, configure, require_sqlite};
use crate::database::{protect, reading_refused};
use crate::fault::open_error;
use crate::location::Location;
use crate::shape::{
    Difference, DifferenceKind, has_column, index_columns, index_differences, table_differences,
    table_exists,
};
use crate::{Journal, OpenError, OpenOptions, bootstrap};

/// Who made a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Generation {
    /// This project, and nobody else since.
    Native,
    /// The Python library's first generation.
    Python1,
    /// The Python library's second: with `config_hash` in `processing_jobs`.
    Python2,
    /// Nobody: there are no tables.
    Empty,
    /// Another program: there are tables, and none of ours.
    Foreign,
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::Python1 => "Python, generation 1",
            Self::Python2 => "Python, generation 2",
            Self::Empty => "empty",
            Self::Foreign => "foreign",
        })
    }
}

/// What [`inspect`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The absolute path.
    pub path: PathBuf,
    /// Who made the file.
    pub generation: Generation,
    /// The schema version in the file; 0 for one that was never adopted.
    pub version: i64,
    /// How changes to the file are kept apart. Opening it otherwise switches it.
    pub journal: Journal,
    /// The names of our tables that are there.
    pub tables: Vec<&'static str>,
    /// In what the file differs from the canonical schema; a table that was
    /// never needed is none, and neither is what a known generation adds.
    pub differences: Vec<Difference>,
}

/// Compares a file with the canonical schema, and writes nothing.
///
/// # Errors
/// If the file cannot be read as a SQLite database.
pub fn inspect(path: impl AsRef<Path>) -> Result<Inspection, OpenError> {
    inspect_path(path.as_ref(), Access::Read)
}

/// Undoes a change in the middle of which a program was stopped, and compares
/// the file with the canonical schema. Writes nothing else.
///
/// Any opening to write undoes it too; what this leaves out is making the file
/// ours.
///
/// # Errors
/// If the file cannot be written to, or read as a SQLite database.
pub fn recover(path: impl AsRef<Path>) -> Result<Inspection, OpenError> {
    inspect_path(path.as_ref(), Access::Write)
}

fn inspect_path(path: &Path, access: Access) -> Result<Inspection, OpenError> {
    require_sqlite()?;
    let location = Location::check(path)?;
    if !location.exists {
        return Err(OpenError::NotFound {
            path: location.path,
        });
    }
    let path = location.path;
    let started = Instant::now();
    let failed = |error| open_error(error, &path, "inspect", started.elapsed());
    let connection = Connection::open_with_flags(&path, access.flags()).map_err(failed)?;
    let _protected = protect(&path)?;
    configure(&connection, &OpenOptions::new()).map_err(|error| reading_refused(failed(error)))?;
    inspect_connection(&connection, &path)
}

/// Looks at the file that a connection has open.
pub(crate) fn inspect_connection(
    connection: &Connection,
    path: &Path,
) -> Result<Inspection, OpenError> {
    let started = Instant::now();
    let failed = |error| open_error(error, path, "inspect", started.elapsed());
    // One read transaction, so that all answers are of the same moment.
    let snapshot = connection.unchecked_transaction().map_err(failed)?;
    let mut inspection = Inspection {
        path: path.to_owned(),
        generation: generation(&snapshot).map_err(failed)?,
        version: bootstrap::user_version(&snapshot).map_err(failed)?,
        journal: journal(&snapshot).map_err(failed)?,
        tables: Vec::new(),
        differences: Vec::new(),
    };
    if inspection.version != i64::from(VERSION) {
        inspection.differences.push(Difference {
            object: "user_version".to_owned(),
            kind: DifferenceKind::Version {
                expected: VERSION,
                found: inspection.version,
            },
        });
    }
    for table in TABLES {
        match table_exists(&snapshot, table).map_err(failed)? {
            Ok(false) => {}
            Ok(true) => {
                inspection.tables.push(table.name);
                let mut found = table_differences(&snapshot, table).map_err(failed)?;
                found.extend(index_differences(&snapshot, table).map_err(failed)?);
                inspection.differences.extend(found);
            }
            Err(difference) => inspection.differences.push(difference),
        }
    }
    Ok(inspection)
}

fn journal(connection: &Connection) -> rusqlite::Result<Journal> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    Ok(if mode == "wal" {
        Journal::Wal
    } else {
        Journal::Rollback
    })
}

/// The indexes by which the Python library's files are told from ours.
const PYTHON_INDEXES: [&str; 2] = ["idx_analysis_file_path", "idx_processing_job_id"];

fn generation(connection: &Connection) -> rusqlite::Result<Generation> {
    if has_column(connection, "processing_jobs", "config_hash")? {
        return Ok(Generation::Python2);
    }
    for index in PYTHON_INDEXES {
        if !index_columns(connection, index)?.is_empty() {
            return Ok(Generation::Python1);
        }
    }
    let (objects, ours): (i64, i64) = connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE name IN ('analysis_jobs', 'processing_jobs'))
         FROM sqlite_master
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(match (objects, ours) {
        (0, _) => Generation::Empty,
        (_, 0) => Generation::Foreign,
        _ => Generation::Native,
    })
}
