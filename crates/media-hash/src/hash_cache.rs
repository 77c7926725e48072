//! Remembering the hashes of files that lie still.

use crate::content_hash::ContentHash;
use crate::fingerprint::Fingerprint;

/// Remembers hashes by fingerprint, so that a file that has not changed since
/// is not read again.
///
/// [`FileHasher::cache`](crate::FileHasher::cache) decides what can be trusted:
/// it only puts what was [settled](Fingerprint::is_settled) when it was hashed.
/// A cache that fails is one that does not know: it returns `None`.
pub trait HashCache: Sync {
    /// The hash by the algorithm of that name of the file that has exactly
    /// this fingerprint.
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash>;

    /// Remembers the hashes of the file that has this fingerprint.
    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]);
}
