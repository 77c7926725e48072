//! The file that is asked about: hashed before it is analysed, and not read if
//! it lies as it lay.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use media_hash::{
    ContentHash, DynAlgorithm, FileHasher, Fingerprint, HashCache, HashFileError, HashedFile,
    Registry, Sha256, hash_file,
};
use media_schema::{MediaAnalysisRow, StoredHash};
use media_sqlite::{ConnectionSource, SqliteHashCache};

use crate::outcome::AnalyzeOptions;

/// The database's hash cache, but what is put waits for the transaction that
/// saves the result.
pub(crate) struct Remembering<'a, S> {
    cache: SqliteHashCache<&'a S>,
    put: Mutex<Option<(Fingerprint, Vec<ContentHash>)>>,
}

impl<'a, S: ConnectionSource + Sync> Remembering<'a, S> {
    pub(crate) fn new(source: &'a S) -> Self {
        Self {
            cache: SqliteHashCache::new(source),
            put: Mutex::new(None),
        }
    }

    pub(crate) fn take(&self) -> Option<(Fingerprint, Vec<ContentHash>)> {
        self.put
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Puts what waits, where no result is saved.
    pub(crate) fn flush(&self) {
        if let Some((fingerprint, hashes)) = self.take() {
            self.cache.put(&fingerprint, &hashes);
        }
    }
}

impl<S: ConnectionSource + Sync> HashCache for Remembering<'_, S> {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        self.cache.get(fingerprint, algorithm)
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        let put = (*fingerprint, hashes.to_vec());
        *self.put.lock().unwrap_or_else(PoisonError::into_inner) = Some(put);
    }
}

/// A file as it was before it was analysed.
pub(crate) struct Hashed {
    pub(crate) file: HashedFile,
    /// By SHA-256.
    pub(crate) hash: ContentHash,
}

impl Hashed {
    /// The file's hash by the algorithm of a stored one; `None` if nobody here
    /// knows that, or it is no hash.
    pub(crate) fn comparable(&self, stored: &StoredHash) -> Option<&ContentHash> {
        let stored = stored.parse().ok()?;
        let same = |hash: &&ContentHash| hash.algorithm() == stored.algorithm();
        self.file.hashes.iter().find(same)
    }
}

/// Hashes a file by SHA-256, and in the same read by the algorithm of the
/// stored hash.
pub(crate) fn hash(
    path: &Path,
    known: Option<&MediaAnalysisRow>,
    options: AnalyzeOptions<'_>,
    cache: &dyn HashCache,
) -> Result<Hashed, HashFileError> {
    let sha256 = DynAlgorithm::of::<Sha256>();
    let other = known
        .and_then(|row| row.file_hash.parse().ok())
        .filter(|stored| stored.algorithm() != sha256.name())
        .and_then(|stored| Registry::builtin().get(stored.algorithm()));
    let algorithms: Vec<_> = [sha256].into_iter().chain(other).collect();
    let file = hasher(&algorithms, options).cache(cache).hash(path)?;
    // The first one asked for; there is one for each.
    let hash = match file.hashes.first() {
        Some(hash) => hash.clone(),
        None => hash_file::<Sha256>(path)?,
    };
    Ok(Hashed { file, hash })
}

fn hasher<'a>(algorithms: &'a [DynAlgorithm], options: AnalyzeOptions<'a>) -> FileHasher<'a> {
    let mut hasher = FileHasher::new(algorithms);
    if let Some(progress) = options.progress {
        hasher = hasher.progress(progress);
    }
    if let Some(cancel) = options.cancel {
        hasher = hasher.cancel(cancel);
    }
    hasher
}
