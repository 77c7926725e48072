//! From a file to a database of ours: creation, adoption, migration.
//!
//! Looking comes first and writes nothing; whatever must be written happens in
//! one IMMEDIATE transaction that looks again, so that a fleet of programs
//! that open the same new file at once agree.

use std::path::Path;
use std::time::Instant;

use media_schema::{Ddl, TABLES, Table, VERSION};
use rusqlite::Connection;

use crate::OpenError;
use crate::fault::open_error;
use crate::shape::{DifferenceKind, index_differences, table_differences, table_exists};
use crate::transaction::Immediate;

/// What a file is, as far as opening it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No tables at all: to be made ours.
    Empty,
    /// Our tables without a version: the Python library's.
    Python,
    /// Ours, of this version.
    Current,
}

/// Looks at a file and refuses what is not ours to open.
pub(crate) fn look(connection: &Connection, path: &Path) -> Result<Standing, OpenError> {
    let started = Instant::now();
    let failed = |error| open_error(error, path, "read the schema of", started.elapsed());
    // One read transaction, so that all answers are of the same moment: another
    // program may be creating its tables.
    let _snapshot = connection.unchecked_transaction().map_err(failed)?;
    standing(connection, path)
}

/// Looks inside a transaction.
fn standing(connection: &Connection, path: &Path) -> Result<Standing, OpenError> {
    let started = Instant::now();
    let failed = |error| open_error(error, path, "read the schema of", started.elapsed());
    let version = user_version(connection).map_err(failed)?;
    if version > i64::from(VERSION) {
        return Err(OpenError::Newer {
            path: path.into(),
            found: version,
            supported: VERSION,
        });
    }
    let mut ours = 0;
    for table in TABLES {
        let exists = table_exists(connection, table).map_err(failed)?;
        match exists {
            Ok(false) => continue,
            Ok(true) => ours += 1,
            Err(difference) => return Err(schema_error(path, difference)),
        }
        let differences = table_differences(connection, table).map_err(failed)?;
        if let Some(difference) = differences.into_iter().next() {
            return Err(schema_error(path, difference));
        }
    }
    if ours == 0 {
        let others = other_objects(connection).map_err(failed)?;
        if !others.is_empty() {
            return Err(OpenError::NotOurs {
                path: path.into(),
                found: others.join(", "),
            });
        }
    }
    Ok(match (version, ours) {
        (1.., _) => Standing::Current,
        (_, 0) => Standing::Empty,
        _ => Standing::Python,
    })
}

/// Makes an empty file ours, or adopts one of the Python library.
pub(crate) fn establish(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let started = Instant::now();
    let failed = |error| open_error(error, path, "set up", started.elapsed());
    let transaction = Immediate::begin(connection).map_err(failed)?;
    let found = standing(connection, path)?;
    if found != Standing::Current {
        for table in TABLES {
            if matches!(table_exists(connection, table).map_err(failed)?, Ok(true)) {
                create(connection, path, table)?;
            }
        }
        connection
            .execute_batch(&format!("PRAGMA user_version = {VERSION}"))
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    match found {
        Standing::Empty => tracing::info!(
            database = %path.display(),
            version = VERSION,
            "created a database"
        ),
        Standing::Python => tracing::info!(
            database = %path.display(),
            version = VERSION,
            "adopted a database of the Python library"
        ),
        // Somebody else was first.
        Standing::Current => {}
    }
    Ok(())
}

/// Creates a table and its indexes where they are missing.
pub(crate) fn ensure_table(
    connection: &Connection,
    path: &Path,
    table: &'static Table,
) -> Result<(), OpenError> {
    if is_complete(connection, path, table)? {
        return Ok(());
    }
    let started = Instant::now();
    let failed = |error| open_error(error, path, "create a table in", started.elapsed());
    let transaction = Immediate::begin(connection).map_err(failed)?;
    create(connection, path, table)?;
    transaction.commit().map_err(failed)?;
    tracing::debug!(
        database = %path.display(),
        table = table.name,
        "created a table or its indexes"
    );
    Ok(())
}

/// Whether a table is there with all its indexes.
pub(crate) fn is_complete(
    connection: &Connection,
    path: &Path,
    table: &'static Table,
) -> Result<bool, OpenError> {
    let started = Instant::now();
    let failed = |error| open_error(error, path, "read the schema of", started.elapsed());
    match table_exists(connection, table).map_err(failed)? {
        // One of our name over other columns is somebody's doing, and stays.
        Ok(true) => Ok(!index_differences(connection, table)
            .map_err(failed)?
            .iter()
            .any(|difference| difference.kind == DifferenceKind::Missing)),
        Ok(false) => Ok(false),
        Err(difference) => Err(schema_error(path, difference)),
    }
}

/// Runs the frozen statements, which leave alone what is already there.
pub(crate) fn create(
    connection: &Connection,
    path: &Path,
    table: &'static Table,
) -> Result<(), OpenError> {
    let started = Instant::now();
    let failed = |error| open_error(error, path, "create a table in", started.elapsed());
    let Some(ddl) = Ddl::newest(table.name) else {
        return Err(OpenError::NoTable {
            path: path.into(),
            table: table.name,
        });
    };
    connection.execute_batch(ddl.sql).map_err(failed)
}

pub(crate) fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

pub(crate) fn schema_error(path: &Path, difference: crate::Difference) -> OpenError {
    OpenError::Schema {
        path: path.into(),
        difference,
    }
}

/// Some names of what a file holds, leaving SQLite's own tables out.
fn other_objects(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT name FROM sqlite_master
             WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY name LIMIT 5",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}
