//! The policy that every connection gets before anything else is asked of it.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::fault::{log_busy, open_error};
use crate::{Durability, Journal, OpenError, OpenOptions};

/// The oldest SQLite that resets a write-ahead log safely.
const OLDEST_SQLITE: i32 = 3_051_003;

/// The longest text or row, in bytes: the most that SQLite writes unless it was
/// built otherwise. With less, a peer's long row would be the error of all that
/// are read with it; what is too long to be handed out is told by its length.
const MAX_LENGTH: i32 = 1_000_000_000;

/// Statements that a connection keeps prepared.
const STATEMENT_CACHE: usize = 64;

/// The version of the SQLite that this program is linked to, such as `3.53.0`.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

pub(crate) fn require_sqlite() -> Result<(), OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite {
            found: rusqlite::version(),
        });
    }
    Ok(())
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
    /// Read and write, and create the file.
    Create,
}

impl Access {
    /// URIs stay off, so that a name is always a path, and each connection is
    /// used by one thread at a time.
    pub(crate) fn flags(self) -> OpenFlags {
        let access = match self {
            Self::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Self::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Self::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        };
        access | OpenFlags::SQLITE_OPEN_NO_MUTEX
    }
}

/// Sets what holds for one connection. Writes nothing to the file, so that it
/// can run on connections of a pool without colliding; `synchronous` reads the
/// schema, and is the first to meet a file that cannot be read.
pub(crate) fn configure(connection: &Connection, options: &OpenOptions) -> rusqlite::Result<()> {
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    let synchronous = match (options.durability, options.journal) {
        // A rollback journal needs more for the same promises: its folder synced
        // to lose nothing, and each sync of a log's FULL never to lose the file.
        // See <https://www.sqlite.org/pragma.html#pragma_synchronous>.
        (Durability::Full, Journal::Rollback) => "EXTRA",
        (Durability::Full, Journal::Wal) | (Durability::Normal, Journal::Rollback) => "FULL",
        (Durability::Normal, Journal::Wal) => "NORMAL",
    };
    connection.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 500;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA mmap_size = 0;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA foreign_keys = ON;"
    ))
}

/// Switches the journal if it is not as asked for.
///
/// The switch needs the file alone for a moment and ignores the busy timeout,
/// so this tries again until that has passed.
pub(crate) fn set_journal(
    connection: &Connection,
    path: &Path,
    options: &OpenOptions,
) -> Result<(), OpenError> {
    let mode = match options.journal {
        Journal::Wal => "wal",
        Journal::Rollback => "delete",
    };
    let started = Instant::now();
    let failed = |error| open_error(error, path, "read the journal mode of", started.elapsed());
    let current: String = connection
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .map_err(failed)?;
    if current == mode {
        return Ok(());
    }
    let mut pause = Duration::from_millis(1);
    loop {
        let switched = connection.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| {
            row.get::<_, String>(0)
        });
        match switched {
            Ok(now) if now == mode => return Ok(()),
            Ok(_) => {}
            Err(error) if is_busy(&error) => {}
            Err(error) => {
                return Err(open_error(
                    error,
                    path,
                    "switch the journal of",
                    started.elapsed(),
                ));
            }
        }
        let waited = started.elapsed();
        if waited >= options.busy_timeout {
            log_busy(path, waited);
            return Err(OpenError::Busy {
                path: path.into(),
                waited,
            });
        }
        backoff(&mut pause);
    }
}

pub(crate) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn backoff(pause: &mut Duration) {
    sleep(*pause);
    *pause = (*pause * 2).min(Duration::from_millis(25));
}

#[expect(
    clippy::disallowed_methods,
    reason = "SQLite has no event to wait for: its own busy handler sleeps too"
)]
pub(crate) fn sleep(pause: Duration) {
    std::thread::sleep(pause);
}
