//! The hash cache, with what is learnt kept until it can be written at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use media_hash::{ContentHash, Fingerprint, HashCache};
use media_sqlite::{ConnectionSource, Fault, SqliteHashCache, put_file_hashes};
use rusqlite::Connection;

use crate::events;

type Learnt = HashMap<Fingerprint, Vec<ContentHash>>;

/// The database's hash cache, but what is put waits for one transaction: that
/// of the job, or one for all.
pub(crate) struct Remembering<'a, S> {
    source: &'a S,
    cache: SqliteHashCache<&'a S>,
    learnt: Mutex<Learnt>,
}

impl<'a, S: ConnectionSource> Remembering<'a, S> {
    pub(crate) fn new(source: &'a S) -> Self {
        Self {
            source,
            cache: SqliteHashCache::new(source),
            learnt: Mutex::default(),
        }
    }

    /// Writes what was learnt in a transaction that saves something else.
    pub(crate) fn write(&self, connection: &Connection) {
        for (fingerprint, hashes) in self.learnt().drain() {
            // Not remembering costs a read of the file, the next time.
            if let Err(fault) = put_file_hashes(connection, &fingerprint, &hashes) {
                events::not_remembered(&fault);
            }
        }
    }

    /// Writes what was learnt, where nothing else is saved.
    pub(crate) fn flush(&self) {
        if self.learnt().is_empty() {
            return;
        }
        let _ = self.source.write("remember hashes of files", |connection| {
            self.write(connection);
            Ok::<_, Fault>(())
        });
    }

    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: ConnectionSource + Sync> HashCache for Remembering<'_, S> {
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
