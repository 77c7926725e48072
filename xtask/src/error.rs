//! Why a check could not be carried out, as opposed to what it found.

use std::path::{Path, PathBuf};

use media_audit::AuditError;
use media_hash::CanonicalJsonError;
use media_schema::{InvalidValue, RowError, StoreError};
use media_sqlite::OpenError;
use thiserror::Error;

/// Why a check could not be carried out.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot {action}")]
    Sqlite {
        action: String,
        source: rusqlite::Error,
    },
    #[error("{} does not hold a fixture's rows: copy it again from its origin", path.display())]
    Rows {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("cannot make a sample row")]
    Sample(#[from] InvalidValue),
    #[error("cannot make a configuration's hash")]
    Configuration(#[source] CanonicalJsonError),
    #[error("a child was started without a pipe")]
    Child,
    #[error("cannot read the workspace with `cargo metadata`")]
    Metadata(#[from] cargo_metadata::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Row(#[from] RowError),
}

impl Error {
    /// Names a file in an error of the operating system.
    pub(crate) fn io(
        action: &'static str,
        path: impl AsRef<Path>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.as_ref().to_owned(),
            source,
        }
    }

    /// Says what was tried in an error of the driver.
    pub(crate) fn sqlite(action: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite {
            action: action.into(),
            source,
        }
    }
}
