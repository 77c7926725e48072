//! What audits found, from the table `fixity_checks`, where there is one.

use media_schema::RowError;
use media_sqlite::{ConnectionSource, Database, RowReader};
use serde::Serialize;

use super::embed::block_of_kind;
use super::{Error, Report};
use crate::failure::Failure;
use crate::stop;

const TABLE: &str = "fixity_checks";

/// How many checks of one file and hash the page keeps, the newest.
const HISTORY: i64 = 10;

const PAGE: usize = 500;

const COLUMNS: &[&str] = &[
    "id",
    "path",
    "expected",
    "actual",
    "verdict",
    "found_at",
    "problem",
    "checked_at",
    "newer",
];

/// A page of checks in the order of their making, each with the number of those
/// of the same file and hash that came later.
const SELECT: &str = "\
    SELECT id, path, expected, actual, verdict, found_at, problem, checked_at, newer FROM (
        SELECT checked.*, (SELECT count(*) FROM (
            SELECT 1 FROM fixity_checks AS later
            WHERE later.expected = checked.expected AND later.path = checked.path
                AND later.id > checked.id LIMIT ?3)) AS newer
        FROM fixity_checks AS checked WHERE id > ?1)
    WHERE newer < ?3 ORDER BY id LIMIT ?2";

/// A check as the page reads it: an array in the order of the columns.
#[derive(Debug, Serialize)]
struct Check(
    i64,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    f64,
);

/// One that was read, and whether a later one has taken its place.
type Row = Result<(Check, bool), RowError>;

/// Writes the latest checks as `checks`, and those before them as `past`.
pub(super) fn write(report: &mut Report<'_>, database: &Database) -> Result<(), Error> {
    let has_table = database
        .read("look for audits", |connection| {
            Ok(connection.table_exists(None, TABLE)?)
        })
        .map_err(Failure::from)?;
    if !has_table {
        return Ok(());
    }
    let mut after = 0;
    loop {
        stop::check(report.stop)?;
        let (rows, last) = page(database, after)?;
        let (mut latest, mut past) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                Ok((check, true)) => past.push(check),
                Ok((check, false)) => latest.push(check),
                Err(error) => report.unreadable(&error)?,
            }
        }
        report.totals.checks += latest.len() + past.len();
        for (kind, checks) in [("checks", latest), ("past", past)] {
            if !checks.is_empty() {
                block_of_kind(report.out, kind, &checks)?;
            }
        }
        let Some(last) = last else {
            return Ok(());
        };
        after = last;
    }
}

/// The rows behind one, and the last of them if there may be more.
fn page(database: &Database, after: i64) -> Result<(Vec<Row>, Option<i64>), Failure> {
    let page = database.read("read what audits found", |connection| {
        let mut statement = connection.prepare_cached(SELECT)?;
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let mut rows = statement.query([after, limit, HISTORY])?;
        let mut read = Vec::new();
        let mut last = None;
        while let Some(row) = rows.next()? {
            last = Some(row.get(0)?);
            let newer: i64 = row.get(8)?;
            let check = RowReader::new(row, TABLE, COLUMNS).and_then(|row| check(&row));
            read.push(check.map(|check| (check, newer > 0)));
        }
        let is_full = read.len() == PAGE;
        Ok((read, last.filter(|_| is_full)))
    })?;
    Ok(page)
}

fn check(row: &RowReader<'_, '_>) -> Result<Check, RowError> {
    // The one reader of text that may be NULL; none of these is JSON.
    let optional = |index| Ok(row.json(index)?.map(media_schema::JsonText::into_string));
    Ok(Check(
        row.id(),
        row.text(1)?,
        row.text(2)?,
        optional(3)?,
        row.text(4)?,
        optional(5)?,
        optional(6)?,
        row.time(7)?.as_unix_seconds(),
    ))
}
