//! The ground of the contract.

use std::borrow::Cow;

use media_hash::{ContentHash, Fingerprint};
use media_schema::{Backend, Claim, ClaimError, LearntHashes, StoreError, Table, Waiting};

use crate::database::Replay;
use crate::{PostgresDatabase, hash_memory};

impl Backend for PostgresDatabase {
    fn name(&self) -> Cow<'_, str> {
        self.server().into()
    }

    /// All tables are created by opening.
    fn ensure_table(&self, _: &'static Table) -> Result<(), StoreError> {
        Ok(())
    }

    fn remembered_hash(
        &self,
        fingerprint: &Fingerprint,
        algorithm: &str,
    ) -> Result<Option<ContentHash>, StoreError> {
        self.read("look for a file's hash", |session| {
            hash_memory::get(session, fingerprint, algorithm)
        })
    }

    fn remember_hashes(&self, learnt: &[LearntHashes]) -> Result<(), StoreError> {
        self.write("remember hashes of files", Replay::Safe, |session| {
            hash_memory::put(session, learnt)
        })
    }

    fn claim(&self, parts: &[&str], waiting: Waiting<'_>) -> Result<Claim, ClaimError> {
        self.claim_parts(parts, waiting)
    }
}
