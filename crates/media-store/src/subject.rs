//! What a word on the command line names: a job, a content or a file.

use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnalysisFilter, MediaProcessingRow, ProcessingFilter, RowError, StoreError};

use crate::failure::Failure;
use crate::names::Names;
use crate::place::{Database, if_any};

/// The stores of a database; `None` where nothing of the kind was ever saved.
pub(crate) struct Stores {
    pub(crate) analysis: Option<MediaAnalysisStorage<Database>>,
    pub(crate) processing: Option<MediaProcessingStorage<Database>>,
}

/// What is recorded under a name, by its text as recorded.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A processing job; an error if its row cannot be read.
    Job(Result<Box<MediaProcessingRow>, RowError>),
    /// A content, by its hash.
    Content(String),
    /// A file, by its path.
    File(String),
}

impl Stores {
    pub(crate) fn of(database: &Database) -> Result<Self, Failure> {
        Ok(Self {
            analysis: if_any(MediaAnalysisStorage::with_source(database.clone()))?,
            processing: if_any(MediaProcessingStorage::with_source(database.clone()))?,
        })
    }

    /// Everything that a name may mean: a job, a content, and a file, in this
    /// order.
    pub(crate) fn find(&self, name: &Path) -> Result<Vec<Subject>, Failure> {
        let mut found = Vec::new();
        if let Some(text) = name.to_str() {
            found.extend(self.job(text)?.map(Subject::Job));
            let hash = Names::of_hash(text).recorded(|hash| self.count_content(hash))?;
            if self.count_content(&hash)? > 0 {
                found.push(Subject::Content(hash));
            }
        }
        if !name.as_os_str().is_empty() {
            let path = Names::of_path(name)?.recorded(|path| self.count_file(path))?;
            if self.count_file(&path)? > 0 {
                found.push(Subject::File(path));
            }
        }
        if found.is_empty() {
            return Err(Failure::Message(format!(
                "nothing is recorded of {:?}, neither as a job nor as a hash nor as a path: \
                 see `media-store jobs` for what is",
                name.display().to_string()
            )));
        }
        Ok(found)
    }

    fn job(
        &self,
        job_id: &str,
    ) -> Result<Option<Result<Box<MediaProcessingRow>, RowError>>, Failure> {
        let Some(store) = &self.processing else {
            return Ok(None);
        };
        match store.get_by_job_id(job_id) {
            Ok(row) => Ok(row.map(|row| Ok(Box::new(row)))),
            Err(StoreError::Row(error)) => Ok(Some(Err(error))),
            Err(error) => Err(error.into()),
        }
    }

    fn count_content(&self, hash: &str) -> Result<u64, StoreError> {
        self.count(&of_content(hash))
    }

    fn count_file(&self, path: &str) -> Result<u64, StoreError> {
        self.count(&of_file(path))
    }

    fn count(&self, (analysis, processing): &Filters) -> Result<u64, StoreError> {
        let results = self.analysis.as_ref().map(|store| store.count(analysis));
        let jobs = self
            .processing
            .as_ref()
            .map(|store| store.count(processing));
        Ok(results.unwrap_or(Ok(0))? + jobs.unwrap_or(Ok(0))?)
    }
}

/// What keeps the rows of one thing, in each table.
pub(crate) type Filters = (AnalysisFilter, ProcessingFilter);

/// The rows that name a content.
pub(crate) fn of_content(hash: &str) -> Filters {
    let analysis = AnalysisFilter {
        file_hash: Some(hash.to_owned()),
        ..AnalysisFilter::default()
    };
    let processing = ProcessingFilter {
        hash: Some(hash.to_owned()),
        ..ProcessingFilter::default()
    };
    (analysis, processing)
}

/// The rows that name a file.
pub(crate) fn of_file(path: &str) -> Filters {
    let analysis = AnalysisFilter {
        file_path: Some(path.to_owned()),
        ..AnalysisFilter::default()
    };
    let processing = ProcessingFilter {
        path: Some(path.to_owned()),
        ..ProcessingFilter::default()
    };
    (analysis, processing)
}
