//! Why a database could not be opened.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::Difference;

/// Why a database could not be opened. The file was left as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// An empty path, which SQLite takes for a temporary database.
    #[error("the path of the database is empty: name a file")]
    EmptyPath,
    /// A `file:` URI, which SQLite would not read as a path.
    #[error("{path:?} is a URI: name the database by its path")]
    Uri {
        /// The path as given.
        path: PathBuf,
    },
    /// An option that cannot hold.
    #[error("option {option} cannot hold: {problem}")]
    InvalidOption {
        /// The option.
        option: &'static str,
        /// What it takes.
        problem: &'static str,
    },
    /// There is no such file, and it was not to be created.
    #[error("no database at {path:?}: check the path, or save something to create it")]
    NotFound {
        /// The absolute path.
        path: PathBuf,
    },
    /// The path is something else than a regular file.
    #[error("{path:?} is a {kind}, not a database file")]
    NotAFile {
        /// The absolute path.
        path: PathBuf,
        /// What it is: `directory`, `FIFO`, …
        kind: &'static str,
    },
    /// The operating system refused.
    #[error("cannot {action} {path:?}")]
    Io {
        /// The path at fault.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// The write-ahead log needs shared memory, which a network mount has not.
    #[error(
        "{path:?} lies on a network file system ({kind}), where a write-ahead log corrupts \
         data: open it with the rollback journal, or move it to a local disk"
    )]
    NetworkFilesystem {
        /// The absolute path.
        path: PathBuf,
        /// The kind of file system.
        kind: &'static str,
    },
    /// The bytes are not those of a SQLite database.
    #[error("{path:?} is not a SQLite database: nothing was changed")]
    NotADatabase {
        /// The absolute path.
        path: PathBuf,
    },
    /// A SQLite database with damage.
    #[error(
        "{path:?} is a damaged database: nothing was changed, keep a copy and restore from a \
         backup"
    )]
    Corrupt {
        /// The absolute path.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A SQLite database that holds something else.
    #[error(
        "{path:?} holds other tables ({found}) and none of ours: nothing was changed, name \
         another file"
    )]
    NotOurs {
        /// The absolute path.
        path: PathBuf,
        /// Some of what it holds.
        found: String,
    },
    /// Written by a newer version of this project.
    #[error(
        "{path:?} was written by a newer version (schema {found}, this program knows \
         {supported}): nothing was changed, update this program"
    )]
    Newer {
        /// The absolute path.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The newest that this program knows.
        supported: u32,
    },
    /// One of our tables is not as it must be.
    #[error("{path:?} cannot be used: {difference}; nothing was changed")]
    Schema {
        /// The absolute path.
        path: PathBuf,
        /// The object at fault.
        difference: Difference,
    },
    /// Opened for reading only, and the table is not there.
    #[error("{path:?} has no table {table}: nothing of that kind was ever saved there")]
    NoTable {
        /// The absolute path.
        path: PathBuf,
        /// The table.
        table: &'static str,
    },
    /// Somebody else held a lock all the while.
    #[error(
        "{path:?} is locked by another program, waited {:.1} s: try again, or find who holds it",
        waited.as_secs_f64()
    )]
    Busy {
        /// The absolute path.
        path: PathBuf,
        /// How long the call waited.
        waited: Duration,
    },
    /// The file or its folder takes no writes.
    #[error(
        "{path:?} cannot be written to: check the permissions of the file and its folder, or \
         open it read-only"
    )]
    ReadOnly {
        /// The absolute path.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The operating system does not let the file be opened, or created.
    #[error(
        "{path:?} cannot be opened: check the permissions of the file and its folder, and the \
         limit on open files"
    )]
    CannotOpen {
        /// The absolute path.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A write-ahead log that cannot be read without writing beside it.
    #[error(
        "{path:?} keeps a write-ahead log, and its folder takes no writes, which even reading \
         needs: copy the database elsewhere, or have its owner switch it to the rollback journal"
    )]
    WalInReadOnlyFolder {
        /// The absolute path.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A program was stopped in the middle of a change, and only opening the
    /// database to write undoes that: see [`recover`](crate::recover).
    #[error(
        "a program was stopped in the middle of a change to {path:?}, which can only be undone \
         by writing: run `media-store schema adopt`, or save something"
    )]
    HotJournal {
        /// The absolute path.
        path: PathBuf,
        /// What SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// This program was linked to a SQLite that can corrupt a log on reset.
    #[error("SQLite {found} is too old: 3.51.3 or newer is needed, link the bundled one")]
    OldSqlite {
        /// The version that is linked.
        found: &'static str,
    },
    /// Anything else that SQLite says.
    #[error("cannot {action} {path:?}")]
    Sqlite {
        /// The absolute path.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What SQLite says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// The path that could not be opened; empty if it was never looked at.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::EmptyPath | Self::InvalidOption { .. } | Self::OldSqlite { .. } => Path::new(""),
            Self::Uri { path }
            | Self::NotFound { path }
            | Self::NotAFile { path, .. }
            | Self::Io { path, .. }
            | Self::NetworkFilesystem { path, .. }
            | Self::NotADatabase { path }
            | Self::Corrupt { path, .. }
            | Self::NotOurs { path, .. }
            | Self::Newer { path, .. }
            | Self::Schema { path, .. }
            | Self::NoTable { path, .. }
            | Self::Busy { path, .. }
            | Self::ReadOnly { path, .. }
            | Self::CannotOpen { path, .. }
            | Self::WalInReadOnlyFolder { path, .. }
            | Self::HotJournal { path, .. }
            | Self::Sqlite { path, .. } => path,
        }
    }
}
