//! What an audit tells its caller.

use media_hash::ContentHash;
use media_schema::{JobName, Role, RowError, StoredHash, Verdict};

/// What an audit tells its caller, as it happens.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It has begun. Comes once, before any other.
    Begun {
        /// Its row in `fixity_audits`; `None` if the database takes no writes,
        /// and no history is kept.
        audit_id: Option<i64>,
        /// Whether it goes on with one that was not finished.
        is_resumed: bool,
    },
    /// A file was compared with a recorded hash. What is said here is kept.
    Checked(Checked<'a>),
    /// A row cannot be read; the others are checked.
    UnreadableRow(&'a RowError),
}

/// A file, what was expected of it and what came of it: one for each path,
/// role and recorded hash.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Checked<'a> {
    /// The file, as the rows name it.
    pub path: &'a str,
    /// Its part in the jobs.
    pub role: Role,
    /// The recorded hash, as stored.
    pub expected: &'a StoredHash,
    /// The jobs that depend on it, sorted.
    pub jobs: &'a [JobName],
    /// How it compares.
    pub verdict: Verdict,
    /// The hash by the same algorithm that the file has.
    pub actual: Option<&'a ContentHash>,
    /// The path that has its content, if it was moved.
    pub found_at: Option<&'a str>,
    /// Why it is unreadable or unverifiable.
    pub problem: Option<&'a str>,
}
