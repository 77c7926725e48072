//! What can go wrong in a store, whatever the backend.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::time::Duration;

use media_hash::{CanonicalJsonError, ParseHashError, VerifyError};
use thiserror::Error;

/// A value that no column takes. Nothing was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidValue {
    /// The path is not Unicode text, and a lossy name would be another file's.
    #[error("{column} {path:?} is not UTF-8 and cannot be a key: rename the file")]
    NotUtf8 {
        /// The column that the path is for.
        column: &'static str,
        /// The path as given.
        path: PathBuf,
    },
    /// The text holds a NUL character.
    #[error("{column} holds a NUL character at byte {offset}: no backend keeps that")]
    Nul {
        /// The column that the text is for.
        column: &'static str,
        /// Where the NUL stands.
        offset: usize,
    },
    /// The text is longer than a column takes.
    #[error("{column} is {len} bytes long: at most {max} are kept")]
    TooLong {
        /// The column that the text is for.
        column: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The most that is kept.
        max: usize,
    },
    /// The text is not valid JSON.
    #[error("{column} is not valid JSON")]
    NotJson {
        /// The column that the text is for.
        column: &'static str,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// The value has no JSON form.
    #[error("{column} cannot be written as JSON")]
    NotSerializable {
        /// The column that the value is for.
        column: &'static str,
        /// What the serialiser says.
        source: CanonicalJsonError,
    },
    /// The JSON is of another kind than the column's.
    #[error("{column} takes a JSON {expected}")]
    WrongKind {
        /// The column that the value is for.
        column: &'static str,
        /// The kind that it takes.
        expected: &'static str,
    },
}

/// A column of a stored row that could not be read. The row itself is left as
/// it is, and so are its neighbours.
#[derive(Debug, Error)]
#[error("{table} row {row}: column {column} cannot be read")]
pub struct RowError {
    /// The table.
    pub table: &'static str,
    /// The row's `id`, or its key, as text.
    pub row: String,
    /// The column.
    pub column: &'static str,
    /// Why.
    #[source]
    pub reason: ColumnError,
}

/// Why a column could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// A peer stored another type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What the column is for.
        expected: &'static str,
        /// What is stored.
        found: &'static str,
    },
    /// A peer stored text that is not UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    /// A peer stored more than is read.
    #[error("{len} bytes long: at most {max} are read")]
    TooLong {
        /// Its length in bytes.
        len: u64,
        /// The most that is read.
        max: u64,
    },
    /// The text is not JSON of the expected shape.
    #[error("not the expected JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The text is not a hash.
    #[error(transparent)]
    Hash(#[from] ParseHashError),
}

/// Why an operation on a store failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A value was refused before anything was written.
    #[error("refused to use {job}")]
    Invalid {
        /// The job or file at fault.
        job: String,
        /// Which value, and why.
        #[source]
        source: InvalidValue,
    },
    /// A job of this name is already recorded; its row stays as it was.
    #[error(
        "job {job_id:?} is already recorded in {database}: the first record stays, \
         choose another job_id"
    )]
    Conflict {
        /// The name that was taken.
        job_id: String,
        /// Where.
        database: String,
    },
    /// Somebody else held the write lock, or this process's connections were all
    /// in use, all the while.
    #[error(
        "{database} is busy, waited {:.1} s: try again, or find the program or thread that \
         holds it",
        waited.as_secs_f64()
    )]
    Busy {
        /// Which database.
        database: String,
        /// How long the call waited.
        waited: Duration,
    },
    /// The database takes no writes.
    #[error("{database} is read-only: open it for writing, or check its permissions")]
    ReadOnly {
        /// Which database.
        database: String,
        /// What the driver says; nothing if it was opened for reading only.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// There is no room left. What was stored before is intact.
    #[error("no space left to write {database}: free some and try again")]
    Full {
        /// Which database.
        database: String,
        /// What the driver says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The operating system refused a write for another reason than a full disk:
    /// a quota, a limit on the size of files, a failing disk. What was stored
    /// before is intact.
    #[error("the system refuses to write {database}: check quotas, limits and the disk")]
    WriteRefused {
        /// Which database.
        database: String,
        /// What the driver says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The file was deleted or replaced since it was opened: a write would be
    /// acknowledged into nowhere.
    #[error("{database} was deleted or replaced while it was open: open it again")]
    Replaced {
        /// Which database.
        database: String,
    },
    /// The server could not be reached, or ended the connection, all the while.
    /// Whether a change that was under way was made is not known; nothing that
    /// was acknowledged is lost.
    #[error("{database} cannot be reached, tried for {:.1} s: check the server and the network",
        waited.as_secs_f64())]
    Unavailable {
        /// Which database.
        database: String,
        /// How long the call tried.
        waited: Duration,
        /// What the driver says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The right to compute a result ended with the connection that held it:
    /// somebody else may be computing the same by now. Nothing was saved, unless
    /// the connection broke during the save: look again.
    #[error(
        "the connection to {database} broke, and with it ended the right to compute this: \
         look whether it is there, or ask for it again"
    )]
    ClaimLost {
        /// Which database.
        database: String,
    },
    /// The table is not there, and the database takes no writes.
    #[error("{database} has no table {table}: nothing of the kind was ever saved")]
    NoTable {
        /// Which database.
        database: String,
        /// The table.
        table: &'static str,
    },
    /// The stored bytes are not what a database of this format holds.
    #[error("{database} is damaged: nothing was changed, keep a copy and restore from a backup")]
    Corrupt {
        /// Which database.
        database: String,
        /// What the driver says.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A page cursor that this backend did not make.
    #[error("{cursor:?} is not a page cursor of this store: pass on the one from the last page")]
    BadCursor {
        /// The cursor as given.
        cursor: String,
    },
    /// A prune without a criterion would remove everything.
    #[error("refused to prune every row: give at least one criterion")]
    NoCriterion,
    /// The row that was asked for could not be read.
    #[error(transparent)]
    Row(#[from] RowError),
    /// A file could not be verified.
    #[error("{job}: cannot verify its {role}")]
    Verify {
        /// The job that names the file.
        job: String,
        /// Which of its files.
        role: crate::Role,
        /// Why.
        #[source]
        source: VerifyError,
    },
    /// Anything else that the backend says.
    #[error("cannot {action} in {database}")]
    Backend {
        /// Which database.
        database: String,
        /// What was tried, such as `save an analysis`.
        action: &'static str,
        /// What the driver says.
        source: Box<dyn StdError + Send + Sync>,
    },
}
