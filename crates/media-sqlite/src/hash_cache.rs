//! The table `file_hashes`: hashes of files that lie still.

use std::error::Error;
use std::path::Path;

use media_hash::{ContentHash, Fingerprint, HashCache};
use media_schema::{Ddl, FILE_HASHES, StoreError, Timestamp};
use rusqlite::{Connection, ErrorCode, OptionalExtension, named_params};

use crate::{ConnectionSource, Fault};

pub(crate) const GET: &str = "SELECT hash FROM file_hashes \
     WHERE device = :device AND inode = :inode AND algorithm = :algorithm \
     AND size = :size AND mtime_ns = :mtime_ns AND ctime_ns = :ctime_ns";

pub(crate) const PUT: &str = "INSERT OR REPLACE INTO file_hashes \
     (device, inode, algorithm, size, mtime_ns, ctime_ns, hash, recorded_at) \
     VALUES (:device, :inode, :algorithm, :size, :mtime_ns, :ctime_ns, :hash, :recorded_at)";

/// A [`HashCache`] in a database, beside the results.
///
/// Its table is created when there is something to put into it. It is a cache
/// and nothing more: a database that cannot be read or written is one that
/// does not know, and the file is read.
///
/// ```
/// use media_hash::{DynAlgorithm, FileHasher, Sha256};
/// use media_sqlite::{OpenOptions, SqliteHashCache};
///
/// let folder = tempfile::tempdir()?;
/// let database = OpenOptions::new().open(folder.path().join("media.db"))?;
/// let cache = SqliteHashCache::new(database);
/// let sha256 = [DynAlgorithm::of::<Sha256>()];
/// let hasher = FileHasher::new(&sha256).cache(&cache);
/// assert_eq!(hasher.hash("Cargo.toml")?.hashes, hasher.hash("Cargo.toml")?.hashes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqliteHashCache<S> {
    source: S,
}

impl<S: ConnectionSource> SqliteHashCache<S> {
    /// Keeps hashes in a database.
    pub fn new(source: S) -> Self {
        Self { source }
    }
}

impl<S: ConnectionSource + Sync> HashCache for SqliteHashCache<S> {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        let hash = self
            .source
            .read("look for a file's hash", |connection| {
                get_file_hash(connection, fingerprint, algorithm)
            })
            .inspect_err(|error| {
                tracing::warn!(
                    database = %self.source.path().display(),
                    error = error as &dyn Error,
                    "cannot read remembered hashes"
                );
            })
            .ok()??;
        (hash.algorithm() == algorithm).then_some(hash)
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        // Not remembering costs a read of the file, the next time.
        let put = self.source.write("remember a file's hash", |connection| {
            put_file_hashes(connection, fingerprint, hashes)
        });
        tell(self.source.path(), put);
    }
}

/// Tells the log if hashes could not be remembered.
pub(crate) fn tell(database: &Path, put: Result<(), StoreError>) {
    match put {
        // Asked for by whoever opened it to read only.
        Ok(()) | Err(StoreError::ReadOnly { source: None, .. }) => {}
        Err(error) => tracing::warn!(
            database = %database.display(),
            error = &error as &dyn Error,
            "cannot remember a file's hash"
        ),
    }
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
pub(crate) fn put_file_hashes(
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
