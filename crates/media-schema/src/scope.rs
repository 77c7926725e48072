//! Whose files an audit checks.

use crate::Role;

/// Which rows say what is expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those of both tables.
    #[default]
    All,
    /// Analysis results.
    Analysis,
    /// Processing jobs.
    Processing,
}

impl Scope {
    /// `all`, `analysis` or `processing`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Analysis => "analysis",
            Self::Processing => "processing",
        }
    }

    /// Whether files of a role are in it.
    #[must_use]
    pub fn contains(self, role: Role) -> bool {
        match self {
            Self::All => true,
            Self::Analysis => role == Role::Source,
            Self::Processing => role != Role::Source,
        }
    }
}

/// A few files instead of all in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// The file that is recorded under this path, to the letter.
    Path(String),
    /// The input and the output of the processing job of this name.
    Job(String),
}
