//! Hashing inputs and outputs.

use std::path::Path;

use media_hash::{
    ContentHash, DynAlgorithm, FileHasher, HashCache, HashFileError, HashedFile, Registry, Sha256,
    hash_file,
};

use crate::outcome::ProcessOptions;

/// A file as it was.
#[derive(Debug)]
pub(crate) struct Hashed {
    pub(crate) file: HashedFile,
    /// By SHA-256.
    pub(crate) hash: ContentHash,
}

/// Hashes a file by SHA-256, and in the same read by the algorithm of another
/// hash, if that is known here.
pub(crate) fn hash(
    path: &Path,
    other: Option<&ContentHash>,
    options: ProcessOptions<'_>,
    cache: &dyn HashCache,
) -> Result<Hashed, HashFileError> {
    let sha256 = DynAlgorithm::of::<Sha256>();
    let other = other
        .filter(|other| other.algorithm() != sha256.name())
        .and_then(|other| Registry::builtin().get(other.algorithm()));
    let algorithms: Vec<_> = [sha256].into_iter().chain(other).collect();
    let file = hasher(&algorithms, options).cache(cache).hash(path)?;
    // The first one asked for; there is one for each.
    let hash = match file.hashes.first() {
        Some(hash) => hash.clone(),
        None => hash_file::<Sha256>(path)?,
    };
    Ok(Hashed { file, hash })
}

pub(crate) fn hasher<'a>(
    algorithms: &'a [DynAlgorithm],
    options: ProcessOptions<'a>,
) -> FileHasher<'a> {
    let mut hasher = FileHasher::new(algorithms);
    if let Some(progress) = options.progress {
        hasher = hasher.progress(progress);
    }
    if let Some(cancel) = options.cancel {
        hasher = hasher.cancel(cancel);
    }
    hasher
}
