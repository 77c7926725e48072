//! The hashes that a backend remembers, as [`media_hash`] asks for them.

use std::collections::HashMap;
use std::error::Error;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use media_hash::{ContentHash, Fingerprint, HashCache};

use crate::{Backend, LearntHashes, StoreError};

/// A [`HashCache`] in a database, beside the results.
///
/// It is a cache and nothing more: a database that cannot be read or written is
/// one that does not know, and the file is read.
#[derive(Debug, Clone)]
pub struct BackendHashCache<B> {
    backend: B,
}

impl<B: Backend> BackendHashCache<B> {
    /// Keeps hashes in a database.
    pub fn new(backend: B) -> Self {
        Self { backend }
    }
}

impl<B: Backend + Sync> HashCache for BackendHashCache<B> {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        recall(&self.backend, fingerprint, algorithm)
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        let learnt = LearntHashes {
            fingerprint: *fingerprint,
            hashes: hashes.to_vec(),
        };
        remember(&self.backend, &[learnt]);
    }
}

fn recall(
    backend: &impl Backend,
    fingerprint: &Fingerprint,
    algorithm: &str,
) -> Option<ContentHash> {
    let hash = backend
        .remembered_hash(fingerprint, algorithm)
        .inspect_err(|error| {
            tracing::warn!(
                database = %backend.name(),
                error = error as &dyn Error,
                "cannot read remembered hashes"
            );
        })
        .ok()??;
    (hash.algorithm() == algorithm).then_some(hash)
}

/// Not remembering costs a read of the file, the next time.
fn remember(backend: &impl Backend, learnt: &[LearntHashes]) {
    match backend.remember_hashes(learnt) {
        // Asked for by whoever opened it to read only.
        Ok(()) | Err(StoreError::ReadOnly { source: None, .. }) => {}
        Err(error) => tracing::warn!(
            database = %backend.name(),
            error = &error as &dyn Error,
            "cannot remember a file's hash"
        ),
    }
}

/// A [`BackendHashCache`] for one call of a store: what it is given waits for
/// one transaction, that which saves the result, or one of its own.
///
/// What was neither saved nor flushed when this is dropped is forgotten.
#[derive(Debug)]
pub struct DeferredHashCache<'a, B> {
    backend: &'a B,
    learnt: Mutex<HashMap<Fingerprint, Vec<ContentHash>>>,
}

impl<'a, B: Backend + Sync> DeferredHashCache<'a, B> {
    /// Looks into a database, and will write to it.
    pub fn new(backend: &'a B) -> Self {
        Self {
            backend,
            learnt: Mutex::default(),
        }
    }

    /// Saves something else together with what was learnt. If the claim was lost,
    /// most likely nothing was saved, and what was learnt is kept for the next try.
    ///
    /// # Errors
    /// What `save` says.
    pub fn save_with<T>(
        &self,
        save: impl FnOnce(&[LearntHashes]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let learnt = self.take();
        let saved = save(&learnt);
        if let Err(StoreError::ClaimLost { .. }) = saved {
            for file in &learnt {
                self.put(&file.fingerprint, &file.hashes);
            }
        }
        saved
    }

    fn take(&self) -> Vec<LearntHashes> {
        mem::take(&mut *self.learnt())
            .into_iter()
            .map(|(fingerprint, hashes)| LearntHashes {
                fingerprint,
                hashes,
            })
            .collect()
    }

    /// Writes what was learnt where nothing else is saved. If that fails, only
    /// the log is told: the file will be read once more.
    pub fn flush(&self) {
        let learnt = self.take();
        if !learnt.is_empty() {
            remember(self.backend, &learnt);
        }
    }

    fn learnt(&self) -> MutexGuard<'_, HashMap<Fingerprint, Vec<ContentHash>>> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Backend + Sync> HashCache for DeferredHashCache<'_, B> {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        let learnt = self.learnt().get(fingerprint).and_then(|hashes| {
            let same = |hash: &&ContentHash| hash.algorithm() == algorithm;
            hashes.iter().find(same).cloned()
        });
        learnt.or_else(|| recall(self.backend, fingerprint, algorithm))
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        self.learnt().insert(*fingerprint, hashes.to_vec());
    }
}
