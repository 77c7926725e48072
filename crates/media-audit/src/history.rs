//! What earlier audits have found of a file.

use media_schema::{FixityBackend, PastCheck, StoreError};

/// The checks of the file at a path, newest first, at most `limit`. None if
/// nothing was ever audited.
///
/// # Errors
/// What the database says.
pub fn history(
    backend: &(impl FixityBackend + ?Sized),
    path: &str,
    limit: usize,
) -> Result<Vec<PastCheck>, StoreError> {
    backend.history(path, limit)
}

/// The latest check of each file that was ever compared with a recorded hash,
/// in the order of their paths. The hash is found as it was recorded.
///
/// # Errors
/// What the database says.
pub fn latest_checks(
    backend: &(impl FixityBackend + ?Sized),
    expected: &str,
) -> Result<Vec<PastCheck>, StoreError> {
    backend.latest_checks(expected)
}
