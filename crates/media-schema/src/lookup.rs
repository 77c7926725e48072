//! The answer of a cache: what was found, or why nothing was.

use std::borrow::Cow;
use std::fmt;

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
        /// The row that is no longer true; its hash is what was expected.
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

    /// `hit`, `stale` or `miss`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Hit(_) => "hit",
            Self::Stale { .. } => "stale",
            Self::Miss(_) => "miss",
        }
    }

    /// The reason in words: `unchanged` for a hit, otherwise as [`MissReason`]
    /// says it.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Hit(_) => "unchanged".into(),
            Self::Stale { .. } => "file changed".into(),
            Self::Miss(reason) => reason.to_string().into(),
        }
    }
}

/// Why there is no result to go by: the one vocabulary for it, of look-ups,
/// of computed results and of the command line.
///
/// `Display` says it in the words that scripts read: `new`, `other config`,
/// `file changed`, `moved from …`, `unverifiable`, `forced`.
///
/// ```
/// use media_schema::MissReason;
///
/// let from = "/old.wav".to_owned();
/// assert_eq!(MissReason::Moved { from }.to_string(), "moved from /old.wav");
/// assert_eq!(MissReason::OtherConfig.to_string(), "other config");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissReason {
    /// Nothing is known of this path.
    New,
    /// The path is known, under other configurations only.
    OtherConfig,
    /// The result was of other content.
    FileChanged {
        /// The hash of what was there, as stored.
        expected: StoredHash,
        /// What is there.
        actual: ContentHash,
    },
    /// This path has no result, but another has one of the same content under
    /// the same configuration: the file was moved, renamed or copied.
    Moved {
        /// The path with the result.
        from: String,
    },
    /// The stored hash cannot be compared with the file's: it is of another
    /// algorithm, or no hash at all.
    Incomparable {
        /// The hash as stored.
        stored: StoredHash,
    },
    /// There is a row that cannot be read.
    Unreadable,
    /// The caller did not want to be told what is known.
    Forced,
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::OtherConfig => "other config",
            Self::FileChanged { .. } => "file changed",
            Self::Moved { from } => return write!(f, "moved from {from}"),
            Self::Incomparable { .. } | Self::Unreadable => "unverifiable",
            Self::Forced => "forced",
        })
    }
}
