//! What a backend does for lineages: it reads, as of one moment, which content
//! was made from which.

use crate::{Backend, Readable, RowError, StoreError, StoredHash, Timestamp};

/// A backend that lineages can be read from.
pub trait LineageBackend: Backend {
    /// Calls `read` with a reader to which everything is as of one moment. A
    /// backend that has to begin anew calls it again.
    ///
    /// # Errors
    /// What `read` returns, or what the backend says.
    fn read_lineage(
        &self,
        read: &mut dyn FnMut(&mut dyn LineageReader) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// Reads rows as of one moment.
///
/// Hashes are compared as stored. Rows come in no particular order, and a table
/// that is not there has none.
pub trait LineageReader {
    /// The job of a name.
    ///
    /// # Errors
    /// What the backend says.
    fn job(&mut self, job_id: &str) -> Result<Readable<JobLink>, StoreError>;

    /// Whether a row of any kind names a content.
    ///
    /// # Errors
    /// What the backend says.
    fn knows(&mut self, hash: &str) -> Result<bool, StoreError>;

    /// The contents that were ever recorded for a path, with the times.
    ///
    /// # Errors
    /// What the backend says.
    fn contents_of(&mut self, path: &str) -> Result<Readable<(Timestamp, StoredHash)>, StoreError>;

    /// The jobs by which contents were made, and by which was made what they
    /// were made of, and so on. Each content is visited once; a job may come
    /// more than once.
    ///
    /// # Errors
    /// What the backend says.
    fn ancestors(&mut self, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError>;

    /// Likewise the jobs by which something was made of contents.
    ///
    /// # Errors
    /// What the backend says.
    fn descendants(&mut self, hashes: &[StoredHash]) -> Result<Readable<JobLink>, StoreError>;

    /// The files that jobs wrote with contents, and of what. With `and_above`
    /// likewise those of whatever these were made from, and so on; a file may
    /// come more than once.
    ///
    /// # Errors
    /// What the backend says.
    fn files_written(
        &mut self,
        hashes: &[StoredHash],
        and_above: bool,
    ) -> Result<Readable<Written>, StoreError>;

    /// The files that jobs read with contents.
    ///
    /// # Errors
    /// What the backend says.
    fn files_read(
        &mut self,
        hashes: &[StoredHash],
    ) -> Result<Readable<(StoredHash, String)>, StoreError>;

    /// The analyses of contents.
    ///
    /// # Errors
    /// What the backend says.
    fn analyses_of(&mut self, hashes: &[StoredHash]) -> Result<Readable<AnalysisLink>, StoreError>;

    /// Whether any file was ever checked.
    ///
    /// # Errors
    /// What the backend says.
    fn has_checks(&mut self) -> Result<bool, StoreError>;

    /// What the latest check found of each file for a recorded hash: one answer
    /// for each question, in their order, `None` if it was never checked.
    ///
    /// # Errors
    /// What the backend says.
    fn checks(
        &mut self,
        files: &[(&StoredHash, &str)],
    ) -> Result<Vec<Result<Option<LatestCheck>, RowError>>, StoreError>;
}

/// A job, as far as it says which content was made from which.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLink {
    /// Its row's number.
    pub id: i64,
    /// Its name.
    pub job_id: String,
    /// What was done.
    pub action: String,
    /// The file that was read.
    pub input_path: String,
    /// What it held.
    pub input: StoredHash,
    /// The file that was written.
    pub output_path: String,
    /// What it held.
    pub output: StoredHash,
    /// When it was recorded.
    pub created_at: Timestamp,
}

/// A file that a job wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it held.
    pub output: StoredHash,
    /// Its path.
    pub path: String,
    /// What it was made from.
    pub input: StoredHash,
}

/// An analysis, as far as it says what was analysed.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisLink {
    /// Its row's number.
    pub id: i64,
    /// The content that was analysed.
    pub file_hash: StoredHash,
    /// The file.
    pub file_path: String,
    /// The configuration.
    pub config_hash: StoredHash,
    /// When the result was saved.
    pub created_at: Timestamp,
}

/// What the latest check of a file found.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestCheck {
    /// The verdict's name.
    pub verdict: String,
    /// The hash that the file had, if it had another.
    pub actual: Option<StoredHash>,
    /// When.
    pub checked_at: Timestamp,
}
