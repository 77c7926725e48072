//! What an audit has found of a file.

use crate::{StoredHash, Timestamp};

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
