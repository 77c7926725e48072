//! Whether the files that a row names are still what they were.

use std::fmt;
use std::path::Path;

use media_hash::{ContentHash, Verification, VerifyError};

use crate::error::{ColumnError, RowError, StoreError};
use crate::{Job, JobStore, StoredHash};

/// What part a file plays in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The file that was analysed.
    Source,
    /// The file that was processed.
    Input,
    /// The file that processing made.
    Output,
}

impl Role {
    /// `source`, `input` or `output`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A file as a row names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRef<'a> {
    /// Its part in the job.
    pub role: Role,
    /// Its path, as stored.
    pub path: &'a str,
    /// The column that holds its hash.
    pub column: &'static str,
    /// Its hash, as stored.
    pub hash: &'a StoredHash,
}

/// Verification, written once for every backend.
///
/// The reading of the file is handed in: this crate does none.
pub trait FixityExt<J: Job>: JobStore<J> {
    /// Compares a file that the row under `key` names with its stored hash.
    /// `None` if there is no such row, or if it names no file in that role.
    ///
    /// # Errors
    /// [`StoreError::Row`] if the stored hash is none;
    /// [`StoreError::Verify`] if `verify` fails.
    fn verify_with<V>(
        &self,
        key: J::Key<'_>,
        role: Role,
        verify: V,
    ) -> Result<Option<Verification>, StoreError>
    where
        V: FnOnce(&Path, &ContentHash) -> Result<Verification, VerifyError>,
    {
        let Some(row) = self.get(key)? else {
            return Ok(None);
        };
        let Some(file) = J::files(&row).into_iter().find(|file| file.role == role) else {
            return Ok(None);
        };
        let expected = file.hash.parse().map_err(|source| RowError {
            table: J::TABLE.name,
            row: J::describe(key),
            column: file.column,
            reason: ColumnError::Hash(source),
        })?;
        verify(Path::new(file.path), &expected)
            .map(Some)
            .map_err(|source| StoreError::Verify {
                job: J::describe(key),
                role,
                source,
            })
    }
}

impl<J: Job, S: JobStore<J> + ?Sized> FixityExt<J> for S {}
