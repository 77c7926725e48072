//! What a file looks like from outside, without reading it.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use crate::platform;

/// Size, times and identity of a file: if one of them differs, the file may
/// have changed.
///
/// The reverse needs care: two writes within the grain of the file system's
/// clock can leave the same fingerprint.
///
/// ```
/// use media_hash::Fingerprint;
///
/// let before = Fingerprint::of_path("Cargo.toml")?;
/// assert_eq!(before, Fingerprint::of_path("Cargo.toml")?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Length in bytes.
    pub size: u64,
    /// When the content was last changed, in nanoseconds since 1970. Dates
    /// before 1677 and after 2262 are cut to those years.
    pub mtime_ns: i64,
    /// When content, name or rights were last changed, in nanoseconds since
    /// 1970, with the same limits. On Windows, when the file was made.
    pub ctime_ns: i64,
    /// The file's number on its device. On Windows 0: not known unless opened.
    pub inode: u64,
    /// The device's number. On Windows 0: not known unless opened.
    pub device: u64,
}

impl Fingerprint {
    /// The fingerprint that `metadata` shows.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let (mtime_ns, ctime_ns) = platform::times(metadata);
        let (device, inode) = platform::identity(metadata).unwrap_or_default();
        Self {
            size: metadata.len(),
            mtime_ns,
            ctime_ns,
            inode,
            device,
        }
    }

    /// The fingerprint of the file at `path`; a symbolic link is followed.
    ///
    /// # Errors
    /// There is no such file, or it may not be looked up.
    pub fn of_path(path: impl AsRef<Path>) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::of(&metadata))
    }
}
