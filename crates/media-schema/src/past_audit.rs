//! What is known of an audit that was run once.

use crate::{PastCheck, Timestamp, Totals};

/// What identifies an audit wherever it is recorded: its number is one of a
/// single database.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditKey {
    /// Whose files: the name of a [`Scope`](crate::Scope), or `selection`.
    pub scope: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// An audit, as an export has it.
#[derive(Debug, Clone, PartialEq)]
pub struct PastAudit {
    /// Which one it is.
    pub key: AuditKey,
    /// When no file was left; `None` before that.
    pub finished_at: Option<Timestamp>,
    /// What it has found so far.
    pub totals: Totals,
}

impl PastAudit {
    /// The place that an imported audit has in place of one in a queue, which
    /// means nothing in another database: it is below all, and none with it is
    /// resumed.
    pub const IMPORTED_PLACE: i64 = -1;

    /// Whether it takes the place of one that is there: if that is not finished
    /// and this is. Totals of one that goes on would change meanwhile.
    #[must_use]
    pub fn replaces(&self, found: &Self) -> bool {
        found.finished_at.is_none() && self.finished_at.is_some()
    }
}

/// A check, as an export has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedCheck {
    /// The audit that it was part of.
    pub audit: AuditKey,
    /// The check. Its `audit_id` is passed over by an import.
    pub check: PastCheck,
}
