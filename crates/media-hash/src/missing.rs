//! Whether a file is gone.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Whether there is no file of that name, for certain.
///
/// Only if the system says so: a folder that cannot be read hides its files,
/// and what a relative path was relative to is not known. A link is there,
/// wherever it leads.
///
/// ```
/// use media_hash::is_missing;
///
/// let folder = tempfile::tempdir()?;
/// assert!(is_missing(folder.path().join("gone.wav")));
/// assert!(!is_missing("relative.wav"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn is_missing(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    path.is_absolute()
        && fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}
