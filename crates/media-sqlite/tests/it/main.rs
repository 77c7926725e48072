//! Real files, real connections, real processes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adoption;
mod child;
mod collector;
mod doctor;
mod events;
mod faults;
mod fixity;
mod inspection;
#[cfg(unix)]
mod limits;
mod opening;
mod policy;
mod reading;
mod statistics;
mod writing;

use std::path::{Path, PathBuf};

use media_sqlite::{ConnectionSource, Database, OpenOptions};
use rusqlite::Connection;

/// A copy of a database that the Python library wrote.
fn python_file(folder: &Path, generation: u32) -> PathBuf {
    let name = format!("python-g{generation}.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(&name);
    let copy = folder.join(name);
    std::fs::copy(fixture, &copy).unwrap();
    copy
}

fn open(path: &Path) -> Database {
    OpenOptions::new().open(path).unwrap()
}

fn with_tables(path: &Path) -> Database {
    let database = open(path);
    for table in [&media_schema::ANALYSIS_JOBS, &media_schema::PROCESSING_JOBS] {
        database.ensure_table(table).unwrap();
    }
    database
}

/// A connection as any other program would open it.
fn stranger(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn count(database: &Database, table: &str) -> i64 {
    database
        .read("count", |connection| {
            Ok(
                connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                    row.get(0)
                })?,
            )
        })
        .unwrap()
}

const INSERT: &str = "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at) \
     VALUES (?1, 'sha256:00', 'sha256:11', 1.5)";

fn insert(database: &Database, path: &str) -> Result<(), media_schema::StoreError> {
    database.write("insert", |connection| {
        connection.execute(INSERT, [path])?;
        Ok(())
    })
}
