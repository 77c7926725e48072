//! Why there is no result.

use std::error::Error;
use std::path::PathBuf;

use media_hash::{CanonicalJsonError, HashFileError};
use media_schema::{ClaimError, InvalidValue, StoreError};
use thiserror::Error;

/// Why there is no result. Nothing was saved, unless the connection to a server
/// broke meanwhile ([`StoreError::Unavailable`], [`StoreError::ClaimLost`]):
/// asking again finds it then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnalyzeError<E: Error + 'static> {
    /// The configuration cannot be hashed.
    #[error("the configuration cannot be hashed")]
    Config(#[from] CanonicalJsonError),
    /// The file cannot be hashed.
    #[error(transparent)]
    File(#[from] HashFileError),
    /// The analyser failed.
    #[error("cannot analyse {path:?}")]
    Analyzer {
        /// The file.
        path: PathBuf,
        /// What the analyser says.
        source: E,
    },
    /// The analyser returned what no column takes.
    #[error("the analysis of {path:?} cannot be saved")]
    Result {
        /// The file.
        path: PathBuf,
        /// What, and why.
        source: InvalidValue,
    },
    /// The file changed while it was analysed.
    #[error("{path:?} changed while it was analysed: nothing was saved, try again")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else was computing the same result, and the caller could not
    /// wait for it.
    #[error("no result for {path:?} yet")]
    Claim {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ClaimError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
