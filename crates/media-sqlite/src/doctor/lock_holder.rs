//! Who holds a lock on a database, asked without taking one.
//!
//! SQLite's locks are the system's, on bytes that never hold data: see "File
//! Locking And Concurrency" (<https://www.sqlite.org/lockingv3.html>) for those
//! on the file itself, and "WAL-mode File Format"
//! (<https://www.sqlite.org/walformat.html>, section 2.3.1) for those on the
//! log's index.
//!
//! To ask opens a file and closes it again, which drops all locks of this
//! process on it. Whoever asks must not have the database open.

use std::path::Path;

/// A byte that a lock is on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Byte(u64);

/// Of the index (`-shm`): held while somebody writes to the log.
pub(super) const LOG_WRITER: Byte = Byte(120);

/// Of the index: held as long as somebody has the database open.
pub(super) const LOG_USER: Byte = Byte(128);

/// Of the database: held from the first change to the end of a transaction that
/// keeps a rollback journal.
pub(super) const WRITER: Byte = Byte(0x4000_0001);

/// The number of the process that holds a lock, 0 or less if it has none here;
/// `None` if nobody does, or if that cannot be told.
#[cfg(unix)]
pub(super) fn lock_holder(path: &Path, byte: Byte) -> Option<i32> {
    use rustix::process::{Flock, FlockType, Pid, fcntl_getlk};

    // To open anything else might wait for ever.
    if !path.is_file() {
        return None;
    }
    let file = std::fs::File::open(path).ok()?;
    let asked = Flock {
        start: byte.0,
        length: 1,
        ..Flock::from(FlockType::WriteLock)
    };
    let held = fcntl_getlk(&file, &asked).ok()??;
    Some(Pid::as_raw(held.pid))
}

/// Elsewhere the system does not say.
#[cfg(not(unix))]
pub(super) fn lock_holder(_path: &Path, byte: Byte) -> Option<i32> {
    let _ = byte.0;
    None
}
