//! The rows: those that cannot be read, JSON that is none, times to come.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use media_schema::findings::{Examples, Findings, counted};
use media_schema::{
    ANALYSIS_JOBS, FindingKind, MediaAnalysisRow, MediaProcessingRow, PROCESSING_JOBS, RowError,
    Severity, Table, Timestamp,
};
use rusqlite::{Connection, Row};

use crate::column::RowReader;

/// Clocks differ by less than this many seconds, or are wrong.
const TOLERANCE: f64 = 300.0;

/// The newest jobs whose outputs' folders are looked at, and as many folders.
const RECENT: usize = 100;

/// What was found in the rows.
#[derive(Default)]
struct Tally {
    rows: u64,
    unreadable: Examples,
    invalid: Examples,
    future: Examples,
}

/// Reads every row of the tables of the contract that are there.
pub(super) fn look(
    connection: &Connection,
    tables: &[&str],
    findings: &mut Findings,
) -> rusqlite::Result<()> {
    let mut tally = Tally::default();
    let now = Timestamp::now().as_unix_seconds() + TOLERANCE;
    for (table, columns) in [
        (&ANALYSIS_JOBS, MediaAnalysisRow::COLUMNS),
        (&PROCESSING_JOBS, MediaProcessingRow::COLUMNS),
    ] {
        if !tables.contains(&table.name) {
            continue;
        }
        let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            tally.rows += 1;
            if let Err(error) = read(row, table, columns, now, &mut tally) {
                tally
                    .unreadable
                    .add(|| format!("{error}: {}", error.reason));
            }
        }
    }
    report(&tally, findings);
    Ok(())
}

fn read(
    row: &Row<'_>,
    table: &'static Table,
    columns: &'static [&'static str],
    now: f64,
    tally: &mut Tally,
) -> Result<(), RowError> {
    let reader = RowReader::new(row, table.name, columns)?;
    let place = |name: &str| format!("{} row {}: {name}", table.name, reader.id());
    for (index, name) in columns.iter().enumerate().skip(1) {
        match table.column(name).map(|column| column.declared_type) {
            Some("JSON") => {
                if reader.json(index)?.is_some_and(|json| !json.is_valid()) {
                    tally.invalid.add(|| place(name));
                }
            }
            Some("REAL") => {
                if reader.time(index)?.as_unix_seconds() > now {
                    tally.future.add(|| place(name));
                }
            }
            _ => {
                reader.text(index)?;
            }
        }
    }
    Ok(())
}

fn report(tally: &Tally, findings: &mut Findings) {
    if tally.unreadable.count() > 0 {
        findings.add(
            Severity::Warning,
            FindingKind::UnreadableRow,
            format!(
                "{} of {} rows cannot be read: {}",
                tally.unreadable.count(),
                tally.rows,
                tally.unreadable.list()
            ),
            "lists leave them out; mend or delete them with `sqlite3`",
        );
    }
    if tally.invalid.count() > 0 {
        findings.add(
            Severity::Note,
            FindingKind::InvalidJson,
            format!(
                "{} with text that is not valid JSON: {}",
                counted(tally.invalid.count(), "column"),
                tally.invalid.list()
            ),
            "it is kept and handed out as text; find the program that writes it",
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
    if tally.unreadable.count() == 0 {
        findings.ok(
            FindingKind::Rows,
            format!("all rows can be read: {}", tally.rows),
        );
    }
}

/// The folders of the newest outputs.
pub(super) fn output_folders(
    connection: &Connection,
    tables: &[&str],
) -> rusqlite::Result<Option<BTreeSet<PathBuf>>> {
    if !tables.contains(&PROCESSING_JOBS.name) {
        return Ok(None);
    }
    let paths = connection
        .prepare(&format!(
            "SELECT output_path FROM processing_jobs ORDER BY created_at DESC, id DESC LIMIT {RECENT}"
        ))?
        .query_map([], |row| row.get_ref(0)?.as_str().map(str::to_owned).or(Ok(String::new())))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    let folders = paths
        .iter()
        .filter_map(|path| Path::new(path).parent())
        .filter(|folder| folder.is_absolute())
        .map(Path::to_owned)
        .collect();
    Ok(Some(folders))
}
