//! The rows: times that are none or to come, JSON that is none.

use media_schema::findings::{Examples, Findings, counted};
use media_schema::{FindingKind, JsonText, Severity, Timestamp};

use crate::Fault;
use crate::session::{Parameter, Session};

/// Clocks differ by less than this many seconds, or are wrong.
const TOLERANCE: f64 = 300.0;

/// The newest rows of a table whose JSON is read, as long as that is not more
/// than [`BYTES`].
const NEWEST: usize = 10_000;
const BYTES: usize = 64 << 20;

/// Rows that are fetched at once.
const PAGE: i64 = 100;

/// The tables that have JSON, with the columns.
const TABLES: [(&str, [&str; 2]); 2] = [
    ("analysis_jobs", ["ranges", "metadata"]),
    ("processing_jobs", ["parameters", "metadata"]),
];

/// What was found in the rows.
#[derive(Default)]
struct Tally {
    rows: u64,
    unreadable: Examples,
    future: Examples,
    read: u64,
    invalid: Examples,
}

/// Looks at the times of all rows, along the index, and at the JSON of the newest.
pub(super) fn look(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    let mut tally = Tally::default();
    for (table, columns) in TABLES {
        times(session, table, &mut tally)?;
        json(session, table, columns, &mut tally)?;
    }
    report(&tally, findings);
    Ok(())
}

fn times(session: &mut Session, table: &str, tally: &mut Tally) -> Result<(), Fault> {
    let sql = format!("SELECT count(*) FROM {table}");
    let rows: i64 = session.query_one(&sql, &[])?.try_get(0)?;
    tally.rows += rows.unsigned_abs();
    let now = Timestamp::now().as_unix_seconds() + TOLERANCE;
    // `NaN` is above everything.
    let infinite = "created_at >= 'infinity' OR created_at = '-infinity'";
    count(session, table, infinite, &[], &mut tally.unreadable)?;
    let future = "created_at > $1 AND created_at < 'infinity'";
    count(session, table, future, &[&now], &mut tally.future)
}

/// Counts the rows that fulfil a condition.
fn count(
    session: &mut Session,
    table: &str,
    condition: &str,
    parameters: &[Parameter<'_>],
    counted: &mut Examples,
) -> Result<(), Fault> {
    let sql = format!(
        "SELECT count(*), (array_agg(id ORDER BY id))[1:{}] FROM {table} WHERE {condition}",
        Examples::NAMED
    );
    let row = session.query_one(&sql, parameters)?;
    let rows: i64 = row.try_get(0)?;
    let first: Option<Vec<i64>> = row.try_get(1)?;
    let first = first.into_iter().flatten();
    let first = first.map(|id| format!("{table} row {id}: created_at"));
    counted.add_many(rows.unsigned_abs(), first);
    Ok(())
}

fn json(
    session: &mut Session,
    table: &str,
    columns: [&str; 2],
    tally: &mut Tally,
) -> Result<(), Fault> {
    let sql = format!(
        "SELECT id, {} FROM {table} WHERE id < $1 ORDER BY id DESC LIMIT $2",
        columns.join(", ")
    );
    let (mut before, mut read, mut bytes) = (i64::MAX, 0, 0);
    while read < NEWEST && bytes < BYTES {
        let page = session.query(&sql, &[&before, &PAGE])?;
        let Some(last) = page.last() else { break };
        before = last.try_get(0)?;
        read += page.len();
        for row in &page {
            let id: i64 = row.try_get(0)?;
            for (index, column) in columns.iter().enumerate() {
                let Some(text) = row.try_get::<_, Option<String>>(index + 1)? else {
                    continue;
                };
                bytes += text.len();
                if !JsonText::from_stored(text).is_valid() {
                    tally.invalid.add(|| format!("{table} row {id}: {column}"));
                }
            }
        }
    }
    tally.read += read as u64;
    Ok(())
}

fn report(tally: &Tally, findings: &mut Findings) {
    if tally.unreadable.count() > 0 {
        findings.add(
            Severity::Warning,
            FindingKind::UnreadableRow,
            format!(
                "{} of {} rows have a time that is no finite number: {}",
                tally.unreadable.count(),
                tally.rows,
                tally.unreadable.list()
            ),
            "lists leave them out; give them a time with `psql`, or delete them",
        );
    }
    if tally.future.count() > 0 {
        findings.add(
            Severity::Warning,
            FindingKind::FutureTime,
            format!(
                "{} with a time in the future, first in every list: {}",
                counted(tally.future.count(), "row"),
                tally.future.list()
            ),
            "set the clock of the machine that saved them; analyse anew to give them a time",
        );
    }
    if tally.invalid.count() > 0 {
        findings.add(
            Severity::Note,
            FindingKind::InvalidJson,
            format!(
                "{} of the newest {} with text that is not valid JSON: {}",
                counted(tally.invalid.count(), "column"),
                counted(tally.read, "row"),
                tally.invalid.list()
            ),
            "it is kept and handed out as text; find the program that writes it",
        );
    }
    if tally.unreadable.count() == 0 {
        findings.ok(
            FindingKind::Rows,
            format!(
                "the times of all {} can be read, and the JSON of the newest {} was read",
                counted(tally.rows, "row"),
                tally.read
            ),
        );
    }
}
