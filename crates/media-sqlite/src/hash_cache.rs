//! The table `file_hashes`: hashes of files that lie still.

use std::path::Path;

use media_hash::{ContentHash, Fingerprint};
use media_schema::{Ddl, FILE_HASHES, LearntHashes, StoreError, Timestamp};
use rusqlite::{Connection, ErrorCode, OptionalExtension, named_params};

use crate::{ConnectionSource, Fault};

const GET: &str = "SELECT hash FROM file_hashes \
     WHERE device = :device AND inode = :inode AND algorithm = :algorithm \
     AND size = :size AND mtime_ns = :mtime_ns AND ctime_ns = :ctime_ns";

const PUT: &str = "INSERT OR REPLACE INTO file_hashes \
     (device, inode, algorithm, size, mtime_ns, ctime_ns, hash, recorded_at) \
     VALUES (:device, :inode, :algorithm, :size, :mtime_ns, :ctime_ns, :hash, :recorded_at)";

/// The remembered hash of a file. Without the table, none is.
pub(crate) fn remembered(
    source: &impl ConnectionSource,
    fingerprint: &Fingerprint,
    algorithm: &str,
) -> Result<Option<ContentHash>, StoreError> {
    source.read("look for a file's hash", |connection| {
        get_file_hash(connection, fingerprint, algorithm)
    })
}

/// Remembers hashes of files. The table is created when there is something to
/// put into it.
pub(crate) fn remember(
    source: &impl ConnectionSource,
    learnt: &[LearntHashes],
) -> Result<(), StoreError> {
    source.write("remember hashes of files", |connection| {
        put_learnt(connection, learnt)
    })
}

/// Remembers hashes inside a transaction that saves something else. If that
/// fails, only the log is told: the files will be read once more.
pub(crate) fn try_to_remember(connection: &Connection, database: &Path, learnt: &[LearntHashes]) {
    if let Err(fault) = put_learnt(connection, learnt) {
        tracing::warn!(
            database = %database.display(),
            error = ?fault,
            "cannot remember a file's hash"
        );
    }
}

fn put_learnt(connection: &Connection, learnt: &[LearntHashes]) -> Result<(), Fault> {
    for LearntHashes {
        fingerprint,
        hashes,
    } in learnt
    {
        put_file_hashes(connection, fingerprint, hashes)?;
    }
    Ok(())
}

fn get_file_hash(
    connection: &Connection,
    fingerprint: &Fingerprint,
    algorithm: &str,
) -> Result<Option<ContentHash>, Fault> {
    match get(connection, fingerprint, algorithm) {
        // There is no table yet, or no more.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Ok(None),
        other => Ok(other?.and_then(|text| text.parse().ok())),
    }
}

fn get(
    connection: &Connection,
    fingerprint: &Fingerprint,
    algorithm: &str,
) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached(GET)?
        .query_row(
            named_params! {
                ":device": fingerprint.device.cast_signed(),
                ":inode": fingerprint.inode.cast_signed(),
                ":algorithm": algorithm,
                ":size": fingerprint.size.cast_signed(),
                ":mtime_ns": fingerprint.mtime_ns,
                ":ctime_ns": fingerprint.ctime_ns,
            },
            |row| row.get(0),
        )
        .optional()
}

/// Puts hashes inside a write transaction. Creates the table if need be.
fn put_file_hashes(
    connection: &Connection,
    fingerprint: &Fingerprint,
    hashes: &[ContentHash],
) -> Result<(), Fault> {
    match put(connection, fingerprint, hashes) {
        // There is no table yet, or no more.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
            if let Some(ddl) = Ddl::newest(FILE_HASHES.name) {
                connection.execute_batch(ddl.sql)?;
            }
            Ok(put(connection, fingerprint, hashes)?)
        }
        other => Ok(other?),
    }
}

fn put(
    connection: &Connection,
    fingerprint: &Fingerprint,
    hashes: &[ContentHash],
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(PUT)?;
    for hash in hashes {
        statement.execute(named_params! {
            ":device": fingerprint.device.cast_signed(),
            ":inode": fingerprint.inode.cast_signed(),
            ":algorithm": hash.algorithm(),
            ":size": fingerprint.size.cast_signed(),
            ":mtime_ns": fingerprint.mtime_ns,
            ":ctime_ns": fingerprint.ctime_ns,
            ":hash": hash.as_str(),
            ":recorded_at": Timestamp::now().as_unix_seconds(),
        })?;
    }
    Ok(())
}

/// The statements, with names: for looking at their query plans.
#[doc(hidden)]
#[must_use]
pub fn hash_cache_statements() -> Vec<(String, String)> {
    [("hash cache: get", GET), ("hash cache: put", PUT)]
        .map(|(name, sql)| (name.to_owned(), sql.to_owned()))
        .into()
}
