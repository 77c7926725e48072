//! What a backend does for analyses beyond [`JobStore`].

use crate::{
    AnalysisJob, Backend, ClaimToken, JobStore, LearntHashes, MediaAnalysisRow, NewAnalysis, Saved,
    StoreError,
};

/// A backend that keeps analysis results.
pub trait AnalysisBackend: Backend + JobStore<AnalysisJob> {
    /// The newest result of a content, as stored, under a configuration,
    /// whatever its path.
    ///
    /// # Errors
    /// [`StoreError::Row`] if it cannot be read.
    fn newest_of_content(
        &self,
        file_hash: &str,
        config_hash: &str,
    ) -> Result<Option<MediaAnalysisRow>, StoreError>;

    /// Whether there is a result for this path under any configuration.
    ///
    /// # Errors
    /// What the backend says.
    fn knows_path(&self, file_path: &str) -> Result<bool, StoreError>;

    /// Saves a result and returns it as it is stored, and remembers what was
    /// learnt of files' hashes, if it can: all in one transaction. That hashes
    /// cannot be remembered is for the log, and no reason not to save.
    ///
    /// # Errors
    /// [`StoreError::ClaimLost`] if `claim` is held no more. Nothing was saved
    /// then, unless the connection broke during the save: look again under its key.
    /// Otherwise as for [`JobStore::save`].
    fn save_and_get(
        &self,
        new: &NewAnalysis,
        learnt: &[LearntHashes],
        claim: Option<ClaimToken>,
    ) -> Result<(MediaAnalysisRow, Saved), StoreError>;
}
