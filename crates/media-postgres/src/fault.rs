//! From the driver's errors to ours.

use std::error::Error as StdError;
use std::time::Duration;

use media_schema::{RowError, StoreError};
use postgres::error::SqlState;

use crate::ConnectError;

/// What goes wrong inside a closure that was lent a session: the driver's
/// error, which is put into words later, or one that is in words already.
#[derive(Debug)]
pub(crate) enum Fault {
    Server(postgres::Error),
    /// The session's connection could not be made.
    Connect(ConnectError),
    Store(StoreError),
}

impl From<postgres::Error> for Fault {
    fn from(error: postgres::Error) -> Self {
        Self::Server(error)
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

/// What can be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Another connection, soon: the server went away, restarts, or another
    /// one takes its part. What was under way may have been done.
    Reconnect,
    /// The same again: another's change was in the way, and nothing was done.
    Repeat,
    /// None.
    Nothing,
}

impl Fault {
    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Connect(
                ConnectError::Unreachable { .. }
                | ConnectError::Busy { .. }
                | ConnectError::ReadOnly { .. },
            ) => Remedy::Reconnect,
            Self::Store(_) | Self::Connect(_) => Remedy::Nothing,
            Self::Server(error) => match error.code() {
                Some(code) if is_gone(code) => Remedy::Reconnect,
                Some(code) if is_conflict(code) => Remedy::Repeat,
                // Not a word of the server's: the connection broke.
                None if is_broken(error) => Remedy::Reconnect,
                _ => Remedy::Nothing,
            },
        }
    }

    /// Whether the server said that a unique key is taken.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Server(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
    }

    /// Whether somebody else's lock was waited for in vain.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Server(error) if error.code().is_some_and(is_busy))
    }

    /// The error as a caller sees it.
    pub(crate) fn into_store_error(
        self,
        database: &str,
        action: &'static str,
        waited: Duration,
    ) -> StoreError {
        let database = database.to_owned();
        match self {
            Self::Store(error) => error,
            Self::Server(error) => server_error(&error, database, action, waited),
            Self::Connect(ConnectError::ReadOnly { why, .. }) => StoreError::ReadOnly {
                database,
                source: Some(why.into()),
            },
            Self::Connect(ConnectError::Busy { .. }) => busy(&database, waited),
            Self::Connect(ConnectError::Unreachable { source, .. }) => StoreError::Unavailable {
                database,
                waited,
                source,
            },
            Self::Connect(error) => StoreError::Backend {
                database,
                action,
                source: error.into(),
            },
        }
    }
}

type Source = Box<dyn StdError + Send + Sync>;

fn server_error(
    error: &postgres::Error,
    database: String,
    action: &'static str,
    waited: Duration,
) -> StoreError {
    const NO_WRITES: [SqlState; 2] = [
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    const DAMAGED: [SqlState; 2] = [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED];
    let source = said(error);
    match error.code() {
        Some(code) if is_busy(code) || is_conflict(code) => busy(&database, waited),
        Some(code) if NO_WRITES.contains(code) => StoreError::ReadOnly {
            database,
            source: Some(source),
        },
        Some(code) if *code == SqlState::DISK_FULL => StoreError::Full { database, source },
        Some(code) if DAMAGED.contains(code) => StoreError::Corrupt { database, source },
        code if code.map_or_else(|| is_broken(error), is_gone) => StoreError::Unavailable {
            database,
            waited,
            source,
        },
        _ => StoreError::Backend {
            database,
            action,
            source,
        },
    }
}

/// The error of a call that waited in vain for somebody else, said in the log.
pub(crate) fn busy(database: &str, waited: Duration) -> StoreError {
    tracing::warn!(
        database,
        waited_ms = waited.as_secs_f64() * 1000.0,
        "the database is busy"
    );
    StoreError::Busy {
        database: database.to_owned(),
        waited,
    }
}

/// What the server says, in its own words, or else the driver's. The driver's
/// message alone is "db error".
pub(crate) fn said(error: &postgres::Error) -> Source {
    match (error.as_db_error(), error.source()) {
        (Some(server), _) => match server.detail() {
            Some(detail) => format!("{}: {detail}", server.message()).into(),
            None => server.message().to_owned().into(),
        },
        (None, Some(cause)) => format!("{error}: {cause}").into(),
        (None, None) => error.to_string().into(),
    }
}

/// Whether another's change was in the way of this one, which was undone.
fn is_conflict(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ]
    .contains(code)
}

/// Whether somebody else's lock was waited for in vain.
fn is_busy(code: &SqlState) -> bool {
    [SqlState::LOCK_NOT_AVAILABLE, SqlState::TOO_MANY_CONNECTIONS].contains(code)
}

/// Whether the server ends, is not up yet, or has become a standby.
pub(crate) fn is_gone(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::CONNECTION_EXCEPTION,
        SqlState::CONNECTION_DOES_NOT_EXIST,
        SqlState::CONNECTION_FAILURE,
        SqlState::SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        // What a pooler says whose own connection broke.
        SqlState::PROTOCOL_VIOLATION,
    ]
    .contains(code)
}

/// Whether the driver lost its connection, as opposed to misusing it.
fn is_broken(error: &postgres::Error) -> bool {
    error.is_closed() || StdError::source(error).is_some_and(<dyn StdError>::is::<std::io::Error>)
}
