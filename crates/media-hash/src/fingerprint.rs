//! What a file looks like from outside, without reading it.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

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

    /// Whether a change of the file after `now` would show in its fingerprint.
    ///
    /// A clock of a file system stands still for a while between two ticks: a
    /// file that was changed just now can change again and keep its times. Only
    /// once it has lain for longer than that, 50 ms, or 2 s where times come in
    /// whole seconds, does an equal fingerprint mean equal content. A time
    /// after `now` is never settled, and neither is anything on Windows, which
    /// tells no time that programs cannot set.
    ///
    /// The idea is that of ccache's inode cache.
    #[must_use]
    pub fn is_settled(&self, now: SystemTime) -> bool {
        const SECOND: i64 = 1_000_000_000;
        let grain = if self.ctime_ns % SECOND == 0 {
            2 * SECOND
        } else {
            SECOND / 20
        };
        let Ok(since) = now.duration_since(UNIX_EPOCH) else {
            return false;
        };
        let Ok(now_ns) = i64::try_from(since.as_nanos()) else {
            return false;
        };
        let limit = now_ns.saturating_sub(grain);
        platform::HAS_CHANGE_TIME && self.ctime_ns < limit && self.mtime_ns < limit
    }
}
