//! Digests that stand for texts: in unique keys, and in the numbers of locks.

use sha2::{Digest, Sha256};

/// SHA-256 of a text, as the columns named `…_digest` have it.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The number of an advisory lock: of one schema of the database, so that
/// stores side by side do not wait for each other.
pub(crate) fn lock_key(schema: &str, parts: &[&str]) -> i64 {
    let mut hasher = Sha256::new();
    hasher.update("media-store\0");
    hasher.update(schema);
    for part in parts {
        hasher.update("\0");
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest
        .first_chunk()
        .map_or(0, |bytes| i64::from_be_bytes(*bytes))
}
