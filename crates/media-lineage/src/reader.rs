//! From rows to nodes; no row is trusted.

use std::collections::{BTreeMap, HashSet};

use media_schema::{JobLink, LineageReader, Readable, RowError, StoreError, StoredHash};

use crate::nodes::Nodes;
use crate::{Analysis, Check, Derivation, Direction, RecordedFile, Start};

/// Where the walks begin.
pub(crate) struct Seeds {
    pub(crate) up: Vec<StoredHash>,
    pub(crate) down: Vec<StoredHash>,
    /// How far they are from the start: 1 if that is a job.
    pub(crate) distance: usize,
    job: Option<JobLink>,
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
pub(crate) struct Reader<'r> {
    rows: &'r mut dyn LineageReader,
    pub(crate) unreadable: Vec<RowError>,
    /// The rows in `unreadable`, for several questions meet the same.
    seen: HashSet<(&'static str, String)>,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(rows: &'r mut dyn LineageReader) -> Self {
        Self {
            rows,
            unreadable: Vec::new(),
            seen: HashSet::new(),
        }
    }

    fn is_readable<T>(&mut self, row: Result<T, RowError>) -> Option<T> {
        match row {
            Ok(row) => Some(row),
            Err(error) => {
                if self.seen.insert((error.table, error.row.clone())) {
                    self.unreadable.push(error);
                }
                None
            }
        }
    }

    /// The rows that can be read.
    fn readable<T>(&mut self, rows: Readable<T>) -> Vec<T> {
        let readable = rows.into_iter().filter_map(|row| self.is_readable(row));
        readable.collect()
    }

    /// Where to begin; `None` if no row that can be read names the start.
    pub(crate) fn seeds(&mut self, start: &Start) -> Result<Option<Seeds>, StoreError> {
        let (up, down, job) = match start {
            Start::Job(job_id) => match self.job(job_id)? {
                Some(job) => (vec![job.input.clone()], vec![job.output.clone()], Some(job)),
                None => return Ok(None),
            },
            Start::Hash(hash) => {
                if !self.rows.knows(hash.as_str())? {
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

    fn job(&mut self, job_id: &str) -> Result<Option<JobLink>, StoreError> {
        let rows = self.rows.job(job_id)?;
        Ok(self.readable(rows).into_iter().next())
    }

    /// The contents that were ever recorded for a path, the latest first.
    fn contents_of(&mut self, path: &str) -> Result<Vec<StoredHash>, StoreError> {
        let rows = self.rows.contents_of(path)?;
        let mut recorded = self.readable(rows);
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
    ) -> Result<Vec<Derivation>, StoreError> {
        for hash in seeds.up.iter().chain(&seeds.down) {
            nodes.add(hash.clone());
        }
        let mut jobs: Vec<_> = seeds.job.take().into_iter().collect();
        if direction.is_up() {
            let rows = self.rows.ancestors(&seeds.up)?;
            jobs.append(&mut self.readable(rows));
        }
        if direction.is_down() {
            let rows = self.rows.descendants(&seeds.down)?;
            jobs.append(&mut self.readable(rows));
        }
        jobs.sort_unstable_by_key(|job| (job.created_at, job.id));
        jobs.dedup_by_key(|job| job.id);
        let jobs = jobs.into_iter().map(|job| Derivation {
            id: job.id,
            job_id: job.job_id,
            action: job.action,
            input: nodes.add(job.input),
            input_path: job.input_path,
            output: nodes.add(job.output),
            output_path: job.output_path,
            created_at: job.created_at,
        });
        Ok(jobs.collect())
    }

    /// The files of each content, and the analyses of all of them, sorted.
    ///
    /// If files were ever checked, further contents are added: whatever these
    /// were made from.
    pub(crate) fn recorded(&mut self, nodes: &mut Nodes) -> Result<Recorded, StoreError> {
        let has_checks = self.rows.has_checks()?;
        let mut paths = Vec::new();
        let links = self.outputs(nodes, &mut paths, has_checks)?;
        self.inputs(nodes, &mut paths)?;
        let analyses = self.analyses(nodes)?;
        for analysis in &analyses {
            paths[analysis.content].insert(analysis.file_path.clone(), None);
        }
        if has_checks {
            self.checks(nodes, &mut paths)?;
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

    /// The files that jobs wrote with these contents; and if they are asked
    /// for, from which content to which one those jobs lead, and whatever leads
    /// to these.
    fn outputs(
        &mut self,
        nodes: &mut Nodes,
        paths: &mut Vec<Paths>,
        and_above: bool,
    ) -> Result<Vec<(usize, usize)>, StoreError> {
        let rows = self.rows.files_written(nodes.hashes(), and_above)?;
        let mut links = Vec::new();
        for row in rows {
            let Some(row) = self.is_readable(row) else {
                continue;
            };
            let output = nodes.add(row.output);
            if and_above {
                links.push((nodes.add(row.input), output));
            }
            paths.resize_with(nodes.len(), Paths::new);
            paths[output].insert(row.path, None);
        }
        paths.resize_with(nodes.len(), Paths::new);
        Ok(links)
    }

    /// The files that jobs read with these contents.
    fn inputs(&mut self, nodes: &Nodes, paths: &mut [Paths]) -> Result<(), StoreError> {
        for row in self.rows.files_read(nodes.hashes())? {
            if let Some((hash, path)) = self.is_readable(row)
                && let Some(node) = nodes.get(&hash)
            {
                paths[node].insert(path, None);
            }
        }
        Ok(())
    }

    /// The analyses of these contents, sorted.
    fn analyses(&mut self, nodes: &Nodes) -> Result<Vec<Analysis>, StoreError> {
        let rows = self.rows.analyses_of(nodes.hashes())?;
        let mut analyses = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(row) = self.is_readable(row)
                && let Some(content) = nodes.get(&row.file_hash)
            {
                analyses.push(Analysis {
                    id: row.id,
                    content,
                    file_path: row.file_path,
                    config_hash: row.config_hash,
                    created_at: row.created_at,
                });
            }
        }
        analyses.sort_unstable_by_key(|analysis| (analysis.created_at, analysis.id));
        Ok(analyses)
    }

    /// What the latest check of each file found.
    fn checks(&mut self, nodes: &Nodes, paths: &mut [Paths]) -> Result<(), StoreError> {
        let files: Vec<_> = nodes
            .hashes()
            .iter()
            .zip(&*paths)
            .flat_map(|(hash, paths)| paths.keys().map(move |path| (hash, path.as_str())))
            .collect();
        let answers = self.rows.checks(&files)?;
        let places = paths.iter_mut().flat_map(BTreeMap::values_mut);
        for (place, answer) in places.zip(answers) {
            *place = self.is_readable(answer).flatten().map(|check| Check {
                verdict: check.verdict,
                actual: check.actual,
                checked_at: check.checked_at,
            });
        }
        Ok(())
    }
}
