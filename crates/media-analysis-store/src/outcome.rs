//! What is asked of the cache's front door, and what it answers.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use media_schema::{MediaAnalysisRow, TimeRange};

/// What an analyser found out about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis<M> {
    /// The ranges; none at all is a result too.
    pub ranges: Vec<TimeRange>,
    /// What else there is to say: a struct or map.
    pub metadata: M,
}

/// The answer of [`MediaAnalysisStorage::get_or_analyze`](crate::MediaAnalysisStorage::get_or_analyze).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Analyzed {
    /// The result as it is stored.
    pub row: MediaAnalysisRow,
    /// Whether it was there already, or why it was not.
    pub outcome: Outcome,
}

/// Whether a result was there already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was, and the file still holds what was analysed.
    Cached,
    /// It was there for the same content under another path, and has been
    /// saved for this one too: the file was moved, renamed or copied.
    Adopted {
        /// The path that it was found for.
        from: String,
    },
    /// It was computed and saved.
    Computed(Reason),
}

impl Outcome {
    /// `cached`, wherever the result was found, or `computed`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Cached | Self::Adopted { .. } => "cached",
            Self::Computed(_) => "computed",
        }
    }

    /// The reason in words: `unchanged` for a cached result, `moved from …`
    /// for one of another path.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Cached => "unchanged".into(),
            Self::Adopted { from } => format!("moved from {from}").into(),
            Self::Computed(reason) => reason.as_str().into(),
        }
    }
}

/// Why a result had to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing was known of the path.
    New,
    /// The path was known, under other configurations only.
    OtherConfig,
    /// There was a result, of other content.
    FileChanged,
    /// There was a result that could not be read, or whose hash nobody here
    /// can verify.
    Unverifiable,
    /// The caller did not want to be told what is known.
    Forced,
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::OtherConfig => "other config",
            Self::FileChanged => "file changed",
            Self::Unverifiable => "unverifiable",
            Self::Forced => "forced",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Options for [`MediaAnalysisStorage::get_or_analyze_with`](crate::MediaAnalysisStorage::get_or_analyze_with).
#[derive(Clone, Copy, Default)]
pub struct AnalyzeOptions<'a> {
    /// Compute even if there is a result. Not by default.
    pub force: bool,
    /// How long to wait while somebody else computes the same result; without
    /// a limit by default.
    pub patience: Option<Duration>,
    /// Called while the file is hashed, with the bytes of each piece read.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
    /// Stops the hashing, and the waiting, soon after it is true.
    pub cancel: Option<&'a AtomicBool>,
}

impl fmt::Debug for AnalyzeOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyzeOptions")
            .field("force", &self.force)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
