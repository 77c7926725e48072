//! From the driver's errors to ours.

use std::path::Path;
use std::time::Duration;

use media_schema::{RowError, StoreError};
use rusqlite::ErrorCode;

use crate::OpenError;
use crate::connection::is_busy;

/// What goes wrong inside a [`ConnectionSource`](crate::ConnectionSource)'s
/// closure: the driver's error, which the source puts into words, or one that
/// is in words already.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// What the driver says.
    Sqlite(rusqlite::Error),
    /// An error of the store.
    Store(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RowError> for Fault {
    fn from(error: RowError) -> Self {
        Self::Store(StoreError::Row(error))
    }
}

impl Fault {
    /// The error as a caller sees it.
    pub(crate) fn into_store_error(
        self,
        database: &Path,
        action: &'static str,
        waited: Duration,
    ) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sqlite(error) => store_error(error, database, action, waited),
        }
    }
}

fn store_error(
    error: rusqlite::Error,
    path: &Path,
    action: &'static str,
    waited: Duration,
) -> StoreError {
    let database = path.display().to_string();
    if is_busy(&error) {
        return busy(path, waited);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly) if is_moved(&error) => StoreError::Replaced { database },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly {
            database,
            source: Some(error.into()),
        },
        Some(ErrorCode::DiskFull) => StoreError::Full {
            database,
            source: error.into(),
        },
        Some(ErrorCode::SystemIoFailure) if is_write(&error) => StoreError::WriteRefused {
            database,
            source: error.into(),
        },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt {
            database,
            source: error.into(),
        },
        _ => StoreError::Backend {
            database,
            action,
            source: error.into(),
        },
    }
}

/// The error of a call that waited in vain for somebody else, said in the log.
pub(crate) fn busy(database: &Path, waited: Duration) -> StoreError {
    log_busy(database, waited);
    StoreError::Busy {
        database: database.display().to_string(),
        waited,
    }
}

/// A program may try again and never show the error; whoever wonders why it is
/// slow looks into the log.
pub(crate) fn log_busy(database: &Path, waited: Duration) {
    tracing::warn!(
        database = %database.display(),
        waited_ms = millis(waited),
        "the database is busy"
    );
}

/// A duration as events have it: in milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// SQLite itself notices that its file was deleted or replaced when it keeps a
/// rollback journal, which lies beside the path.
fn is_moved(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_READONLY_DBMOVED)
}

/// Whether the system refused a write; SQLite itself knows a full disk only.
fn is_write(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    error.sqlite_error().is_some_and(|code| {
        matches!(
            code.extended_code,
            ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_SHMSIZE
        )
    })
}

/// The error of an opening.
pub(crate) fn open_error(
    error: rusqlite::Error,
    path: &Path,
    action: &'static str,
    waited: Duration,
) -> OpenError {
    let path = path.to_owned();
    if is_busy(&error) {
        log_busy(&path, waited);
        return OpenError::Busy { path, waited };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Corrupt {
            path,
            source: error.into(),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::ReadOnly {
            path,
            source: error.into(),
        },
        Some(ErrorCode::CannotOpen) => OpenError::CannotOpen {
            path,
            source: error.into(),
        },
        _ => OpenError::Sqlite {
            path,
            action,
            source: error.into(),
        },
    }
}

impl From<OpenError> for StoreError {
    /// For code that opens and uses a store in one go, a
    /// [`transaction`](crate::Database::transaction) for instance.
    fn from(error: OpenError) -> Self {
        let database = error.path().display().to_string();
        match error {
            OpenError::NoTable { table, .. } => Self::NoTable { database, table },
            OpenError::Busy { waited, .. } => Self::Busy { database, waited },
            OpenError::ReadOnly { source, .. } => Self::ReadOnly {
                database,
                source: Some(source),
            },
            OpenError::Corrupt { source, .. } => Self::Corrupt { database, source },
            error => Self::Backend {
                database,
                action: "use the tables",
                source: error.into(),
            },
        }
    }
}
