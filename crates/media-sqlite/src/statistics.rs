//! Statistics: what a database holds, and how much space that takes.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use media_schema::{
    ANALYSIS_JOBS, AuditStatistics, FILE_HASHES, FIXITY_AUDITS, Group, GroupStatistics,
    PROCESSING_JOBS, RowStatistics, SpaceStatistics, Statistics, StoreError, Table, Timestamp,
    Verdict,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::location::beside;
use crate::shape::table_exists;
use crate::{ConnectionSource, Database, Fault};

/// The groups that [`Statistics`] lists of a kind, those with the most rows.
const TOP: usize = 5;

/// The rows whose text is measured to estimate that of all.
const SAMPLE: u64 = 1000;

impl Database {
    /// Counts what there is. See [`Statistics`] for what it costs.
    ///
    /// # Errors
    /// What the database says.
    ///
    /// ```
    /// use media_sqlite::OpenOptions;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let database = OpenOptions::new().open(folder.path().join("media.db"))?;
    /// assert_eq!(database.statistics()?.analyses.rows, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(&self) -> Result<Statistics, StoreError> {
        self.read("count what there is", |connection| {
            // So that all answers are of the same moment.
            let _snapshot = connection.unchecked_transaction()?;
            let there =
                |table: &Table| Ok::<_, Fault>(table_exists(connection, table)? == Ok(true));
            let (analyses, jobs) = (there(&ANALYSIS_JOBS)?, there(&PROCESSING_JOBS)?);
            let mut found = Statistics::default();
            found.analyses = rows(connection, &ANALYSIS_JOBS, analyses)?;
            found.jobs = rows(connection, &PROCESSING_JOBS, jobs)?;
            found.files = distinct(connection, FILES, analyses, jobs)?;
            found.contents = distinct(connection, CONTENTS, analyses, jobs)?;
            found.configs = groups(connection, "analysis_jobs", "config_hash", analyses)?;
            found.actions = groups(connection, "processing_jobs", "action", jobs)?;
            if there(&FILE_HASHES)? {
                found.file_hashes = count(connection, &count_sql(FILE_HASHES.name))?;
            }
            found.audit = audit(connection, there(&FIXITY_AUDITS)?)?;
            found.space = space(connection, self.path())?;
            Ok(found)
        })
    }
}

/// Columns that hold one kind of thing: of the analyses, and of the jobs.
type Columns = (&'static str, [&'static str; 2]);

const FILES: Columns = ("file_path", ["input_path", "output_path"]);
const CONTENTS: Columns = ("file_hash", ["input_hash", "output_hash"]);

fn count_sql(table: &str) -> String {
    format!("SELECT count(*) FROM {table}")
}

/// Walks an index for each column and merges them. Without an order, SQLite
/// would collect everything in a temporary table, and without a limit it drops
/// an order that a count does not need.
fn distinct_sql((source, made): Columns, analyses: bool, jobs: bool) -> Option<String> {
    let mut selects = Vec::new();
    if analyses {
        selects.push(format!("SELECT {source} FROM analysis_jobs"));
    }
    if jobs {
        selects.extend(made.map(|column| format!("SELECT {column} FROM processing_jobs")));
    }
    // One that is not part of a union would count what repeats.
    let first = selects.first()?.clone();
    if selects.len() == 1 {
        selects.push(first);
    }
    let union = selects.join(" UNION ");
    Some(format!(
        "SELECT count(*) FROM ({union} ORDER BY 1 LIMIT -1)"
    ))
}

/// A peer may have stored text as a time; it sorts above every number.
const IS_A_TIME: &str = "created_at < 9e999";

fn groups_sql(table: &str, column: &str) -> String {
    format!(
        "SELECT {column}, count(*), max(CASE WHEN {IS_A_TIME} THEN created_at END), \
         count(*) OVER () FROM {table} GROUP BY {column} \
         ORDER BY count(*) DESC, {column} LIMIT {TOP}"
    )
}

fn end_sql(table: &str, end: &str) -> String {
    format!("SELECT {end}(created_at) FROM {table} WHERE {IS_A_TIME}")
}

/// The bytes of a row's JSON, which are known without reading it.
fn json_sql(table: &Table) -> String {
    let mut sum = String::from("0");
    for column in table.columns {
        if column.declared_type == "JSON" {
            // Writing to a string cannot fail.
            let _ = write!(sum, " + coalesce(octet_length({}), 0)", column.name);
        }
    }
    sum
}

fn rows(connection: &Connection, table: &Table, exists: bool) -> Result<RowStatistics, Fault> {
    if !exists {
        return Ok(RowStatistics::default());
    }
    let end = |end| connection.query_row(&end_sql(table.name, end), [], |row| Ok(time(row, 0)));
    let rows = count(connection, &count_sql(table.name))?;
    let mut found = RowStatistics::default();
    found.rows = rows;
    found.oldest = end("min")?;
    found.newest = end("max")?;
    found.json_bytes = json_bytes(connection, table, rows)?;
    Ok(found)
}

/// Measures the JSON of all rows, or of some and takes the others to be alike.
fn json_bytes(connection: &Connection, table: &Table, rows: u64) -> Result<u64, Fault> {
    let (name, bytes) = (table.name, json_sql(table));
    if rows <= SAMPLE {
        return count(
            connection,
            &format!("SELECT coalesce(sum({bytes}), 0) FROM {name}"),
        );
    }
    let (first, last): (i64, i64) = connection.query_row(
        &format!("SELECT (SELECT min(id) FROM {name}), (SELECT max(id) FROM {name})"),
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut statement = connection.prepare(&format!(
        "SELECT {bytes} FROM {name} WHERE id >= ?1 ORDER BY id LIMIT 1"
    ))?;
    let (first, last) = (i128::from(first), i128::from(last));
    let mut sum = 0_u128;
    for step in 0..SAMPLE {
        let id = first + (last - first) * i128::from(step) / i128::from(SAMPLE);
        let id = i64::try_from(id).unwrap_or(i64::MAX);
        let bytes: i64 = statement.query_row([id], |row| row.get(0))?;
        sum += u128::from(bytes.unsigned_abs());
    }
    let estimate = sum * u128::from(rows) / u128::from(SAMPLE);
    Ok(u64::try_from(estimate).unwrap_or(u64::MAX))
}

fn distinct(
    connection: &Connection,
    columns: Columns,
    analyses: bool,
    jobs: bool,
) -> Result<u64, Fault> {
    match distinct_sql(columns, analyses, jobs) {
        Some(sql) => count(connection, &sql),
        None => Ok(0),
    }
}

fn groups(
    connection: &Connection,
    table: &str,
    column: &str,
    exists: bool,
) -> Result<GroupStatistics, Fault> {
    let mut groups = GroupStatistics::default();
    if !exists {
        return Ok(groups);
    }
    let mut statement = connection.prepare(&groups_sql(table, column))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut group = Group::default();
        group.name = text(row, 0)?;
        group.rows = unsigned(row.get(1)?);
        group.newest = time(row, 2);
        groups.top.push(group);
        groups.total = unsigned(row.get(3)?);
    }
    Ok(groups)
}

/// The audit that was begun last: imported ones have higher numbers.
fn audit(connection: &Connection, exists: bool) -> Result<Option<AuditStatistics>, Fault> {
    if !exists {
        return Ok(None);
    }
    let sql = format!(
        "SELECT started_at, finished_at, {} FROM {} ORDER BY started_at DESC, id DESC LIMIT 1",
        Verdict::ALL.map(Verdict::as_str).join(", "),
        FIXITY_AUDITS.name,
    );
    let audit = connection.query_row(&sql, [], |row| {
        let mut audit = AuditStatistics::default();
        audit.started_at = time(row, 0);
        audit.finished_at = time(row, 1);
        for (index, name) in Verdict::ALL.map(Verdict::as_str).into_iter().enumerate() {
            let count = unsigned(row.get(index + 2)?);
            if count > 0 {
                audit.verdicts.push((name, count));
            }
        }
        Ok(audit)
    });
    Ok(audit.optional()?)
}

fn space(connection: &Connection, path: &Path) -> Result<SpaceStatistics, Fault> {
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| {
            row.get(0).map(unsigned)
        })
    };
    let page = pragma("page_size")?;
    let mut found = SpaceStatistics::default();
    found.database_bytes = page * pragma("page_count")?;
    found.log_bytes = Some(size(&beside(path, "-wal")));
    found.free_bytes = Some(page * pragma("freelist_count")?);
    Ok(found)
}

/// The size of a file, or 0 where there is none.
fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn count(connection: &Connection, sql: &str) -> Result<u64, Fault> {
    Ok(connection.query_row(sql, [], |row| row.get(0).map(unsigned))?)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A text column, which a peer may have filled with something else.
fn text(row: &Row<'_>, index: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(index)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Null => String::new(),
    })
}

fn time(row: &Row<'_>, index: usize) -> Option<Timestamp> {
    row.get(index).ok().and_then(Timestamp::from_unix_seconds)
}

/// The statements that walk an index, for looking at their query plans.
#[doc(hidden)]
#[must_use]
pub fn statistics_statements() -> Vec<(String, String)> {
    let mut statements = Vec::new();
    for table in [&ANALYSIS_JOBS, &PROCESSING_JOBS] {
        statements.push((format!("count {}", table.name), count_sql(table.name)));
        for end in ["min", "max"] {
            statements.push((format!("{end} of {}", table.name), end_sql(table.name, end)));
        }
    }
    for columns in [FILES, CONTENTS] {
        let sql = distinct_sql(columns, true, true).unwrap_or_default();
        statements.push((format!("distinct {}", columns.0), sql));
    }
    for (table, column) in [
        ("analysis_jobs", "config_hash"),
        ("processing_jobs", "action"),
    ] {
        statements.push((format!("group {column}"), groups_sql(table, column)));
    }
    statements
}
