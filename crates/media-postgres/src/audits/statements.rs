//! The statements of audits, for whoever looks at their query plans.

use super::{content, exchange, history, ledger, named, queue};

/// Every statement with a name, but for the two that fill a queue and count what
/// is left of it, which may read all.
#[doc(hidden)]
#[must_use]
pub fn audit_statements() -> Vec<(&'static str, &'static str)> {
    vec![
        ("begin an audit", ledger::BEGIN),
        ("keep checks", ledger::KEEP),
        ("whether checks are kept", ledger::IS_KEPT),
        ("finish an audit", ledger::FINISH),
        ("the last place", queue::LAST_PLACE),
        ("the next files", queue::NEXT),
        ("a file's place", queue::PLACE),
        ("survey the files", queue::SURVEY),
        ("distinct paths", named::PATHS),
        ("rows of paths", named::ROWS),
        ("rows of a path or a job", named::ROWS_OF),
        ("paths of a content", content::PATHS),
        ("the latest check", history::LATEST),
        ("the checks of a file", history::OF_FILE),
        ("the latest checks of a content", history::OF_CONTENT),
        ("walk the checks", history::WALK),
        ("walk the audits to export", exchange::AUDITS),
        ("walk the checks to export", exchange::CHECKS),
        ("import audits", exchange::IMPORT_AUDITS),
        ("import checks", exchange::IMPORT_CHECKS),
    ]
}
