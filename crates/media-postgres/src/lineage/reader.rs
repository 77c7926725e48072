//! Reading rows: many by one statement, and no row is trusted.

use std::time::Instant;

use media_schema::{
    AnalysisLink, JobLink, LatestCheck, LineageReader, Readable, RowError, StoreError, StoredHash,
    Timestamp, Written,
};
use postgres::Row;

use super::arrays::parts;
use super::sql;
use crate::Fault;
use crate::column::RowReader;
use crate::digest::digest;
use crate::fault::Remedy;
use crate::nul::has_nul;
use crate::session::Session;

pub(crate) const ACTION: &str = "trace a lineage";

/// A table and what a statement reads of it.
type Columns = (&'static str, &'static [&'static str]);

const ANALYSES: Columns = ("analysis_jobs", sql::ANALYSIS_COLUMNS);
const JOBS: Columns = ("processing_jobs", sql::JOB_COLUMNS);
const READ: Columns = ("processing_jobs", sql::INPUT_COLUMNS);
const WRITTEN: Columns = ("processing_jobs", sql::OUTPUT_COLUMNS);
const CHECKS: Columns = ("fixity_checks", sql::CHECK_COLUMNS);

/// What [`sql::CONTENTS_OF_PATH`] reads, by the number in its last column.
const CONTENTS: [Columns; 3] = [
    ("analysis_jobs", &["id", "file_hash", "created_at"]),
    ("processing_jobs", &["id", "input_hash", "created_at"]),
    ("processing_jobs", &["id", "output_hash", "created_at"]),
];

/// Reads in a transaction that sees one moment.
pub(crate) struct Reader<'s> {
    session: &'s mut Session,
    server: &'s str,
    started: Instant,
    /// Why it all has to begin anew.
    fault: Option<Fault>,
}

impl<'s> Reader<'s> {
    pub(crate) fn new(session: &'s mut Session, server: &'s str) -> Self {
        Self {
            session,
            server,
            started: Instant::now(),
            fault: None,
        }
    }

    pub(crate) fn into_fault(self) -> Option<Fault> {
        self.fault
    }

    /// A fault in words; one after which it can begin anew is kept as it is.
    fn said<T>(&mut self, outcome: Result<T, Fault>) -> Result<T, StoreError> {
        let waited = self.started.elapsed();
        outcome.map_err(|fault| {
            if fault.remedy() == Remedy::Nothing {
                return fault.into_store_error(self.server, ACTION, waited);
            }
            self.fault = Some(fault);
            StoreError::Unavailable {
                database: self.server.to_owned(),
                waited,
                source: "the lineage has to be traced from its beginning".into(),
            }
        })
    }

    /// The rows of a statement that gets hashes; the first column is the `id`.
    fn rows_of<T>(
        &mut self,
        sql: &str,
        hashes: &[StoredHash],
        columns: Columns,
        read: impl Fn(&RowReader<'_>) -> Result<T, RowError>,
    ) -> Result<Readable<T>, StoreError> {
        let mut found = Vec::new();
        for part in parts(hashes, |hash| hash.as_str().len()) {
            let texts = part.iter().map(StoredHash::as_str);
            let texts: Vec<_> = texts.filter(|text| !has_nul(text)).collect();
            let rows = self.session.query(sql, &[&texts]);
            let added = rows.map(|rows| decode(&rows, columns, &read, &mut found));
            self.said(added)?;
        }
        Ok(found)
    }

    fn exists(
        &mut self,
        sql: &str,
        parameters: &[crate::session::Parameter<'_>],
    ) -> Result<bool, StoreError> {
        let exists = self
            .session
            .query_one(sql, parameters)
            .and_then(|row| Ok(row.try_get(0)?));
        self.said(exists)
    }

    fn of_path(&mut self, path: &str) -> Result<Readable<(Timestamp, StoredHash)>, Fault> {
        let rows = self
            .session
            .query(sql::CONTENTS_OF_PATH, &[&digest(path).as_slice()])?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let number: i32 = row.try_get(3)?;
            let number = usize::try_from(number).unwrap_or(0);
            let columns = CONTENTS.get(number).copied().unwrap_or(CONTENTS[0]);
            let read = |row: &RowReader<'_>| Ok((row.time(2)?, row.hash(1)?));
            found.push(reader(row, columns).and_then(|row| read(&row)));
        }
        Ok(found)
    }

    fn latest_checks(
        &mut self,
        files: &[(&StoredHash, &str)],
        found: &mut Vec<Result<Option<LatestCheck>, RowError>>,
    ) -> Result<(), Fault> {
        let first = found.len();
        found.extend(files.iter().map(|_| Ok(None)));
        let hashes: Vec<_> = files
            .iter()
            .map(|(hash, _)| Some(hash.as_str()).filter(|hash| !has_nul(hash)))
            .collect();
        let digests: Vec<_> = files.iter().map(|(_, path)| digest(path)).collect();
        let digests: Vec<_> = digests.iter().map(<[u8; 32]>::as_slice).collect();
        for row in &self.session.query(sql::CHECKS, &[&hashes, &digests])? {
            let number: i64 = row.try_get(4)?;
            let answer = usize::try_from(number - 1)
                .ok()
                .and_then(|index| found.get_mut(first + index));
            if let Some(answer) = answer {
                *answer = latest_check(row).map(Some);
            }
        }
        Ok(())
    }
}

fn reader(row: &Row, (table, columns): Columns) -> Result<RowReader<'_>, RowError> {
    RowReader::new(row, table, columns)
}

fn decode<T>(
    rows: &[Row],
    columns: Columns,
    read: impl Fn(&RowReader<'_>) -> Result<T, RowError>,
    found: &mut Readable<T>,
) {
    found.extend(
        rows.iter()
            .map(|row| reader(row, columns).and_then(|row| read(&row))),
    );
}

impl LineageReader for Reader<'_> {
    fn job(&mut self, job_id: &str) -> Result<Readable<JobLink>, StoreError> {
        let mut found = Vec::new();
        let rows = self.session.query(sql::JOB, &[&digest(job_id).as_slice()]);
        let added = rows.map(|rows| decode(&rows, JOBS, job_link, &mut found));
        self.said(added)?;
        Ok(found)
    }

    fn knows(&mut self, hash: &str) -> Result<bool, StoreError> {
        if has_nul(hash) {
            return Ok(false);
        }
        self.exists(sql::KNOWS, &[&hash])
    }

    fn contents_of(&mut self, path: &str) -> Result<Readable<(Timestamp, StoredHash)>, StoreError> {
        let found = self.of_path(path);
        self.said(found)
    }

    fn ancestors(&mut self, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError> {
        self.rows_of(sql::ABOVE, hashes, JOBS, job_link)
    }

    fn descendants(&mut self, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError> {
        self.rows_of(sql::BELOW, hashes, JOBS, job_link)
    }

    fn files_written(
        &mut self,
        hashes: &[StoredHash],
        and_above: bool,
    ) -> Result<Readable<Written>, StoreError> {
        let sql = if and_above {
            sql::OUTPUT_FILES_ABOVE
        } else {
            sql::OUTPUT_FILES
        };
        self.rows_of(sql, hashes, WRITTEN, |row| {
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
        self.rows_of(sql::INPUT_FILES, hashes, READ, |row| {
            Ok((row.hash(1)?, row.text(2)?))
        })
    }

    fn analyses_of(&mut self, hashes: &[StoredHash]) -> Result<Readable<AnalysisLink>, StoreError> {
        self.rows_of(sql::ANALYSES, hashes, ANALYSES, |row| {
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
        self.exists(sql::ANY_CHECK, &[])
    }

    fn checks(
        &mut self,
        files: &[(&StoredHash, &str)],
    ) -> Result<Vec<Result<Option<LatestCheck>, RowError>>, StoreError> {
        let mut found = Vec::with_capacity(files.len());
        for part in parts(files, |(hash, _)| hash.as_str().len() + 32) {
            let added = self.latest_checks(part, &mut found);
            self.said(added)?;
        }
        Ok(found)
    }
}

fn job_link(row: &RowReader<'_>) -> Result<JobLink, RowError> {
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

fn latest_check(row: &Row) -> Result<LatestCheck, RowError> {
    let row = reader(row, CHECKS)?;
    // The one reader of text that may be NULL; it is no JSON.
    let actual = row.optional_text(2)?;
    Ok(LatestCheck {
        verdict: row.text(1)?,
        actual: actual.filter(|hash| !hash.is_empty()).map(StoredHash::from),
        checked_at: row.time(3)?,
    })
}
