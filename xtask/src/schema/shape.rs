//! The shape of tables as text, from descriptors and from a real file, so that
//! the two can be compared and their difference read.

use media_schema::{AnalysisJob, Job, MediaAnalysisRow, MediaProcessingRow, ProcessingJob, Table};
use rusqlite::Connection;

use crate::error::Error;
use crate::report::{Failure, diff, lines};

const MEND: &str = "make crates/media-schema/src/ddl.rs agree with the newest statements in sql/";

/// The shape that a file with just these tables must have.
pub(crate) fn described(tables: &[&Table]) -> String {
    let mut tables: Vec<_> = tables.iter().map(|table| describe(table)).collect();
    tables.sort();
    tables.concat()
}

fn describe(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let not_null = if column.not_null { " NOT NULL" } else { "" };
        let primary = if column.primary_key {
            " PRIMARY KEY"
        } else {
            ""
        };
        let declared = column.declared_type;
        format!("  {} {declared}{not_null}{primary}", column.name)
    });
    let unique = table
        .unique
        .iter()
        .map(|columns| format!("  UNIQUE({})", columns.join(", ")));
    let indexes = table
        .indexes
        .iter()
        .map(|index| format!("  INDEX {}({})", index.name, index.columns.join(", ")));
    let mut constraints: Vec<_> = unique.chain(indexes).collect();
    constraints.sort();
    let head = format!("table {}", table.name);
    lines([head].into_iter().chain(columns).chain(constraints))
}

/// The shape of everything in a real file but SQLite's own tables.
pub(crate) fn real(connection: &Connection) -> Result<String, Error> {
    read(connection).map_err(Error::sqlite("read the shape of a file"))
}

fn read(connection: &Connection) -> rusqlite::Result<String> {
    let objects: Vec<(String, String)> = connection
        .prepare(
            "SELECT type, name FROM sqlite_master
             WHERE type <> 'index' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY type, name",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut shape = Vec::new();
    for (kind, name) in objects {
        shape.push(format!("{kind} {name}"));
        if kind == "table" {
            shape.extend(columns(connection, &name)?);
            shape.extend(constraints(connection, &name)?);
        }
    }
    Ok(lines(shape))
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT format('  %s %s', name, type)
                 || iif(\"notnull\", ' NOT NULL', '')
                 || iif(pk, ' PRIMARY KEY', '')
                 || iif(dflt_value IS NULL, '', ' DEFAULT ' || dflt_value)
                 || iif(hidden, ' HIDDEN', '')
             FROM pragma_table_xinfo(?1) ORDER BY cid",
        )?
        .query_map([table], |row| row.get(0))?
        .collect()
}

fn constraints(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT '  ' || iif(list.\"unique\", 'UNIQUE', '')
                 || iif(list.origin = 'c',
                        iif(list.\"unique\", ' INDEX ', 'INDEX ') || list.name, '')
                 || '('
                 || (SELECT group_concat(
                         coalesce(info.name, '<expression>')
                         || iif(info.coll = 'BINARY', '', ' COLLATE ' || info.coll)
                         || iif(info.desc, ' DESC', ''), ', ' ORDER BY info.seqno)
                     FROM pragma_index_xinfo(list.name) AS info WHERE info.key)
                 || ')' || iif(list.partial, ' WHERE …', '') AS line
             FROM pragma_index_list(?1) AS list
             UNION ALL
             SELECT format('  FOREIGN KEY(%s)', \"from\") FROM pragma_foreign_key_list(?1)
             ORDER BY line",
        )?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// A file holds these tables as described, and nothing else.
pub(crate) fn check(
    maker: &str,
    connection: &Connection,
    tables: &[&Table],
) -> Result<Vec<Failure>, Error> {
    let difference = diff(
        ("described", &described(tables)),
        (maker, &real(connection)?),
    );
    Ok(difference
        .map(|detail| {
            Failure::new(format!("a file made by {maker} is not as described"), MEND)
                .with_detail(detail)
        })
        .into_iter()
        .collect())
}

/// The row types read exactly the columns that are described.
pub(crate) fn check_rows() -> Vec<Failure> {
    [
        check_row(
            AnalysisJob::TABLE,
            "MediaAnalysisRow",
            MediaAnalysisRow::COLUMNS,
        ),
        check_row(
            ProcessingJob::TABLE,
            "MediaProcessingRow",
            MediaProcessingRow::COLUMNS,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn check_row(table: &Table, row: &str, columns: &[&str]) -> Option<Failure> {
    let described = table.columns.iter().map(|column| column.name);
    diff((table.name, &lines(described)), (row, &lines(columns))).map(|detail| {
        Failure::new(
            format!("{row} does not read the columns of {}", table.name),
            format!("make {row}::COLUMNS agree with the descriptor"),
        )
        .with_detail(detail)
    })
}

#[cfg(test)]
mod tests {
    use media_schema::{ANALYSIS_JOBS, Ddl, PROCESSING_JOBS};

    use super::*;

    fn check_sql(sql: &str) -> Vec<Failure> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        check("a test", &connection, &[&ANALYSIS_JOBS]).unwrap()
    }

    fn frozen() -> &'static str {
        Ddl::newest(ANALYSIS_JOBS.name).unwrap().sql
    }

    #[test]
    fn the_frozen_statements_are_as_described() {
        assert_eq!(check_sql(frozen()), []);
    }

    #[test]
    fn each_alteration_of_the_statements_is_found() {
        let alterations = [
            ("ranges JSON", "ranges TEXT", "+  ranges TEXT"),
            (
                "file_hash TEXT NOT NULL",
                "file_hash TEXT",
                "+  file_hash TEXT",
            ),
            (
                "ranges JSON",
                "ranges JSON DEFAULT '[]'",
                "+  ranges JSON DEFAULT '[]'",
            ),
            ("ranges JSON,", "", "-  ranges JSON"),
            (
                "UNIQUE(file_path, config_hash)",
                "UNIQUE(config_hash, file_path)",
                "+  UNIQUE(config_hash, file_path)",
            ),
            (
                "ON analysis_jobs(created_at)",
                "ON analysis_jobs(created_at DESC)",
                "+  INDEX idx_analysis_created_at(created_at DESC)",
            ),
            (
                "CREATE INDEX IF NOT EXISTS idx_analysis_created_at",
                "CREATE UNIQUE INDEX IF NOT EXISTS idx_analysis_created_at",
                "+  UNIQUE INDEX idx_analysis_created_at(created_at)",
            ),
            (
                "ON analysis_jobs(created_at)",
                "ON analysis_jobs(created_at) WHERE ranges IS NULL",
                "+  INDEX idx_analysis_created_at(created_at) WHERE …",
            ),
        ];
        for (from, to, expected) in alterations {
            let altered = frozen().replacen(from, to, 1);
            assert_ne!(altered, frozen(), "{from} is not in the statements");
            let failures = check_sql(&altered);
            assert_eq!(failures.len(), 1, "{to}");
            let detail = &failures[0].detail;
            assert!(detail.contains(expected), "{to}: {detail}");
        }
    }

    #[test]
    fn a_further_table_or_view_is_found() {
        for sql in ["CREATE TABLE extra (x);", "CREATE VIEW extra AS SELECT 1;"] {
            let failures = check_sql(&format!("{} {sql}", frozen()));
            assert_eq!(failures.len(), 1, "{sql}");
            assert!(failures[0].detail.contains("extra"), "{sql}");
        }
    }

    #[test]
    fn an_altered_descriptor_is_found() {
        let mut altered = ANALYSIS_JOBS;
        altered.indexes = &altered.indexes[1..];
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(frozen()).unwrap();
        let failures = check("a test", &connection, &[&altered]).unwrap();
        assert!(
            failures[0]
                .detail
                .contains("+  INDEX idx_analysis_created_at")
        );
    }

    #[test]
    fn a_row_type_that_reads_other_columns_is_found() {
        assert_eq!(check_rows(), []);
        let failure = check_row(&PROCESSING_JOBS, "Row", &MediaProcessingRow::COLUMNS[1..]);
        assert!(failure.unwrap().detail.contains("-id"));
    }
}
