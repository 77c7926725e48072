//! The statements of export and import of what audits have found.

use std::collections::HashMap;

use media_schema::{
    AuditKey, ColumnError, ExportedCheck, FIXITY_AUDITS, FIXITY_CHECKS, Imported, PastAudit,
    PastCheck, RowError, StoredHash, Timestamp, Totals, Verdict, Walked, WalkedPage,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::history::{WALK_COLUMNS, is_there, past_check};
use super::ledger::RECORD;
use crate::column::RowReader;
use crate::shape::has_column;
use crate::{Fault, walk};

const AUDIT_COLUMNS: &[&str] = &[
    "id",
    "scope",
    "started_at",
    "finished_at",
    "files",
    "bytes",
    "intact",
    "changed",
    "missing",
    "moved",
    "unreadable",
    "unverifiable",
    "unreadable_rows",
];

pub(crate) const KEY: &str = "SELECT id, scope, started_at FROM fixity_audits WHERE id = ?1";

/// By the index, though a scope has many.
pub(crate) const FIND_AUDIT: &str = "SELECT id, scope, started_at, finished_at, files, bytes, \
     intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows \
     FROM fixity_audits WHERE unlikely(scope = ?1) AND started_at = ?2 ORDER BY id LIMIT 1";

/// Without an `id` a new one.
pub(crate) const SAVE_AUDIT: &str = "INSERT OR REPLACE INTO fixity_audits (id, scope, \
     started_at, finished_at, last_place, files, bytes, intact, changed, missing, moved, \
     unreadable, unverifiable, unreadable_rows) VALUES (:id, :scope, :started_at, \
     :finished_at, :last_place, :files, :bytes, :intact, :changed, :missing, :moved, \
     :unreadable, :unverifiable, :unreadable_rows)";

pub(crate) const FIND_CHECK: &str = "SELECT actual IS ?5 AND verdict = ?6 AND found_at IS ?7 \
     AND problem IS ?8 FROM fixity_checks WHERE expected = ?1 AND path = ?2 AND audit_id = ?3 \
     AND checked_at = ?4 LIMIT 1";

/// The tables, each with the statement of a page of a walk over it.
pub(crate) fn walks() -> [(&'static str, String); 2] {
    [
        (&FIXITY_AUDITS, AUDIT_COLUMNS),
        (&FIXITY_CHECKS, WALK_COLUMNS),
    ]
    .map(|(table, columns)| (table.name, walk::sql(table.name, &columns.join(", "))))
}

/// The page of a walk over all audits that begins at `from`.
pub(crate) fn audits(connection: &Connection, from: i64) -> Result<WalkedPage<PastAudit>, Fault> {
    if !has_column(connection, FIXITY_AUDITS.name, "scope")? {
        return Ok(Vec::new());
    }
    let [(_, sql), _] = walks();
    walk::page(connection, &sql, from, decode)
}

fn decode(row: &Row<'_>) -> Result<PastAudit, RowError> {
    let row = RowReader::new(row, FIXITY_AUDITS.name, AUDIT_COLUMNS)?;
    let mut verdicts = [0; Verdict::ALL.len()];
    for (index, verdict) in verdicts.iter_mut().enumerate() {
        *verdict = row.count(6 + index)?;
    }
    Ok(PastAudit {
        key: key(&row)?,
        finished_at: row.optional_time(3)?,
        totals: Totals {
            files: row.count(4)?,
            bytes: row.count(5)?,
            verdicts,
            unreadable_rows: row.count(12)?,
        },
    })
}

fn key(row: &RowReader<'_, '_>) -> Result<AuditKey, RowError> {
    Ok(AuditKey {
        scope: row.text(1)?,
        started_at: row.time(2)?,
    })
}

/// The page of a walk over all checks that begins at `from`.
pub(crate) fn checks(
    connection: &Connection,
    from: i64,
) -> Result<WalkedPage<ExportedCheck>, Fault> {
    if !is_there(connection)? || !has_column(connection, FIXITY_AUDITS.name, "scope")? {
        return Ok(Vec::new());
    }
    let [_, (_, sql)] = walks();
    let page = walk::page(connection, &sql, from, |row| {
        RowReader::new(row, FIXITY_CHECKS.name, WALK_COLUMNS).and_then(|row| past_check(&row))
    })?;
    let mut keys = HashMap::new();
    let mut exported = Vec::with_capacity(page.len());
    for Walked { id, bytes, row } in page {
        let row = match row {
            Ok(check) => match audit_of(connection, &mut keys, check.audit_id)? {
                Ok(audit) => Ok(ExportedCheck { audit, check }),
                Err(found) => Err(without_audit(id, found)),
            },
            Err(error) => Err(error),
        };
        exported.push(Walked { id, bytes, row });
    }
    Ok(exported)
}

/// The key of an audit, or what is there in its place.
type Key = Result<AuditKey, &'static str>;

/// Asks once for each audit: many checks are of the same.
fn audit_of(connection: &Connection, keys: &mut HashMap<i64, Key>, id: i64) -> Result<Key, Fault> {
    if let Some(known) = keys.get(&id) {
        return Ok(known.clone());
    }
    let found = connection
        .prepare_cached(KEY)?
        .query_row([id], |row| {
            let row = RowReader::new(row, FIXITY_AUDITS.name, AUDIT_COLUMNS);
            Ok(row.and_then(|row| key(&row)))
        })
        .optional()?;
    let found = match found {
        Some(Ok(audit)) => Ok(audit),
        Some(Err(_)) => Err("one of an audit that cannot be read"),
        None => Err("one that no audit has"),
    };
    keys.insert(id, found.clone());
    Ok(found)
}

fn without_audit(id: i64, found: &'static str) -> RowError {
    RowError {
        table: FIXITY_CHECKS.name,
        row: id.to_string(),
        column: "audit_id",
        reason: ColumnError::WrongType {
            expected: "the number of an audit",
            found,
        },
    }
}

/// An audit that is there: its number, and the audit as far as it can be read.
type Found = (i64, Result<PastAudit, RowError>);

fn find(connection: &Connection, key: &AuditKey) -> Result<Option<Found>, Fault> {
    let found = connection
        .prepare_cached(FIND_AUDIT)?
        .query_row(
            params![key.scope, key.started_at.as_unix_seconds()],
            |row| Ok((row.get(0)?, decode(row))),
        )
        .optional()?;
    Ok(found)
}

/// Saves audits, unless what is there is to stay.
pub(crate) fn import_audits(
    connection: &Connection,
    audits: &[PastAudit],
) -> Result<Vec<Imported>, Fault> {
    let mut imported = Vec::with_capacity(audits.len());
    for audit in audits {
        imported.push(match find(connection, &audit.key)? {
            None => {
                save(connection, None, audit)?;
                Imported::Inserted
            }
            Some((_, Ok(found))) if found == *audit => Imported::Unchanged,
            Some((id, Ok(found))) if audit.replaces(&found) => {
                save(connection, Some(id), audit)?;
                Imported::Replaced
            }
            Some((_, Ok(_))) => Imported::Kept,
            Some((_, Err(_))) => Imported::Conflict,
        });
    }
    Ok(imported)
}

fn save(connection: &Connection, id: Option<i64>, audit: &PastAudit) -> Result<(), Fault> {
    let totals = &audit.totals;
    let count = |verdict| totals.of(verdict).cast_signed();
    connection
        .prepare_cached(SAVE_AUDIT)?
        .execute(named_params! {
            ":id": id,
            ":scope": audit.key.scope,
            ":started_at": audit.key.started_at.as_unix_seconds(),
            ":finished_at": audit.finished_at.map(Timestamp::as_unix_seconds),
            ":last_place": PastAudit::IMPORTED_PLACE,
            ":files": totals.files.cast_signed(),
            ":bytes": totals.bytes.cast_signed(),
            ":intact": count(Verdict::Intact),
            ":changed": count(Verdict::Changed),
            ":missing": count(Verdict::Missing),
            ":moved": count(Verdict::Moved),
            ":unreadable": count(Verdict::Unreadable),
            ":unverifiable": count(Verdict::Unverifiable),
            ":unreadable_rows": totals.unreadable_rows.cast_signed(),
        })?;
    Ok(())
}

/// Saves checks of audits that are there, unless they are there already.
pub(crate) fn import_checks(
    connection: &Connection,
    checks: &[ExportedCheck],
) -> Result<Vec<Imported>, Fault> {
    let mut imported = Vec::with_capacity(checks.len());
    // Those of an audit mostly follow each other.
    let mut last: Option<(&AuditKey, Option<i64>)> = None;
    for ExportedCheck { audit, check } in checks {
        let audit_id = match last {
            Some((key, id)) if key == audit => id,
            _ => find(connection, audit)?.map(|(id, _)| id),
        };
        last = Some((audit, audit_id));
        imported.push(match audit_id {
            Some(audit_id) => import_check(connection, audit_id, check)?,
            None => Imported::Conflict,
        });
    }
    Ok(imported)
}

fn import_check(
    connection: &Connection,
    audit_id: i64,
    check: &PastCheck,
) -> Result<Imported, Fault> {
    let actual = check.actual.as_ref().map(StoredHash::as_str);
    let checked_at = check.checked_at.as_unix_seconds();
    let is_same = connection
        .prepare_cached(FIND_CHECK)?
        .query_row(
            params![
                check.expected.as_str(),
                check.path,
                audit_id,
                checked_at,
                actual,
                check.verdict,
                check.found_at,
                check.problem
            ],
            |row| row.get(0),
        )
        .optional()?;
    match is_same {
        Some(true) => return Ok(Imported::Unchanged),
        Some(false) => return Ok(Imported::Kept),
        None => {}
    }
    connection.prepare_cached(RECORD)?.execute(named_params! {
        ":audit_id": audit_id,
        ":path": check.path,
        ":expected": check.expected.as_str(),
        ":actual": actual,
        ":verdict": check.verdict,
        ":found_at": check.found_at,
        ":problem": check.problem,
        ":checked_at": checked_at,
    })?;
    Ok(Imported::Inserted)
}
