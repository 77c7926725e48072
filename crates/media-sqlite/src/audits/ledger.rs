//! The tables `fixity_audits` and `fixity_checks`: what is written of an audit.

use std::collections::HashSet;

use media_hash::ContentHash;
use media_schema::{BegunAudit, FoundByAudit, Scope, Timestamp, Totals, Verdict};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::queue;
use crate::Fault;

pub(crate) const BEGIN: &str = "INSERT INTO fixity_audits (scope, started_at, last_place, files, \
     bytes, intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows) \
     VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, 0, 0)";

/// One that was imported has a place below all.
pub(crate) const LAST: &str = "SELECT id, last_place, finished_at IS NOT NULL, files, bytes, \
     intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows \
     FROM fixity_audits WHERE unlikely(scope = ?1) AND last_place >= 0 ORDER BY id DESC LIMIT 1";

pub(crate) const ADVANCE: &str = "UPDATE fixity_audits SET files = files + :files, \
     bytes = bytes + :bytes, intact = intact + :intact, changed = changed + :changed, \
     missing = missing + :missing, moved = moved + :moved, \
     unreadable = unreadable + :unreadable, unverifiable = unverifiable + :unverifiable, \
     unreadable_rows = unreadable_rows + :unreadable_rows WHERE id = :id";

pub(crate) const FINISH: &str = "UPDATE fixity_audits SET finished_at = ?1 WHERE id = ?2";

pub(crate) const RECORD: &str = "INSERT INTO fixity_checks \
     (audit_id, path, expected, actual, verdict, found_at, problem, checked_at) \
     VALUES (:audit_id, :path, :expected, :actual, :verdict, :found_at, :problem, :checked_at)";

/// The name under which audits of a selection are recorded.
const SELECTION: &str = "selection";

/// Begins an audit, or goes on with the last one of the same scope if that was
/// not finished.
pub(crate) fn begin(
    connection: &Connection,
    scope: Option<Scope>,
    resume: bool,
) -> Result<BegunAudit, Fault> {
    let name = scope.map_or(SELECTION, Scope::as_str);
    if resume && let Some(unfinished) = unfinished(connection, name)? {
        return Ok(unfinished);
    }
    let last_place = match scope {
        Some(scope) => queue::last_place(connection, scope.as_str())?,
        None => 0,
    };
    let now = Timestamp::now().as_unix_seconds();
    connection
        .prepare_cached(BEGIN)?
        .execute(params![name, now, last_place])?;
    Ok(BegunAudit {
        id: connection.last_insert_rowid(),
        last_place,
        is_resumed: false,
        before: Totals::default(),
    })
}

/// Keeps what was found, in the queue and in the totals too.
pub(crate) fn keep(connection: &Connection, found: &FoundByAudit<'_>) -> Result<(), Fault> {
    record(connection, found)?;
    if let Some(scope) = found.queue {
        let scope = scope.as_str();
        let last = found.audit.last_place;
        queue::move_to_end(connection, scope, last, found.now, found.checked)?;
        for path in found.unnamed {
            queue::remove(connection, scope, path)?;
        }
    }
    advance(connection, found.audit.id, found.more)
}

/// A hash that several roles of a file share is one check.
fn record(connection: &Connection, found: &FoundByAudit<'_>) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(RECORD)?;
    let mut known = HashSet::new();
    for check in found.checks {
        if !known.insert((check.path, check.expected)) {
            continue;
        }
        statement.execute(named_params! {
            ":audit_id": found.audit.id,
            ":path": check.path,
            ":expected": check.expected.as_str(),
            ":actual": check.actual.map(ContentHash::as_str),
            ":verdict": check.verdict.as_str(),
            ":found_at": check.found_at,
            ":problem": check.problem,
            ":checked_at": found.now.as_unix_seconds(),
        })?;
    }
    Ok(())
}

/// Adds to an audit's totals.
fn advance(connection: &Connection, id: i64, more: &Totals) -> Result<(), Fault> {
    let count = |verdict| more.of(verdict).cast_signed();
    connection.prepare_cached(ADVANCE)?.execute(named_params! {
        ":files": more.files.cast_signed(),
        ":bytes": more.bytes.cast_signed(),
        ":intact": count(Verdict::Intact),
        ":changed": count(Verdict::Changed),
        ":missing": count(Verdict::Missing),
        ":moved": count(Verdict::Moved),
        ":unreadable": count(Verdict::Unreadable),
        ":unverifiable": count(Verdict::Unverifiable),
        ":unreadable_rows": more.unreadable_rows.cast_signed(),
        ":id": id,
    })?;
    Ok(())
}

pub(crate) fn finish(connection: &Connection, id: i64) -> Result<(), Fault> {
    let now = Timestamp::now().as_unix_seconds();
    connection
        .prepare_cached(FINISH)?
        .execute(params![now, id])?;
    Ok(())
}

/// The last audit of a scope, if it was not finished.
fn unfinished(connection: &Connection, scope: &str) -> Result<Option<BegunAudit>, Fault> {
    let last = connection
        .prepare_cached(LAST)?
        .query_row([scope], |row| {
            let is_finished: bool = row.get(2)?;
            let audit = BegunAudit {
                id: row.get(0)?,
                last_place: row.get(1)?,
                is_resumed: true,
                before: totals(row)?,
            };
            Ok((!is_finished).then_some(audit))
        })
        .optional()?;
    Ok(last.flatten())
}

fn totals(row: &Row<'_>) -> rusqlite::Result<Totals> {
    let count = |index| row.get(index).map(i64::cast_unsigned);
    let mut verdicts = [0; Verdict::ALL.len()];
    for (index, verdict) in verdicts.iter_mut().enumerate() {
        *verdict = count(5 + index)?;
    }
    Ok(Totals {
        files: count(3)?,
        bytes: count(4)?,
        verdicts,
        unreadable_rows: count(11)?,
    })
}
