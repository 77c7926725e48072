//! A range of sound or silence.

use std::fmt;

use serde::Serialize;

/// Whether there is something to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentKind {
    /// Something is heard.
    Sound,
    /// Nothing is.
    Silence,
}

impl SegmentKind {
    /// The label under which ranges of this kind are stored: `sound` or `silence`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Silence => "silence",
        }
    }
}

impl fmt::Display for SegmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// A range of sound or silence, in seconds from the first frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Segment {
    /// Where it begins.
    pub start: f64,
    /// Where it ends, which is where the next one begins.
    pub end: f64,
    /// What it is.
    pub kind: SegmentKind,
}
