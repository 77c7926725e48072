//! The columns that name files, and what their rows say of them.

use media_schema::{
    ANALYSIS_JOBS, JobName, NamingRow, PROCESSING_JOBS, Readable, Role, RowError, Scope, Table,
};
use rusqlite::{Connection, Params, Row, params};

use super::path_text::PathText;
use crate::Fault;
use crate::column::RowReader;
use crate::listing::Listing;
use crate::shape::has_column;

/// A column that names files, with the one that has their hashes.
#[derive(Debug)]
pub(crate) struct PathColumn {
    pub(crate) table: &'static Table,
    pub(crate) role: Role,
    path: &'static str,
    hash: &'static str,
    /// What is read of a row: `id`, path, hash and, where there is one, the job.
    reads: &'static [&'static str],
}

/// All columns that name files.
pub(crate) static COLUMNS: [PathColumn; 3] = [
    PathColumn {
        table: &ANALYSIS_JOBS,
        role: Role::Source,
        path: "file_path",
        hash: "file_hash",
        reads: &["id", "file_path", "file_hash"],
    },
    PathColumn {
        table: &PROCESSING_JOBS,
        role: Role::Output,
        path: "output_path",
        hash: "output_hash",
        reads: &["id", "output_path", "output_hash", "job_id"],
    },
    PathColumn {
        table: &PROCESSING_JOBS,
        role: Role::Input,
        path: "input_path",
        hash: "input_hash",
        reads: &["id", "input_path", "input_hash", "job_id"],
    },
];

impl PathColumn {
    /// Those of a scope, in the tables that are there.
    pub(crate) fn of(connection: &Connection, scope: Scope) -> Result<Vec<&'static Self>, Fault> {
        let mut present = Vec::new();
        for column in &COLUMNS {
            if scope.contains(column.role) && column.is_there(connection)? {
                present.push(column);
            }
        }
        Ok(present)
    }

    pub(crate) fn is_there(&self, connection: &Connection) -> Result<bool, Fault> {
        Ok(has_column(connection, self.table.name, self.path)?)
    }

    /// Whether its rows have names of their own.
    pub(crate) fn names_jobs(&self) -> bool {
        self.role != Role::Source
    }

    pub(crate) fn paths_sql(&self) -> String {
        let Self { table, path, .. } = self;
        let table = table.name;
        format!("SELECT DISTINCT {path} FROM {table} WHERE {path} >= ?1 ORDER BY {path} LIMIT ?2")
    }

    pub(crate) fn rows_sql(&self) -> String {
        let Self { table, path, .. } = self;
        let (reads, table) = (self.reads.join(", "), table.name);
        format!("SELECT {reads} FROM {table} WHERE unlikely({path} = ?1)")
    }

    /// In order, so that the planner takes the index, even where the table was
    /// analysed while it had a few rows.
    pub(crate) fn range_sql(&self) -> String {
        let Self { table, path, .. } = self;
        let (reads, table) = (self.reads.join(", "), table.name);
        format!("SELECT {reads} FROM {table} WHERE {path} >= ?1 AND {path} <= ?2 ORDER BY {path}")
    }

    /// Only if its rows [have names](Self::names_jobs).
    pub(crate) fn job_sql(&self) -> String {
        let (reads, table) = (self.reads.join(", "), self.table.name);
        format!("SELECT {reads} FROM {table} WHERE job_id = ?1")
    }

    /// The rows with a hash, those that were recorded last first.
    pub(crate) fn with_hash(&self, hash: &str) -> Listing {
        let columns = format!("id, {}, created_at", self.path);
        Listing::new(self.table.name, columns).equal(self.hash, Some(hash))
    }

    /// The path in a row of [`with_hash`](Self::with_hash).
    pub(crate) fn path_of(&self, row: &Row<'_>) -> Result<String, RowError> {
        RowReader::new(row, self.table.name, self.reads)?.text(1)
    }

    /// The distinct paths from a place on, in the order of their bytes.
    pub(crate) fn paths(
        &self,
        connection: &Connection,
        from: &PathText,
        limit: usize,
    ) -> Result<Vec<PathText>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&self.paths_sql())?;
        let paths = statement.query_map(params![from, limit], |row| {
            Ok(PathText::stored(row.get_ref(0)?)?)
        })?;
        Ok(paths.collect::<rusqlite::Result<_>>()?)
    }

    /// The rows that name a path.
    pub(crate) fn rows(
        &self,
        connection: &Connection,
        path: &PathText,
    ) -> Result<Readable<NamingRow>, Fault> {
        self.decode_all(connection, &self.rows_sql(), params![path])
    }

    /// The rows that name a path from `from` to `to`, both included.
    pub(crate) fn range(
        &self,
        connection: &Connection,
        from: &PathText,
        to: &PathText,
    ) -> Result<Readable<NamingRow>, Fault> {
        self.decode_all(connection, &self.range_sql(), params![from, to])
    }

    /// The row of a job.
    pub(crate) fn job(
        &self,
        connection: &Connection,
        job_id: &str,
    ) -> Result<Readable<NamingRow>, Fault> {
        self.decode_all(connection, &self.job_sql(), params![job_id])
    }

    fn decode_all(
        &self,
        connection: &Connection,
        sql: &str,
        values: impl Params,
    ) -> Result<Readable<NamingRow>, Fault> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| Ok(self.decode(row)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn decode(&self, row: &Row<'_>) -> Result<NamingRow, RowError> {
        let columns = RowReader::new(row, self.table.name, self.reads)?;
        let id = columns.id();
        Ok(NamingRow {
            path: columns.text(1)?,
            role: self.role,
            hash: columns.hash(2)?,
            job: match self.role {
                Role::Source => JobName::Analysis { id },
                Role::Input | Role::Output => JobName::Processing {
                    id,
                    job_id: columns.text(3)?,
                },
            },
        })
    }
}
