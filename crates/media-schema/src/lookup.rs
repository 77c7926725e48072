//! The answer of a cache: what was found, or why nothing was.

use media_hash::ContentHash;

use crate::StoredHash;

/// What a cache says to a question for the result of a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use = "a stale answer must not be used as a hit"]
pub enum Lookup<R> {
    /// The result of exactly this content under this configuration.
    Hit(R),
    /// There is a result for this path and configuration, of other content.
    Stale {
        /// The row that is no longer true.
        row: R,
        /// What the file holds now.
        actual: ContentHash,
    },
    /// There is no result to go by.
    Miss(MissReason),
}

impl<R> Lookup<R> {
    /// The result, if it is a hit.
    pub fn hit(self) -> Option<R> {
        match self {
            Self::Hit(row) => Some(row),
            Self::Stale { .. } | Self::Miss(_) => None,
        }
    }
}

/// Why a look-up found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissReason {
    /// Nothing is known of this path.
    New,
    /// The path is known, under other configurations only.
    OtherConfig,
    /// The stored hash cannot be compared with the one given: it is of
    /// another algorithm, or no hash at all.
    Incomparable {
        /// The hash as stored.
        stored: StoredHash,
    },
}
