//! What is asked of the cache's front door, and what it answers.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use media_schema::{MediaAnalysisRow, MissReason, TimeRange};

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
    /// It was computed and saved, for this reason.
    Computed(MissReason),
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

    /// The reason in words: `unchanged` for a cached result, otherwise as
    /// [`MissReason`] says it.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Cached => "unchanged".into(),
            Self::Adopted { from } => MissReason::Moved { from: from.clone() }.to_string().into(),
            Self::Computed(reason) => reason.to_string().into(),
        }
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
