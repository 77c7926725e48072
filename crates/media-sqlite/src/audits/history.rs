//! The table `fixity_checks`: what audits have found.

use media_schema::{FIXITY_CHECKS, PastCheck, RowError, StoredHash, WalkedCheck};
use rusqlite::{Connection, OptionalExtension, Params};

use crate::Fault;
use crate::column::RowReader;
use crate::shape::has_column;

pub(crate) const LATEST: &str = "SELECT audit_id, verdict FROM fixity_checks \
     WHERE expected = ?1 AND path = ?2 ORDER BY id DESC LIMIT 1";

pub(crate) const HISTORY: &str = "SELECT id, audit_id, path, expected, actual, verdict, \
     found_at, problem, checked_at FROM fixity_checks WHERE path = ?1 ORDER BY id DESC LIMIT ?2";

/// The columns without an aggregate are those of the row with the greatest `id`:
/// <https://www.sqlite.org/lang_select.html#bareagg>.
pub(crate) const LATEST_OF_CONTENT: &str = "SELECT max(id), audit_id, path, expected, actual, \
     verdict, found_at, problem, checked_at FROM fixity_checks WHERE expected = ?1 GROUP BY path";

/// The most checks of a page.
const PAGE: i64 = 500;

/// A page of checks in the order of their making, each with the number of those
/// of the same file and hash that came later, counted up to a bound.
const WALK: &str = "\
    SELECT id, audit_id, path, expected, actual, verdict, found_at, problem, checked_at, newer
    FROM (SELECT checked.*, (SELECT count(*) FROM (
            SELECT 1 FROM fixity_checks AS later
            WHERE later.expected = checked.expected AND later.path = checked.path
                AND later.id > checked.id LIMIT ?3)) AS newer
        FROM fixity_checks AS checked WHERE id > ?1)
    WHERE newer < ?3 ORDER BY id LIMIT ?2";

pub(super) const WALK_COLUMNS: &[&str] = &[
    "id",
    "audit_id",
    "path",
    "expected",
    "actual",
    "verdict",
    "found_at",
    "problem",
    "checked_at",
];

pub(super) fn is_there(connection: &Connection) -> Result<bool, Fault> {
    Ok(has_column(connection, FIXITY_CHECKS.name, "path")?)
}

/// The audit and the verdict of the latest check of a file for a hash.
pub(crate) fn latest(
    connection: &Connection,
    path: &str,
    expected: &str,
) -> Result<Option<(i64, String)>, Fault> {
    if !is_there(connection)? {
        return Ok(None);
    }
    let latest = connection
        .prepare_cached(LATEST)?
        .query_row([expected, path], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(latest.optional()?)
}

/// The checks that a statement finds, none if there is no table.
pub(crate) fn checks(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<PastCheck>, Fault> {
    if !is_there(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut checks = Vec::new();
    while let Some(row) = rows.next()? {
        checks.push(past_check(&RowReader::new(
            row,
            FIXITY_CHECKS.name,
            WALK_COLUMNS,
        )?)?);
    }
    Ok(checks)
}

/// The checks behind one, without those that `newest` later ones follow.
pub(crate) fn walk(
    connection: &Connection,
    after: i64,
    newest: usize,
) -> Result<Vec<WalkedCheck>, Fault> {
    let mut page = Vec::new();
    if !is_there(connection)? {
        return Ok(page);
    }
    let newest = i64::try_from(newest).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(WALK)?;
    let mut rows = statement.query([after, PAGE, newest])?;
    while let Some(row) = rows.next()? {
        let newer: i64 = row.get(9)?;
        page.push(WalkedCheck {
            id: row.get(0)?,
            newer: usize::try_from(newer).unwrap_or(usize::MAX),
            check: RowReader::new(row, FIXITY_CHECKS.name, WALK_COLUMNS)
                .and_then(|row| past_check(&row)),
        });
    }
    Ok(page)
}

pub(super) fn past_check(row: &RowReader<'_, '_>) -> Result<PastCheck, RowError> {
    Ok(PastCheck {
        audit_id: row.integer(1)?,
        path: row.text(2)?,
        expected: row.hash(3)?,
        actual: row.optional_text(4)?.map(StoredHash::from),
        verdict: row.text(5)?,
        found_at: row.optional_text(6)?,
        problem: row.optional_text(7)?,
        checked_at: row.time(8)?,
    })
}
