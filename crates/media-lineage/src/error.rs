//! Why there is no lineage to show.

use media_schema::StoreError;
use thiserror::Error;

use crate::Start;

/// Why a lineage could not be traced.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LineageError {
    /// No row names what the lineage was to start at.
    #[error("nothing is recorded of {start}")]
    NotRecorded {
        /// Where it was to start.
        start: Start,
    },
    /// What the database says; or, of a start that only one row names, that
    /// this row could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
