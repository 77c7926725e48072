//! What the database says of files: which hash is recorded for which, and by
//! which jobs.

use std::collections::BTreeMap;
use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{
    AnalysisFilter, AnalysisJob, Job, JobStore, MediaAnalysisRow, MediaProcessingRow,
    ProcessingFilter, ProcessingJob, Query, Role, RowError, StoreError, StoredHash,
};
use media_sqlite::Database;

use crate::cli::VerifyArgs;
use crate::failure::Failure;
use crate::names::Names;
use crate::place::if_any;

/// The most rows that are held at once, beside what is kept of them.
const PAGE: usize = 500;

/// A file that rows name.
#[derive(Debug)]
pub(crate) struct NamedFile {
    pub(crate) path: String,
    /// Each differs from the others in its role or its hash.
    pub(crate) expectations: Vec<Expectation>,
}

impl AsRef<Path> for NamedFile {
    fn as_ref(&self) -> &Path {
        Path::new(&self.path)
    }
}

/// What a file is expected to hold.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) role: Role,
    pub(crate) hash: StoredHash,
    /// The jobs that depend on it, without repetition.
    pub(crate) jobs: Vec<JobName>,
}

/// What tells a job from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobName {
    Analysis { id: i64 },
    Processing { id: i64, job_id: String },
}

/// A row that can be told from others.
trait Named {
    fn name(&self) -> JobName;
}

impl Named for MediaAnalysisRow {
    fn name(&self) -> JobName {
        JobName::Analysis { id: self.id }
    }
}

impl Named for MediaProcessingRow {
    fn name(&self) -> JobName {
        JobName::Processing {
            id: self.id,
            job_id: self.job_id.clone(),
        }
    }
}

/// Collects what was asked for, in the order of the paths. `unreadable` gets
/// the rows that cannot be read.
pub(crate) fn collect(
    database: &Database,
    args: &VerifyArgs,
    unreadable: &mut dyn FnMut(&RowError),
) -> Result<Vec<NamedFile>, Failure> {
    let wants_all_kinds = args.analysis == args.processing;
    let analysis = if args.analysis || wants_all_kinds {
        if_any(MediaAnalysisStorage::with_source(database.clone()))?
    } else {
        None
    };
    let processing = if args.processing || wants_all_kinds {
        if_any(MediaProcessingStorage::with_source(database.clone()))?
    } else {
        None
    };
    let mut files = Files {
        by_path: BTreeMap::new(),
        unreadable,
    };
    if args.path.is_empty() && args.job.is_empty() {
        if let Some(store) = &analysis {
            files.add_all::<AnalysisJob>(store, AnalysisFilter::default(), None)?;
        }
        if let Some(store) = &processing {
            files.add_all::<ProcessingJob>(store, ProcessingFilter::default(), None)?;
        }
    }
    for path in &args.path {
        files.add_path(path, analysis.as_ref(), processing.as_ref())?;
    }
    for job_id in &args.job {
        files.add_job(job_id, processing.as_ref())?;
    }
    Ok(files.finish())
}

struct Files<'a> {
    by_path: BTreeMap<String, Vec<Expectation>>,
    unreadable: &'a mut dyn FnMut(&RowError),
}

impl Files<'_> {
    /// Adds the files of a path, under the text by which it is recorded.
    fn add_path(
        &mut self,
        path: &Path,
        analysis: Option<&MediaAnalysisStorage>,
        processing: Option<&MediaProcessingStorage>,
    ) -> Result<(), Failure> {
        let by_source = |path: &str| AnalysisFilter {
            file_path: Some(path.to_owned()),
            ..AnalysisFilter::default()
        };
        let by_either = |path: &str| ProcessingFilter {
            path: Some(path.to_owned()),
            ..ProcessingFilter::default()
        };
        let count = |path: &str| {
            let as_source = analysis.map_or(Ok(0), |store| store.count(&by_source(path)))?;
            let in_job = processing.map_or(Ok(0), |store| store.count(&by_either(path)))?;
            Ok::<u64, StoreError>(as_source + in_job)
        };
        let name = Names::of_path(path)?.recorded(count)?;
        if count(&name)? == 0 {
            return Err(Failure::Message(format!(
                "nothing is recorded of {name:?}: see `media-store jobs` for what is"
            )));
        }
        if let Some(store) = analysis {
            self.add_all::<AnalysisJob>(store, by_source(&name), Some(&name))?;
        }
        if let Some(store) = processing {
            self.add_all::<ProcessingJob>(store, by_either(&name), Some(&name))?;
        }
        Ok(())
    }

    fn add_job(
        &mut self,
        job_id: &str,
        store: Option<&MediaProcessingStorage>,
    ) -> Result<(), Failure> {
        let row = match store.map(|store| store.get_by_job_id(job_id)).transpose() {
            Ok(row) => row.flatten(),
            Err(StoreError::Row(error)) => {
                (self.unreadable)(&error);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let Some(row) = row else {
            return Err(Failure::Message(format!(
                "there is no job {job_id:?}: see `media-store jobs processing` for those there are"
            )));
        };
        self.add::<ProcessingJob>(&row, None);
        Ok(())
    }

    /// Adds the files of all rows that a filter keeps, or only the one of a path.
    fn add_all<J: Job<Row: Named>>(
        &mut self,
        store: &dyn JobStore<J>,
        filter: J::Filter,
        only: Option<&str>,
    ) -> Result<(), Failure> {
        let mut query = Query::from(filter).limit(PAGE);
        loop {
            let page = store.list(&query)?;
            for row in &page.rows {
                match row {
                    Ok(row) => self.add::<J>(row, only),
                    Err(error) => (self.unreadable)(error),
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
            query.after = page.next;
        }
    }

    fn add<J: Job<Row: Named>>(&mut self, row: &J::Row, only: Option<&str>) {
        for file in J::files(row) {
            if only.is_some_and(|path| path != file.path) {
                continue;
            }
            if !self.by_path.contains_key(file.path) {
                self.by_path.insert(file.path.to_owned(), Vec::new());
            }
            let Some(expectations) = self.by_path.get_mut(file.path) else {
                continue;
            };
            let same =
                |known: &&mut Expectation| known.role == file.role && known.hash == *file.hash;
            match expectations.iter_mut().find(same) {
                Some(known) => known.jobs.push(row.name()),
                None => expectations.push(Expectation {
                    role: file.role,
                    hash: file.hash.clone(),
                    jobs: vec![row.name()],
                }),
            }
        }
    }

    fn finish(self) -> Vec<NamedFile> {
        let files = self.by_path.into_iter().map(|(path, mut expectations)| {
            for expectation in &mut expectations {
                expectation.jobs.sort_unstable();
                // A row can be asked for twice: by its job and by its path.
                expectation.jobs.dedup();
            }
            NamedFile { path, expectations }
        });
        files.collect()
    }
}
