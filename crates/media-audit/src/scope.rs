//! Whose files an audit checks.

use media_schema::StoreError;
use media_sqlite::ConnectionSource;

use crate::files::{in_scope, present};
use crate::recorded::{NamedFile, PathColumn};

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

    pub(crate) fn contains(self, column: &PathColumn) -> bool {
        match self {
            Self::All => true,
            Self::Analysis => !column.names_jobs(),
            Self::Processing => column.names_jobs(),
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

/// Whether a row of a scope names a path, to the letter.
///
/// # Errors
/// What the database says.
pub fn is_recorded<S: ConnectionSource>(
    source: &S,
    scope: Scope,
    path: &str,
) -> Result<bool, StoreError> {
    let columns = in_scope(&present(source)?, scope);
    let file = source.read("look for the files to audit", |connection| {
        NamedFile::find(connection, &columns, path)
    })?;
    Ok(file.is_some())
}
