//! The file that is asked about, hashed before it is analysed.

use std::path::Path;

use media_hash::{
    ContentHash, DynAlgorithm, FileHasher, HashCache, HashFileError, HashedFile, Registry, Sha256,
    hash_file,
};
use media_schema::{MediaAnalysisRow, StoredHash};

use crate::outcome::AnalyzeOptions;

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
