//! Why an audit could not be carried out.

use media_schema::{Scope, StoreError};
use thiserror::Error;

/// Why an audit could not be carried out, or not to its end. What was found
/// until then is kept. A file that cannot be read is a
/// [verdict](crate::Verdict), not an error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// No row names the path that was selected.
    #[error("nothing is recorded of {path:?}: select a path as it is recorded")]
    UnknownPath {
        /// The path.
        path: String,
    },
    /// There is no processing job of the name that was selected.
    #[error("there is no job {job_id:?}: select a processing job that is recorded")]
    UnknownJob {
        /// The job's name.
        job_id: String,
    },
    /// Another thread or process audits the same scope of the same database.
    /// Each would take files off the other's queue, and neither answer for all.
    #[error("another audit of {} in {database} is running: wait for its end", scope.as_str())]
    Running {
        /// Which database.
        database: String,
        /// Whose files.
        scope: Scope,
    },
    /// What the database says.
    #[error(transparent)]
    Store(#[from] StoreError),
}
