//! How an audit ended.

use media_schema::Totals;

/// Why an audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// No file is left.
    Finished,
    /// Its time was up.
    TimeLimit,
    /// It was cancelled, or the callback had enough.
    Stopped,
}

/// How an audit ended, and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Its row in `fixity_audits`; `None` if no history was kept.
    pub audit_id: Option<i64>,
    /// Why it ended.
    pub ending: Ending,
    /// What was found by the whole audit, before it was resumed too.
    pub totals: Totals,
    /// Files that are left to check, where that is known; 0 if it was finished.
    pub files_left: Option<u64>,
}
