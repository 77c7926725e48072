//! What earlier audits have found of a file.

use media_schema::{StoreError, StoredHash, Timestamp};
use media_sqlite::ConnectionSource;

use crate::ledger;

/// A check of a file that was made once.
#[derive(Debug, Clone, PartialEq)]
pub struct PastCheck {
    /// The audit that it was part of, a row of `fixity_audits`.
    pub audit_id: i64,
    /// The file, as the rows name it.
    pub path: String,
    /// The recorded hash.
    pub expected: StoredHash,
    /// The hash that the file had.
    pub actual: Option<StoredHash>,
    /// The verdict's name: see [`Verdict::as_str`](crate::Verdict::as_str).
    pub verdict: String,
    /// Where the content was found, if it was moved.
    pub found_at: Option<String>,
    /// Why there was no better answer.
    pub problem: Option<String>,
    /// When.
    pub checked_at: Timestamp,
}

/// The checks of the file at a path, newest first, at most `limit`. None if
/// nothing was ever audited.
///
/// # Errors
/// What the database says.
pub fn history<S: ConnectionSource>(
    source: &S,
    path: &str,
    limit: usize,
) -> Result<Vec<PastCheck>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    source.read("list the checks of a file", |connection| {
        ledger::checks(connection, ledger::HISTORY, (path, limit))
    })
}

/// The latest check of each file that was ever compared with a recorded hash,
/// in the order of their paths. The hash is found as it was recorded.
///
/// # Errors
/// What the database says.
pub fn latest_checks<S: ConnectionSource>(
    source: &S,
    expected: &str,
) -> Result<Vec<PastCheck>, StoreError> {
    source.read("list the checks of a content", |connection| {
        ledger::checks(connection, ledger::LATEST_OF_CONTENT, [expected])
    })
}
