//! How a database is opened.

use std::path::Path;
use std::time::Duration;

use crate::{Database, OpenError};

/// What a power cut may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Nothing: what was acknowledged is on the disk. The default.
    #[default]
    Full,
    /// The latest results, never the file. Faster to save, with a log several
    /// times, and right for a cache that can be computed again.
    Normal,
}

/// How SQLite keeps a change apart until it is whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Journal {
    /// A write-ahead log: readers and the writer do not wait for one another.
    /// Needs a local file system. The default.
    #[default]
    Wal,
    /// A rollback journal: for network mounts, and for files that are handed
    /// out to be read only.
    Rollback,
}

/// Options for opening a [`Database`], and the call that does.
///
/// | option | default |
/// |---|---|
/// | [`durability`](Self::durability) | [`Durability::Full`] |
/// | [`journal`](Self::journal) | [`Journal::Wal`] |
/// | [`busy_timeout`](Self::busy_timeout) | 60 s |
/// | [`readers`](Self::readers) | 8 |
/// | [`read_only`](Self::read_only) | `false` |
#[derive(Debug, Clone)]
#[must_use = "options open nothing until `open` is called"]
pub struct OpenOptions {
    pub(crate) durability: Durability,
    pub(crate) journal: Journal,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: u32,
    pub(crate) read_only: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            durability: Durability::Full,
            journal: Journal::Wal,
            busy_timeout: Duration::from_secs(60),
            readers: 8,
            read_only: false,
        }
    }

    /// Sets what a power cut may take.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Sets how changes are kept apart. A file in the other mode is switched,
    /// which has to wait until nobody else has it open.
    pub fn journal(mut self, journal: Journal) -> Self {
        self.journal = journal;
        self
    }

    /// Sets how long a call waits for another writer before it gives up with
    /// a `Busy` error; at most `i32::MAX` milliseconds.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Sets how many threads can read at once; further ones wait their turn.
    /// Connections are opened when they are first needed.
    pub fn readers(mut self, readers: u32) -> Self {
        self.readers = readers;
        self
    }

    /// Opens for reading only: the file must exist, and is neither created,
    /// adopted nor migrated.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Opens a database, and creates it if it does not exist and
    /// [`read_only`](Self::read_only) is not set. Its folder must exist.
    ///
    /// A file of the Python library, of either generation, is adopted: it
    /// gets our indexes and version number, and keeps every row.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that is not ours, newer than this program,
    /// or damaged is left as it was.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Database, OpenError> {
        Database::open(path.as_ref(), self)
    }

    pub(crate) fn validate(&self) -> Result<(), OpenError> {
        if self.readers == 0 {
            return Err(OpenError::InvalidOption {
                option: "readers",
                problem: "at least one is needed",
            });
        }
        if self.busy_timeout.as_millis() > i32::MAX as u128 {
            return Err(OpenError::InvalidOption {
                option: "busy_timeout",
                problem: "at most 2147483647 ms (24.8 days)",
            });
        }
        Ok(())
    }
}
