//! The hash cache, with what is learnt kept until it can be written at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use media_hash::{ContentHash, Fingerprint, HashCache};
use rusqlite::Connection;

use crate::hash_cache::{put_file_hashes, tell};
use crate::{ConnectionSource, Fault, SqliteHashCache};

/// A [`SqliteHashCache`] for one call of a store: what it is given waits for
/// one transaction, that which saves the result, or one of its own.
///
/// What was neither written nor flushed when this is dropped is forgotten.
#[derive(Debug)]
pub struct DeferredHashCache<'a, S> {
    source: &'a S,
    cache: SqliteHashCache<&'a S>,
    learnt: Mutex<HashMap<Fingerprint, Vec<ContentHash>>>,
}

impl<'a, S: ConnectionSource> DeferredHashCache<'a, S> {
    /// Looks into a database, and will write to it.
    pub fn new(source: &'a S) -> Self {
        Self {
            source,
            cache: SqliteHashCache::new(source),
            learnt: Mutex::default(),
        }
    }

    /// Writes what was learnt inside a transaction that saves something else.
    /// If that fails, only the log is told: the file will be read once more.
    pub fn write(&self, connection: &Connection) {
        if let Err(fault) = self.put_learnt(connection) {
            tracing::warn!(
                database = %self.source.path().display(),
                error = ?fault,
                "cannot remember a file's hash"
            );
        }
    }

    /// Writes what was learnt where nothing else is saved.
    pub fn flush(&self) {
        if self.learnt().is_empty() {
            return;
        }
        let put = self.source.write("remember hashes of files", |connection| {
            self.put_learnt(connection)
        });
        tell(self.source.path(), put);
    }

    fn put_learnt(&self, connection: &Connection) -> Result<(), Fault> {
        let mut learnt = self.learnt();
        for (fingerprint, hashes) in learnt.drain() {
            put_file_hashes(connection, &fingerprint, &hashes)?;
        }
        Ok(())
    }

    fn learnt(&self) -> MutexGuard<'_, HashMap<Fingerprint, Vec<ContentHash>>> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: ConnectionSource + Sync> HashCache for DeferredHashCache<'_, S> {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        let learnt = self.learnt().get(fingerprint).and_then(|hashes| {
            let same = |hash: &&ContentHash| hash.algorithm() == algorithm;
            hashes.iter().find(same).cloned()
        });
        learnt.or_else(|| self.cache.get(fingerprint, algorithm))
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        self.learnt().insert(*fingerprint, hashes.to_vec());
    }
}
