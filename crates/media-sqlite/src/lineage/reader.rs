//! Reading rows: each statement once, and no row is trusted.

use std::path::Path;
use std::time::Instant;

use media_schema::{
    ANALYSIS_JOBS, AnalysisLink, FIXITY_CHECKS, JobLink, LatestCheck, LineageReader,
    PROCESSING_JOBS, Readable, RowError, StoreError, StoredHash, Timestamp, Written,
};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

use super::arrays::json_arrays;
use super::sql;
use crate::Fault;
use crate::column::RowReader;
use crate::shape::has_column;

pub(crate) const ACTION: &str = "trace a lineage";

/// The table that a statement is about, and what it reads.
type Columns = (&'static str, &'static [&'static str]);

/// Reads on a connection that sees one moment.
pub(crate) struct Reader<'c> {
    connection: &'c Connection,
    path: &'c Path,
    started: Instant,
    analysis: bool,
    processing: bool,
    fixity: bool,
}

impl<'c> Reader<'c> {
    pub(crate) fn new(
        connection: &'c Connection,
        path: &'c Path,
        started: Instant,
    ) -> Result<Self, Fault> {
        let has = |table: &str, column| has_column(connection, table, column);
        Ok(Self {
            connection,
            path,
            started,
            analysis: has(ANALYSIS_JOBS.name, "file_hash")?,
            processing: has(PROCESSING_JOBS.name, "output_hash")?,
            fixity: has(FIXITY_CHECKS.name, "verdict")?,
        })
    }

    fn said<T>(&self, outcome: Result<T, Fault>) -> Result<T, StoreError> {
        outcome.map_err(|fault| fault.into_store_error(self.path, ACTION, self.started.elapsed()))
    }

    /// The rows of a statement, behind those that there are.
    fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        (table, columns): Columns,
        read: impl Fn(&RowReader<'_, '_>) -> Result<T, RowError>,
        found: &mut Readable<T>,
    ) -> Result<(), Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            found.push(RowReader::new(row, table, columns).and_then(|row| read(&row)));
        }
        Ok(())
    }

    /// The rows of a statement that gets hashes.
    fn rows_of<T>(
        &self,
        sql: &str,
        hashes: &[StoredHash],
        columns: Columns,
        read: impl Fn(&RowReader<'_, '_>) -> Result<T, RowError>,
    ) -> Result<Readable<T>, StoreError> {
        let mut found = Vec::new();
        for array in json_arrays(hashes) {
            self.said(self.rows(sql, params![array], columns, &read, &mut found))?;
        }
        Ok(found)
    }

    fn jobs_of(&self, sql: &str, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError> {
        if !self.processing {
            return Ok(Vec::new());
        }
        self.rows_of(
            sql,
            hashes,
            (PROCESSING_JOBS.name, sql::JOB_COLUMNS),
            job_link,
        )
    }

    fn exists(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<bool, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(parameters, |row| row.get(0))?)
    }

    fn is_known(&self, hash: &str) -> Result<bool, Fault> {
        let exists = |sql| self.exists(sql, params![hash]);
        Ok(self.analysis && exists(sql::KNOWS_SOURCE)?
            || self.processing && (exists(sql::KNOWS_INPUT)? || exists(sql::KNOWS_OUTPUT)?))
    }

    fn of_path(&self, path: &str) -> Result<Readable<(Timestamp, StoredHash)>, Fault> {
        let mut found = Vec::new();
        for (is_there, table, columns, sql) in [
            (
                self.analysis,
                ANALYSIS_JOBS.name,
                sql::SOURCE_COLUMNS,
                sql::SOURCES_OF_PATH,
            ),
            (
                self.processing,
                PROCESSING_JOBS.name,
                sql::READ_COLUMNS,
                sql::INPUTS_OF_PATH,
            ),
            (
                self.processing,
                PROCESSING_JOBS.name,
                sql::WRITTEN_COLUMNS,
                sql::OUTPUTS_OF_PATH,
            ),
        ] {
            if is_there {
                let read = |row: &RowReader<'_, '_>| Ok((row.time(2)?, row.hash(1)?));
                self.rows(sql, params![path], (table, columns), read, &mut found)?;
            }
        }
        Ok(found)
    }

    fn latest_checks(
        &self,
        files: &[(&StoredHash, &str)],
    ) -> Result<Vec<Result<Option<LatestCheck>, RowError>>, Fault> {
        let mut statement = self.connection.prepare_cached(sql::CHECK)?;
        let mut checks = Vec::with_capacity(files.len());
        for (hash, path) in files {
            let mut rows = statement.query([hash.as_str(), path])?;
            let latest = rows.next()?.map(|row| {
                let row = RowReader::new(row, FIXITY_CHECKS.name, sql::CHECK_COLUMNS)?;
                latest_check(&row)
            });
            checks.push(latest.transpose());
        }
        Ok(checks)
    }
}

impl LineageReader for Reader<'_> {
    fn job(&mut self, job_id: &str) -> Result<Readable<JobLink>, StoreError> {
        let mut found = Vec::new();
        if self.processing {
            let columns = (PROCESSING_JOBS.name, sql::JOB_COLUMNS);
            self.said(self.rows(sql::JOB, params![job_id], columns, job_link, &mut found))?;
        }
        Ok(found)
    }

    fn knows(&mut self, hash: &str) -> Result<bool, StoreError> {
        self.said(self.is_known(hash))
    }

    fn contents_of(&mut self, path: &str) -> Result<Readable<(Timestamp, StoredHash)>, StoreError> {
        self.said(self.of_path(path))
    }

    fn ancestors(&mut self, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError> {
        self.jobs_of(sql::ABOVE, hashes)
    }

    fn descendants(&mut self, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError> {
        self.jobs_of(sql::BELOW, hashes)
    }

    fn files_written(
        &mut self,
        hashes: &[StoredHash],
        and_above: bool,
    ) -> Result<Readable<Written>, StoreError> {
        if !self.processing {
            return Ok(Vec::new());
        }
        let sql = if and_above {
            sql::OUTPUT_FILES_ABOVE
        } else {
            sql::OUTPUT_FILES
        };
        let columns = (PROCESSING_JOBS.name, sql::OUTPUT_COLUMNS);
        self.rows_of(sql, hashes, columns, |row| {
            Ok(Written {
                output: row.hash(1)?,
                path: row.text(2)?,
                input: row.hash(3)?,
            })
        })
    }

    fn files_read(
        &mut self,
        hashes: &[StoredHash],
    ) -> Result<Readable<(StoredHash, String)>, StoreError> {
        if !self.processing {
            return Ok(Vec::new());
        }
        let columns = (PROCESSING_JOBS.name, sql::INPUT_COLUMNS);
        self.rows_of(sql::INPUT_FILES, hashes, columns, |row| {
            Ok((row.hash(1)?, row.text(2)?))
        })
    }

    fn analyses_of(&mut self, hashes: &[StoredHash]) -> Result<Readable<AnalysisLink>, StoreError> {
        if !self.analysis {
            return Ok(Vec::new());
        }
        let columns = (ANALYSIS_JOBS.name, sql::ANALYSIS_COLUMNS);
        self.rows_of(sql::ANALYSES, hashes, columns, |row| {
            Ok(AnalysisLink {
                id: row.id(),
                file_hash: row.hash(1)?,
                file_path: row.text(2)?,
                config_hash: row.hash(3)?,
                created_at: row.time(4)?,
            })
        })
    }

    fn has_checks(&mut self) -> Result<bool, StoreError> {
        self.said(if self.fixity {
            self.exists(sql::ANY_CHECK, &[])
        } else {
            Ok(false)
        })
    }

    fn checks(
        &mut self,
        files: &[(&StoredHash, &str)],
    ) -> Result<Vec<Result<Option<LatestCheck>, RowError>>, StoreError> {
        self.said(if self.fixity {
            self.latest_checks(files)
        } else {
            Ok(files.iter().map(|_| Ok(None)).collect())
        })
    }
}

fn job_link(row: &RowReader<'_, '_>) -> Result<JobLink, RowError> {
    Ok(JobLink {
        id: row.id(),
        job_id: row.text(1)?,
        action: row.text(2)?,
        input_path: row.text(3)?,
        input: row.hash(4)?,
        output_path: row.text(5)?,
        output: row.hash(6)?,
        created_at: row.time(7)?,
    })
}

fn latest_check(row: &RowReader<'_, '_>) -> Result<LatestCheck, RowError> {
    // An empty text stands for the NULL of a file that had no hash.
    let actual = row.hash(2)?;
    Ok(LatestCheck {
        verdict: row.text(1)?,
        actual: (!actual.as_str().is_empty()).then_some(actual),
        checked_at: row.time(3)?,
    })
}
