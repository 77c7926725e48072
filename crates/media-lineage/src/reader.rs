//! Reading rows: each statement once, and no row is trusted.

use std::collections::{BTreeMap, HashSet};

use media_schema::{
    ANALYSIS_JOBS, FIXITY_CHECKS, PROCESSING_JOBS, RowError, StoredHash, Timestamp,
};
use media_sqlite::{Fault, RowReader};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params};

use crate::nodes::{Nodes, json_arrays};
use crate::sql;
use crate::{Analysis, Check, Derivation, Direction, RecordedFile, Start};

/// Where the walks begin.
pub(crate) struct Seeds {
    pub(crate) up: Vec<StoredHash>,
    pub(crate) down: Vec<StoredHash>,
    /// How far they are from the start: 1 if that is a job.
    pub(crate) distance: usize,
    job: Option<JobRow>,
}

/// A row of `processing_jobs`.
struct JobRow {
    id: i64,
    job_id: String,
    action: String,
    input_path: String,
    input: StoredHash,
    output_path: String,
    output: StoredHash,
    created_at: Timestamp,
}

impl JobRow {
    fn read(row: &RowReader<'_, '_>) -> Result<Self, RowError> {
        Ok(Self {
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
}

/// The files of a content.
type Paths = BTreeMap<String, Option<Check>>;

/// What is recorded of contents, by their number.
pub(crate) struct Recorded {
    pub(crate) files: Vec<Vec<RecordedFile>>,
    pub(crate) analyses: Vec<Analysis>,
    /// From which content to which one jobs lead; only if files were checked.
    pub(crate) links: Vec<(usize, usize)>,
}

/// Reads rows, and keeps the errors of those that cannot be read.
pub(crate) struct Reader<'c> {
    connection: &'c Connection,
    analysis: bool,
    processing: bool,
    fixity: bool,
    pub(crate) unreadable: Vec<RowError>,
    /// The rows in `unreadable`, for several statements meet the same.
    seen: HashSet<(&'static str, String)>,
}

impl<'c> Reader<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self, Fault> {
        let has = |table: &str, column| media_sqlite::has_column(connection, table, column);
        Ok(Self {
            connection,
            analysis: has(ANALYSIS_JOBS.name, "file_hash")?,
            processing: has(PROCESSING_JOBS.name, "output_hash")?,
            fixity: has(FIXITY_CHECKS.name, "verdict")?,
            unreadable: Vec::new(),
            seen: HashSet::new(),
        })
    }

    /// The rows of a statement that can be read.
    fn rows<T>(
        &mut self,
        sql: &str,
        parameters: &[&dyn ToSql],
        (table, columns): (&'static str, &'static [&'static str]),
        read: impl Fn(&RowReader<'_, '_>) -> Result<T, RowError>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut readable = Vec::new();
        while let Some(row) = rows.next()? {
            match RowReader::new(row, table, columns).and_then(|row| read(&row)) {
                Ok(row) => readable.push(row),
                Err(error) => {
                    if self.seen.insert((error.table, error.row.clone())) {
                        self.unreadable.push(error);
                    }
                }
            }
        }
        Ok(readable)
    }

    fn exists(&self, sql: &str, text: &str) -> Result<bool, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([text], |row| row.get(0))?)
    }

    /// Where to begin; `None` if no row that can be read names the start.
    pub(crate) fn seeds(&mut self, start: &Start) -> Result<Option<Seeds>, Fault> {
        let (up, down, job) = match start {
            Start::Job(job_id) => match self.job(job_id)? {
                Some(job) => (vec![job.input.clone()], vec![job.output.clone()], Some(job)),
                None => return Ok(None),
            },
            Start::Hash(hash) => {
                if !self.knows(hash)? {
                    return Ok(None);
                }
                (vec![hash.clone()], vec![hash.clone()], None)
            }
            Start::Path(path) => {
                let hashes = self.contents_of(path)?;
                if hashes.is_empty() {
                    return Ok(None);
                }
                (hashes.clone(), hashes, None)
            }
        };
        Ok(Some(Seeds {
            up,
            down,
            distance: usize::from(job.is_some()),
            job,
        }))
    }

    fn job(&mut self, job_id: &str) -> Result<Option<JobRow>, Fault> {
        if !self.processing {
            return Ok(None);
        }
        let columns = (PROCESSING_JOBS.name, sql::JOB_COLUMNS);
        let rows = self.rows(sql::JOB, params![job_id], columns, JobRow::read)?;
        Ok(rows.into_iter().next())
    }

    fn knows(&self, hash: &StoredHash) -> Result<bool, Fault> {
        let hash = hash.as_str();
        Ok(self.analysis && self.exists(sql::KNOWS_SOURCE, hash)?
            || self.processing
                && (self.exists(sql::KNOWS_INPUT, hash)?
                    || self.exists(sql::KNOWS_OUTPUT, hash)?))
    }

    /// The contents that were ever recorded for a path, the latest first.
    fn contents_of(&mut self, path: &str) -> Result<Vec<StoredHash>, Fault> {
        let (analysis, processing) = (self.analysis, self.processing);
        let mut recorded = Vec::new();
        for (is_there, table, columns, sql) in [
            (
                analysis,
                ANALYSIS_JOBS.name,
                sql::SOURCE_COLUMNS,
                sql::SOURCES_OF_PATH,
            ),
            (
                processing,
                PROCESSING_JOBS.name,
                sql::READ_COLUMNS,
                sql::INPUTS_OF_PATH,
            ),
            (
                processing,
                PROCESSING_JOBS.name,
                sql::WRITTEN_COLUMNS,
                sql::OUTPUTS_OF_PATH,
            ),
        ] {
            if is_there {
                recorded.append(&mut self.rows(sql, params![path], (table, columns), |row| {
                    Ok((row.time(2)?, row.hash(1)?))
                })?);
            }
        }
        recorded.sort_unstable_by(|(time, hash), (other_time, other)| {
            other_time.cmp(time).then_with(|| hash.cmp(other))
        });
        let mut seen = HashSet::new();
        recorded.retain(|(_, hash)| seen.insert(hash.clone()));
        Ok(recorded.into_iter().map(|(_, hash)| hash).collect())
    }

    /// The jobs that lead to or from the seeds, sorted, with their contents by
    /// number.
    pub(crate) fn jobs(
        &mut self,
        nodes: &mut Nodes,
        seeds: &mut Seeds,
        direction: Direction,
    ) -> Result<Vec<Derivation>, Fault> {
        for hash in seeds.up.iter().chain(&seeds.down) {
            nodes.add(hash.clone());
        }
        let mut rows: Vec<_> = seeds.job.take().into_iter().collect();
        if self.processing && direction.is_up() {
            rows.append(&mut self.job_rows(sql::ABOVE, &seeds.up)?);
        }
        if self.processing && direction.is_down() {
            rows.append(&mut self.job_rows(sql::BELOW, &seeds.down)?);
        }
        rows.sort_unstable_by_key(|row| (row.created_at, row.id));
        rows.dedup_by_key(|row| row.id);
        let jobs = rows.into_iter().map(|row| Derivation {
            id: row.id,
            job_id: row.job_id,
            action: row.action,
            input: nodes.add(row.input),
            input_path: row.input_path,
            output: nodes.add(row.output),
            output_path: row.output_path,
            created_at: row.created_at,
        });
        Ok(jobs.collect())
    }

    fn job_rows(&mut self, sql: &str, hashes: &[StoredHash]) -> Result<Vec<JobRow>, Fault> {
        let columns = (PROCESSING_JOBS.name, sql::JOB_COLUMNS);
        let mut found = Vec::new();
        for array in json_arrays(hashes) {
            found.append(&mut self.rows(sql, params![array], columns, JobRow::read)?);
        }
        Ok(found)
    }

    /// The files of each content, and the analyses of all of them, sorted.
    ///
    /// If files were ever checked, further contents are added: whatever these
    /// were made from.
    pub(crate) fn recorded(&mut self, nodes: &mut Nodes) -> Result<Recorded, Fault> {
        let mut paths = Vec::new();
        let links = self.outputs(nodes, &mut paths)?;
        let mut analyses = Vec::new();
        for array in json_arrays(nodes.hashes()) {
            if self.processing {
                self.inputs(nodes, &array, &mut paths)?;
            }
            if self.analysis {
                analyses.append(&mut self.analyses(nodes, &array)?);
            }
        }
        for analysis in &analyses {
            paths[analysis.content].insert(analysis.file_path.clone(), None);
        }
        analyses.sort_unstable_by_key(|analysis| (analysis.created_at, analysis.id));
        if self.fixity {
            for (hash, paths) in nodes.hashes().iter().zip(&mut paths) {
                for (path, check) in paths {
                    *check = self.check(hash, path)?;
                }
            }
        }
        let file = |(path, check)| RecordedFile { path, check };
        let files = paths
            .into_iter()
            .map(|paths| paths.into_iter().map(file).collect());
        Ok(Recorded {
            files: files.collect(),
            analyses,
            links,
        })
    }

    /// The files that jobs wrote with these contents; and from which content to
    /// which one those jobs lead.
    fn outputs(
        &mut self,
        nodes: &mut Nodes,
        paths: &mut Vec<Paths>,
    ) -> Result<Vec<(usize, usize)>, Fault> {
        let mut links = Vec::new();
        let mut done = 0;
        while done < nodes.len() {
            paths.resize_with(nodes.len(), Paths::new);
            let arrays = json_arrays(&nodes.hashes()[done..]);
            done = nodes.len();
            if !self.processing {
                break;
            }
            for array in arrays {
                let columns = (PROCESSING_JOBS.name, sql::OUTPUT_COLUMNS);
                let rows = self.rows(sql::OUTPUT_FILES, params![array], columns, |row| {
                    Ok((row.hash(1)?, row.text(2)?, row.hash(3)?))
                })?;
                for (output, path, input) in rows {
                    let Some(output) = nodes.get(&output) else {
                        continue;
                    };
                    paths[output].insert(path, None);
                    if self.fixity {
                        links.push((nodes.add(input), output));
                    }
                }
            }
        }
        Ok(links)
    }

    /// The files that jobs read with these contents.
    fn inputs(&mut self, nodes: &Nodes, array: &str, paths: &mut [Paths]) -> Result<(), Fault> {
        let columns = (PROCESSING_JOBS.name, sql::INPUT_COLUMNS);
        let rows = self.rows(sql::INPUT_FILES, params![array], columns, |row| {
            Ok((row.hash(1)?, row.text(2)?))
        })?;
        for (hash, path) in rows {
            if let Some(node) = nodes.get(&hash) {
                paths[node].insert(path, None);
            }
        }
        Ok(())
    }

    fn analyses(&mut self, nodes: &Nodes, array: &str) -> Result<Vec<Analysis>, Fault> {
        let columns = (ANALYSIS_JOBS.name, sql::ANALYSIS_COLUMNS);
        let rows = self.rows(sql::ANALYSES, params![array], columns, |row| {
            let analysis = |content| -> Result<_, RowError> {
                Ok(Analysis {
                    id: row.id(),
                    content,
                    file_path: row.text(2)?,
                    config_hash: row.hash(3)?,
                    created_at: row.time(4)?,
                })
            };
            nodes.get(&row.hash(1)?).map(analysis).transpose()
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// What the latest check of a file found.
    fn check(&mut self, hash: &StoredHash, path: &str) -> Result<Option<Check>, Fault> {
        let columns = (FIXITY_CHECKS.name, sql::CHECK_COLUMNS);
        let rows = self.rows(sql::CHECK, params![hash.as_str(), path], columns, |row| {
            // An empty text stands for the NULL of a file that had no hash.
            let actual = row.hash(2)?;
            Ok(Check {
                verdict: row.text(1)?,
                actual: (!actual.as_str().is_empty()).then_some(actual),
                checked_at: row.time(3)?,
            })
        })?;
        Ok(rows.into_iter().next())
    }
}
