//! The store of processing jobs.

use std::path::Path;
use std::time::Instant;

use media_hash::Verification;
use media_schema::{
    FixityExt, Found, Imported, JobStore, MediaProcessingRow, NewProcessing, PROCESSING_JOBS, Page,
    ProcessingBackend, ProcessingFilter, ProcessingJob, ProcessingKey, Prune, Query, Role, Saved,
    StoreError, Walked, WalkedPage,
};
use media_sqlite::{ConnectionSource, Database, OpenError, OpenOptions};

use crate::events;

/// Processing jobs in the table `processing_jobs` of any backend.
///
/// Alone on a database, it creates its own table and no other; put on the
/// backend that another store uses, both share the database.
#[derive(Debug, Clone)]
pub struct MediaProcessingStorage<B = Database> {
    pub(crate) backend: B,
}

impl MediaProcessingStorage {
    /// Opens the SQLite database at a path with the default [`OpenOptions`], and
    /// creates it if need be.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let backend = OpenOptions::new().open(path)?;
        ConnectionSource::ensure_table(&backend, &PROCESSING_JOBS)?;
        Ok(Self { backend })
    }
}

impl<B: ProcessingBackend> MediaProcessingStorage<B> {
    /// Uses a backend that is open already: a database, or a transaction on one.
    ///
    /// # Errors
    /// [`StoreError::NoTable`] if the backend is read-only and has no table; or
    /// if the table cannot be created.
    pub fn with_source(backend: B) -> Result<Self, StoreError> {
        backend.ensure_table(&PROCESSING_JOBS)?;
        Ok(Self { backend })
    }

    /// Records a job.
    ///
    /// In a file of the Python library's second generation, which keeps one
    /// job for each action, input path and parameters, an earlier one gives
    /// way: the answer is [`Saved::Replaced`]. Elsewhere every job is kept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the `job_id` is taken: the first record
    /// stays. Otherwise what the database says; nothing was written then, unless
    /// it is [`StoreError::Unavailable`].
    pub fn save(&self, new: &NewProcessing) -> Result<Saved, StoreError> {
        let saved = self.backend.save(new)?;
        events::recorded(new, saved);
        Ok(saved)
    }

    /// Records all of `new` in one transaction, or on the first error none.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    pub fn save_many(&self, new: &[NewProcessing]) -> Result<Vec<Saved>, StoreError> {
        let started = Instant::now();
        let saved = self.backend.save_many(new)?;
        events::recorded_many(saved.len(), started.elapsed());
        Ok(saved)
    }

    /// The job of that name, or `None`. No JSON is parsed.
    ///
    /// # Errors
    /// If the row cannot be read, or what the database says.
    pub fn get_by_job_id(
        &self,
        job_id: impl AsRef<str>,
    ) -> Result<Option<MediaProcessingRow>, StoreError> {
        self.backend.get(key(job_id.as_ref()))
    }

    /// The job of each name, or `None`: in the order of the keys, and all as of
    /// one moment.
    ///
    /// # Errors
    /// What the database says. A row that cannot be read is its own error.
    pub fn get_many(
        &self,
        keys: &[ProcessingKey<'_>],
    ) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
        self.backend.get_many(keys)
    }

    /// A page of jobs, newest first; the newest 100 by default.
    ///
    /// # Errors
    /// A row that cannot be read is an error inside the page, not of it.
    pub fn list_jobs(
        &self,
        query: &Query<ProcessingFilter>,
    ) -> Result<Page<MediaProcessingRow>, StoreError> {
        self.backend.list(query)
    }

    /// How many jobs a filter keeps; all of them with the default filter.
    ///
    /// # Errors
    /// What the database says.
    pub fn count(&self, filter: &ProcessingFilter) -> Result<u64, StoreError> {
        self.backend.count(filter)
    }

    /// Compares a job's input with the hash recorded for it, by that hash's
    /// own algorithm. `None` if there is no such job.
    ///
    /// # Errors
    /// If the recorded hash is none, or of an algorithm that nobody here
    /// knows; if the file cannot be read; or what the database says.
    pub fn verify_input(
        &self,
        job_id: impl AsRef<str>,
    ) -> Result<Option<Verification>, StoreError> {
        self.verify(job_id.as_ref(), Role::Input)
    }

    /// Compares a job's output with the hash recorded for it, likewise.
    ///
    /// # Errors
    /// As for [`verify_input`](Self::verify_input).
    pub fn verify_output(
        &self,
        job_id: impl AsRef<str>,
    ) -> Result<Option<Verification>, StoreError> {
        self.verify(job_id.as_ref(), Role::Output)
    }

    fn verify(&self, job_id: &str, role: Role) -> Result<Option<Verification>, StoreError> {
        self.backend.verify_with(key(job_id), role, |path, hash| {
            media_hash::verify_file(path, hash)
        })
    }

    /// Removes the job of that name; `false` if there was none. The files that
    /// it names are left alone.
    ///
    /// # Errors
    /// What the database says.
    pub fn remove(&self, job_id: impl AsRef<str>) -> Result<bool, StoreError> {
        self.backend.remove(key(job_id.as_ref()))
    }
}

impl<B: ProcessingBackend> JobStore<ProcessingJob> for MediaProcessingStorage<B> {
    fn save(&self, new: &NewProcessing) -> Result<Saved, StoreError> {
        Self::save(self, new)
    }

    fn save_many(&self, new: &[NewProcessing]) -> Result<Vec<Saved>, StoreError> {
        Self::save_many(self, new)
    }

    fn get(&self, key: ProcessingKey<'_>) -> Result<Option<MediaProcessingRow>, StoreError> {
        self.backend.get(key)
    }

    fn get_many(
        &self,
        keys: &[ProcessingKey<'_>],
    ) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
        Self::get_many(self, keys)
    }

    fn list(
        &self,
        query: &Query<ProcessingFilter>,
    ) -> Result<Page<MediaProcessingRow>, StoreError> {
        self.list_jobs(query)
    }

    fn count(&self, filter: &ProcessingFilter) -> Result<u64, StoreError> {
        Self::count(self, filter)
    }

    fn remove(&self, key: ProcessingKey<'_>) -> Result<bool, StoreError> {
        self.backend.remove(key)
    }

    fn walk(&self, from: i64) -> Result<WalkedPage<MediaProcessingRow>, StoreError> {
        self.backend.walk(from)
    }

    fn import(&self, rows: &[MediaProcessingRow]) -> Result<Vec<Imported>, StoreError> {
        self.backend.import(rows)
    }

    fn prune_rows(
        &self,
        rows: Vec<Walked<MediaProcessingRow>>,
        prune: &Prune,
        remove: bool,
    ) -> Result<Vec<Walked<MediaProcessingRow>>, StoreError> {
        self.backend.prune_rows(rows, prune, remove)
    }
}

fn key(job_id: &str) -> ProcessingKey<'_> {
    ProcessingKey { job_id }
}
