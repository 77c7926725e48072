//! What every backend does, whatever it keeps: it has a name and tables,
//! remembers the hashes of files, and lets one compute while others wait.

use std::borrow::Cow;

use media_hash::{ContentHash, Fingerprint};

use crate::{Claim, ClaimError, StoreError, Table, Waiting};

/// The ground that the contract stands on.
///
/// Object-safe, as is all of the contract: code can hold an
/// `Arc<dyn MediaBackend>` whatever the backend, and references and `Arc`s of a
/// backend are backends.
pub trait Backend {
    /// The database in words, for messages and logs: a path, or an address
    /// without its password.
    fn name(&self) -> Cow<'_, str>;

    /// Creates a table of ours, with its indexes, where it is missing.
    ///
    /// # Errors
    /// [`StoreError::NoTable`] if it is not there and the database takes no
    /// writes; otherwise what the backend says.
    fn ensure_table(&self, table: &'static Table) -> Result<(), StoreError>;

    /// The remembered hash, by the algorithm of that name, of the file of this
    /// machine that has exactly this fingerprint.
    ///
    /// # Errors
    /// What the backend says.
    fn remembered_hash(
        &self,
        fingerprint: &Fingerprint,
        algorithm: &str,
    ) -> Result<Option<ContentHash>, StoreError>;

    /// Remembers the hashes of files of this machine.
    ///
    /// # Errors
    /// What the backend says.
    fn remember_hashes(&self, learnt: &[LearntHashes]) -> Result<(), StoreError>;

    /// Claims the result that `parts` identify, and waits while somebody else
    /// has it, on whatever machine.
    ///
    /// Where there are no locks to be had, nobody waits.
    ///
    /// # Errors
    /// See [`ClaimError`].
    fn claim(&self, parts: &[&str], waiting: Waiting<'_>) -> Result<Claim, ClaimError>;
}

/// The hashes of a file that had a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearntHashes {
    /// What the file looked like from outside.
    pub fingerprint: Fingerprint,
    /// Its hashes, one for each algorithm.
    pub hashes: Vec<ContentHash>,
}
