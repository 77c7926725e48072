//! Both stores of a database, where there is something in them.

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnalysisFilter, ProcessingFilter};

use crate::failure::Failure;
use crate::place::{Database, if_any};

/// A store is `None` if nothing of its kind was ever saved.
pub(crate) struct Stores {
    pub(crate) analyses: Option<MediaAnalysisStorage<Database>>,
    pub(crate) jobs: Option<MediaProcessingStorage<Database>>,
}

impl Stores {
    /// The stores of a database that is open for reading.
    pub(crate) fn of(database: &Database) -> Result<Self, Failure> {
        Ok(Self {
            analyses: if_any(MediaAnalysisStorage::with_source(database.clone()))?,
            jobs: if_any(MediaProcessingStorage::with_source(database.clone()))?,
        })
    }

    /// The same stores of the database opened for writing; none is created.
    pub(crate) fn reopen(self, database: &Database) -> Result<Self, Failure> {
        let analyses = self.analyses.is_some();
        let jobs = self.jobs.is_some();
        Ok(Self {
            analyses: analyses
                .then(|| MediaAnalysisStorage::with_source(database.clone()))
                .transpose()?,
            jobs: jobs
                .then(|| MediaProcessingStorage::with_source(database.clone()))
                .transpose()?,
        })
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> Result<u64, Failure> {
        let mut rows = 0;
        if let Some(store) = &self.analyses {
            rows += store.count(&AnalysisFilter::default())?;
        }
        if let Some(store) = &self.jobs {
            rows += store.count(&ProcessingFilter::default())?;
        }
        Ok(rows)
    }
}
