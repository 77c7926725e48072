//! What differs between operating systems.

pub(crate) use imp::{HAS_CHANGE_TIME, identity, is_same_file, leak, open, special_kind, times};

#[cfg(unix)]
mod imp {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::fd::IntoRawFd;
    use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
    use std::path::Path;

    use rustix::fs::OFlags;

    use crate::fingerprint::Fingerprint;

    /// Whether files have a time of change that programs cannot set.
    pub(crate) const HAS_CHANGE_TIME: bool = true;

    /// When the content and when anything was changed, in nanoseconds since 1970.
    pub(crate) fn times(metadata: &Metadata) -> (i64, i64) {
        (
            nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        )
    }

    fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
        seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(nanoseconds)
    }

    /// Device and inode.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "other systems give no identity without opening the file"
    )]
    pub(crate) fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
        Some((metadata.dev(), metadata.ino()))
    }

    pub(crate) fn is_same_file(a: &Fingerprint, b: &Fingerprint) -> bool {
        (a.device, a.inode) == (b.device, b.inode)
    }

    /// Opens for reading, without waiting for a writer should a FIFO have
    /// taken the file's place.
    pub(crate) fn open(path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(path)
    }

    /// Gives up a file without closing its descriptor.
    pub(crate) fn leak(file: File) {
        let _ = file.into_raw_fd();
    }

    /// What `metadata` is of, when it is neither a file nor a directory.
    pub(crate) fn special_kind(metadata: &Metadata) -> &'static str {
        let kind = metadata.file_type();
        if kind.is_fifo() {
            "a FIFO"
        } else if kind.is_socket() {
            "a socket"
        } else {
            "a device"
        }
    }
}

#[cfg(not(unix))]
mod imp {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;
    use std::time::{SystemTime, UNIX_EPOCH};

    use crate::fingerprint::Fingerprint;

    /// Whether files have a time of change that programs cannot set.
    pub(crate) const HAS_CHANGE_TIME: bool = false;

    /// When the content was changed and when the file was made, in nanoseconds
    /// since 1970; 0 where that is not known.
    pub(crate) fn times(metadata: &Metadata) -> (i64, i64) {
        let time = |time: io::Result<SystemTime>| time.map_or(0, nanoseconds);
        (time(metadata.modified()), time(metadata.created()))
    }

    fn nanoseconds(time: SystemTime) -> i64 {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(error) => {
                i64::try_from(error.duration().as_nanos()).map_or(i64::MIN, |before| -before)
            }
        }
    }

    pub(crate) fn identity(_metadata: &Metadata) -> Option<(u64, u64)> {
        None
    }

    pub(crate) fn is_same_file(a: &Fingerprint, b: &Fingerprint) -> bool {
        a == b
    }

    pub(crate) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(crate) fn leak(file: File) {
        drop(file);
    }

    pub(crate) fn special_kind(_metadata: &Metadata) -> &'static str {
        "neither a file nor a directory"
    }
}
