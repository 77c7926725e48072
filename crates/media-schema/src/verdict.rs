//! What a fixity audit says of a file.

use std::fmt;

/// How a file compares with a hash that was recorded for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It holds what was recorded.
    Intact,
    /// It holds something else.
    Changed,
    /// There is no file, and no other path recorded with its content has it.
    Missing,
    /// There is no file, and another path recorded with its content has it.
    Moved,
    /// There is a file, and it cannot be read, is no regular one, or changed
    /// while it was read.
    Unreadable,
    /// What was recorded is no hash, or by an algorithm that is not registered.
    Unverifiable,
}

impl Verdict {
    /// All of them, in the order in which they are summed up.
    pub const ALL: [Self; 6] = [
        Self::Intact,
        Self::Changed,
        Self::Missing,
        Self::Moved,
        Self::Unreadable,
        Self::Unverifiable,
    ];

    /// Its name in `fixity_checks`, such as `intact`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Moved => "moved",
            Self::Unreadable => "unreadable",
            Self::Unverifiable => "unverifiable",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
