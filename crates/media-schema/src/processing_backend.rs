//! What a backend does for processing jobs beyond [`JobStore`].

use crate::{
    Backend, ClaimToken, JobStore, LearntHashes, MediaProcessingRow, NewProcessing, ProcessingJob,
    Saved, StoreError,
};

/// A backend that keeps processing jobs.
pub trait ProcessingBackend: Backend + JobStore<ProcessingJob> {
    /// Calls `each` with the jobs of an action on a content, as stored, newest
    /// first, whatever their parameters. A row of which one of these columns is
    /// no text is passed over.
    ///
    /// # Errors
    /// What the backend says. `each` may have been called by then.
    fn done_jobs(
        &self,
        action: &str,
        input_hash: &str,
        each: &mut dyn FnMut(DoneJob<'_>),
    ) -> Result<(), StoreError>;

    /// Whether there is a job of an action on a content, as stored.
    ///
    /// # Errors
    /// What the backend says.
    fn knows_content(&self, action: &str, input_hash: &str) -> Result<bool, StoreError>;

    /// Whether there is a job of an action on the file at a path.
    ///
    /// # Errors
    /// What the backend says.
    fn knows_input(&self, action: &str, input_path: &str) -> Result<bool, StoreError>;

    /// Records a job and returns it as it is stored, and remembers what was
    /// learnt of files' hashes, if it can: all in one transaction. That hashes
    /// cannot be remembered is for the log, and no reason not to save.
    ///
    /// # Errors
    /// [`StoreError::ClaimLost`] if `claim` is held no more. Nothing was saved
    /// then, unless the connection broke during the save: look again under its `job_id`.
    /// Otherwise as for [`JobStore::save`].
    fn record_and_get(
        &self,
        new: &NewProcessing,
        learnt: &[LearntHashes],
        claim: Option<ClaimToken>,
    ) -> Result<(MediaProcessingRow, Saved), StoreError>;
}

/// What is needed of a job to see whether its output can be used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneJob<'r> {
    /// The job's name.
    pub job_id: &'r str,
    /// The file that it wrote.
    pub output_path: &'r str,
    /// What that held, as stored.
    pub output_hash: &'r str,
    /// Its parameters as stored; `{}` if there are none.
    pub parameters: &'r str,
}
