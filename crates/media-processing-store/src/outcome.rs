//! What is asked for, and what the answer is.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use media_schema::MediaProcessingRow;

/// What is to be made of what: see
/// [`get_or_process`](crate::MediaProcessingStorage::get_or_process).
#[derive(Debug)]
pub struct Recipe<'a, P: ?Sized> {
    /// What is done: `convert`, `extract_segment`, …
    pub action: &'a str,
    /// The file to read.
    pub input: &'a Path,
    /// The file to make. Its folder must exist; a file or link that is there
    /// already is replaced once the new file is complete.
    pub output: &'a Path,
    /// Whatever else decides what the output holds: a struct or map, or `()`
    /// if nothing does.
    pub parameters: &'a P,
}

impl<P: ?Sized> Clone for Recipe<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: ?Sized> Copy for Recipe<'_, P> {}

/// The answer of
/// [`get_or_process`](crate::MediaProcessingStorage::get_or_process).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Processed {
    /// The job as it is recorded.
    pub row: MediaProcessingRow,
    /// Whether its output was there already, or why it was not.
    pub outcome: Outcome,
}

/// Whether an output was there already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was, intact, at the place asked for. Nothing was written.
    Reused,
    /// It lay intact at another place: it was copied to the one asked for, and
    /// recorded as a job of its own.
    Copied {
        /// The path that it was copied from.
        from: String,
    },
    /// It was made and recorded.
    Made(Reason),
}

impl Outcome {
    /// `cached`, wherever the output was found, or `computed`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Reused | Self::Copied { .. } => "cached",
            Self::Made(_) => "computed",
        }
    }

    /// The reason in words: `unchanged` for an output at its place, `copied
    /// from …` for one from another.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Reused => "unchanged".into(),
            Self::Copied { from } => format!("copied from {from}").into(),
            Self::Made(reason) => reason.as_str().into(),
        }
    }
}

/// Why an output had to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The action was never recorded of this input, be it of its content or
    /// of its path.
    New,
    /// It was recorded of this content, with other parameters only.
    OtherParameters,
    /// It was recorded of this path, with other content only.
    InputChanged,
    /// The output that was recorded holds something else now.
    OutputChanged,
    /// The output that was recorded is gone.
    OutputMissing,
    /// There is an output that cannot be read, or whose hash nobody here can
    /// verify.
    Unverifiable,
    /// The caller did not want one that is there.
    Forced,
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::OtherParameters => "other parameters",
            Self::InputChanged => "input changed",
            Self::OutputChanged => "output changed",
            Self::OutputMissing => "output missing",
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

/// Options for
/// [`get_or_process_with`](crate::MediaProcessingStorage::get_or_process_with).
#[derive(Clone, Copy, Default)]
pub struct ProcessOptions<'a> {
    /// Make the output even if there is one. Not by default.
    pub force: bool,
    /// How long to wait while somebody else makes the same; without a limit by
    /// default.
    pub patience: Option<Duration>,
    /// Called while files are hashed, inputs and outputs, with the bytes of
    /// each piece read.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
    /// Stops the hashing, and the waiting, soon after it is true.
    pub cancel: Option<&'a AtomicBool>,
}

impl fmt::Debug for ProcessOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessOptions")
            .field("force", &self.force)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
