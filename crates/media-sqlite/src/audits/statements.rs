//! The statements of audits, for whoever looks at their query plans.

use super::path_column::COLUMNS;
use super::{exchange, history, ledger, queue};
use crate::listing::listing_statements;

/// Every statement with the table that it is about and a name.
#[doc(hidden)]
#[must_use]
pub fn audit_statements() -> Vec<(&'static str, String, String)> {
    let ours = [
        ("fixity_audits", "begin an audit", ledger::BEGIN),
        ("fixity_audits", "the last audit", ledger::LAST),
        ("fixity_audits", "advance an audit", ledger::ADVANCE),
        ("fixity_audits", "finish an audit", ledger::FINISH),
        ("fixity_audits", "the key of an audit", exchange::KEY),
        ("fixity_audits", "an audit by its key", exchange::FIND_AUDIT),
        ("fixity_audits", "import an audit", exchange::SAVE_AUDIT),
        ("fixity_checks", "record a check", ledger::RECORD),
        ("fixity_checks", "a check by its key", exchange::FIND_CHECK),
        ("fixity_checks", "the latest check", history::LATEST),
        ("fixity_checks", "the checks of a file", history::HISTORY),
        (
            "fixity_checks",
            "the latest checks of a content",
            history::LATEST_OF_CONTENT,
        ),
        ("fixity_files", "add a file", queue::ADD),
        ("fixity_files", "the last place", queue::LAST_PLACE),
        ("fixity_files", "the next files", queue::NEXT),
        ("fixity_files", "count what is left", queue::LEFT),
        ("fixity_files", "a file's place", queue::PLACE),
        ("fixity_files", "move a file", queue::MOVE),
        ("fixity_files", "remove a file", queue::REMOVE),
        ("fixity_files", "survey the files", queue::SURVEY),
    ];
    let mut statements: Vec<_> = ours
        .into_iter()
        .map(|(table, name, sql)| (table, name.to_owned(), sql.to_owned()))
        .collect();
    for (table, sql) in exchange::walks() {
        statements.push((table, "walk".to_owned(), sql));
    }
    for column in &COLUMNS {
        let (table, role) = (column.table.name, column.role);
        let mut add = |name: &str, sql| statements.push((table, format!("{name}: {role}"), sql));
        add("distinct paths", column.paths_sql());
        add("rows of a path", column.rows_sql());
        add("rows of paths", column.range_sql());
        if column.names_jobs() {
            add("row of a job", column.job_sql());
        }
        for (name, sql) in listing_statements([("paths of a content", column.with_hash(""))]) {
            add(&name, sql);
        }
    }
    statements
}
