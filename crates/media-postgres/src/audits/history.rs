//! The table `fixity_checks`: what audits have found.

use media_schema::{PastCheck, RowError, StoredHash, WalkedCheck};
use postgres::Row;

use super::bounded;
use crate::Fault;
use crate::column::RowReader;
use crate::digest::digest;
use crate::nul::has_nul;
use crate::session::{Parameter, Session};

/// The most checks of a page.
const PAGE: i64 = 500;

const COLUMNS: &[&str] = &[
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

macro_rules! columns {
    () => {
        "id, audit_id, path, expected, actual, verdict, found_at, problem, checked_at"
    };
}

/// The key of the index is part of the order, and compared by `= ANY` of one
/// value: the planner would otherwise walk all checks from the latest on, where
/// it takes this file for one that is often checked.
pub(super) const LATEST: &str = "SELECT audit_id, verdict FROM fixity_checks \
     WHERE left(expected, 160) = ANY (ARRAY[left($2, 160)]) AND expected = $2 \
     AND path_digest = $1 ORDER BY left(expected, 160) DESC, id DESC LIMIT 1";

/// Likewise.
pub(super) const OF_FILE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM fixity_checks WHERE path_digest = ANY (ARRAY[$1::bytea]) \
     ORDER BY path_digest DESC, id DESC LIMIT $2"
);

/// Backwards along the index, so that the latest of a path comes first.
pub(super) const OF_CONTENT: &str = concat!(
    "SELECT * FROM (SELECT DISTINCT ON (path_digest) ",
    columns!(),
    " FROM fixity_checks \
     WHERE left(expected, 160) = left($1, 160) AND expected = $1 \
     ORDER BY path_digest DESC, id DESC) AS latest ORDER BY path"
);

/// A page of checks in the order of their making, each with the number of those
/// of the same file and hash that came later, counted up to a bound.
pub(super) const WALK: &str = "SELECT checked.id, checked.audit_id, checked.path, checked.expected, \
     checked.actual, checked.verdict, checked.found_at, checked.problem, checked.checked_at, \
     later.newer FROM fixity_checks AS checked CROSS JOIN LATERAL (\
         SELECT count(*) AS newer FROM (SELECT FROM fixity_checks AS later \
         WHERE left(later.expected, 160) = left(checked.expected, 160) \
         AND later.expected = checked.expected AND later.path_digest = checked.path_digest \
         AND later.id > checked.id LIMIT $3) AS few) AS later \
     WHERE checked.id > $1 AND later.newer < $3 ORDER BY checked.id LIMIT $2";

/// The audit and the verdict of the latest check of a file for a hash.
pub(crate) fn latest(
    session: &mut Session,
    path: &str,
    expected: &str,
) -> Result<Option<(i64, String)>, Fault> {
    if has_nul(expected) {
        return Ok(None);
    }
    match session.query_first(LATEST, &[&digest(path).as_slice(), &expected])? {
        Some(row) => Ok(Some((row.try_get(0)?, row.try_get(1)?))),
        None => Ok(None),
    }
}

/// The checks of a file, newest first.
pub(crate) fn of_file(
    session: &mut Session,
    path: &str,
    limit: usize,
) -> Result<Vec<PastCheck>, Fault> {
    checks(
        session,
        OF_FILE,
        &[&digest(path).as_slice(), &bounded(limit)],
    )
}

/// The latest check of each file that was compared with a hash.
pub(crate) fn of_content(session: &mut Session, expected: &str) -> Result<Vec<PastCheck>, Fault> {
    if has_nul(expected) {
        return Ok(Vec::new());
    }
    checks(session, OF_CONTENT, &[&expected])
}

fn checks(
    session: &mut Session,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<PastCheck>, Fault> {
    let rows = session.query(sql, parameters)?;
    rows.iter().map(|row| Ok(past_check(row)?)).collect()
}

/// The checks behind one, without those that `newest` later ones follow.
pub(crate) fn walk(
    session: &mut Session,
    after: i64,
    newest: usize,
) -> Result<Vec<WalkedCheck>, Fault> {
    let rows = session.query(WALK, &[&after, &PAGE, &bounded(newest)])?;
    let mut page = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = row.try_get(0)?;
        let newer: i64 = row.try_get(9)?;
        page.push(WalkedCheck {
            id,
            newer: usize::try_from(newer).unwrap_or(usize::MAX),
            check: past_check(row),
        });
    }
    Ok(page)
}

pub(super) fn past_check(row: &Row) -> Result<PastCheck, RowError> {
    let columns = RowReader::new(row, "fixity_checks", COLUMNS)?;
    Ok(PastCheck {
        audit_id: columns.integer(1)?,
        path: columns.text(2)?,
        expected: columns.hash(3)?,
        actual: columns.optional_text(4)?.map(StoredHash::from),
        verdict: columns.text(5)?,
        found_at: columns.optional_text(6)?,
        problem: columns.optional_text(7)?,
        checked_at: columns.time(8)?,
    })
}
