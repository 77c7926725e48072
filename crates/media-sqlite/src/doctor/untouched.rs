//! Opening a database so that nothing of it changes, whatever state it is in.
//!
//! SQLite creates or repairs what it needs even for reading: an empty log, the
//! log's index, or, after a crash, the database itself. How that is avoided
//! depends on what lies there.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use media_hash::Fingerprint;
use media_hash::protect::is_protected_path;
use rusqlite::{Connection, OpenFlags};

use super::lock_holder::{WRITER, lock_holder};
use crate::connection::Access;
use crate::location::beside;

/// How long reading waits for writers that follow each other.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Like any other reader: it keeps a rollback journal, or this process has
    /// it open and everything a reader needs is there.
    Shared,
    /// With a log whose index is read and not mended.
    Log,
    /// As a file that nobody changes, without locks: its log is empty, and
    /// nobody has it open. Whether that held has to be asked again afterwards.
    Still,
}

/// Why a database cannot be opened without a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// Its log has no index, and only a writer may make one.
    NoIndex,
    /// A writer was stopped halfway, and only another can undo what it did.
    HotJournal,
}

/// What is known of a database file before it is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// Whether it keeps a write-ahead log; `None` if it was not looked at,
    /// since this process has it open.
    pub(super) keeps_log: Option<bool>,
}

impl Header {
    /// Reads the bytes that say what kind of journal there is:
    /// <https://www.sqlite.org/fileformat.html>, section 1.3.
    pub(super) fn read(path: &Path) -> Self {
        if is_protected_path(path) {
            return Self { keeps_log: None };
        }
        let mut bytes = [0; 20];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
        Self {
            keeps_log: Some(
                read.is_ok() && bytes[19] == 2 && bytes.starts_with(b"SQLite format 3\0"),
            ),
        }
    }
}

impl Way {
    pub(super) fn choose(path: &Path, header: Header) -> Result<Self, Hindrance> {
        match header.keeps_log {
            None => Ok(Self::Shared),
            Some(false) => {
                let is_hot = size(&beside(path, "-journal")) > 0
                    && cfg!(unix)
                    && lock_holder(path, WRITER).is_none();
                if is_hot {
                    Err(Hindrance::HotJournal)
                } else {
                    Ok(Self::Shared)
                }
            }
            Some(true) => {
                let log = beside(path, "-wal");
                match (log.exists(), beside(path, "-shm").exists()) {
                    (true, true) => Ok(Self::Log),
                    (true, false) if size(&log) > 0 => Err(Hindrance::NoIndex),
                    _ => Ok(Self::Still),
                }
            }
        }
    }

    pub(super) fn open(self, path: &Path) -> rusqlite::Result<Connection> {
        let flags = Access::Read.flags();
        let option = match self {
            Self::Shared => return Connection::open_with_flags(path, flags),
            Self::Log => "readonly_shm",
            Self::Still => "immutable",
        };
        let uri = format!("{}?{option}=1", uri(path));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
    }
}

/// Whether we may read the log and its index, or they are gone by now. For
/// databases that this process does not have open.
pub(super) fn is_log_readable(path: &Path) -> bool {
    ["-wal", "-shm"].iter().all(|suffix| {
        let opened = File::open(beside(path, suffix));
        opened.map_or_else(|error| error.kind() == ErrorKind::NotFound, |_| true)
    })
}

/// What a file was like when it was opened as one that nobody changes.
pub(super) struct Stillness {
    fingerprint: Option<Fingerprint>,
    has_log: bool,
}

impl Stillness {
    pub(super) fn of(path: &Path) -> Self {
        Self {
            fingerprint: Fingerprint::of_path(path).ok(),
            has_log: size(&beside(path, "-wal")) > 0,
        }
    }

    /// Whether the file is still the same, and what was read of it therefore
    /// true.
    pub(super) fn held(&self, path: &Path) -> bool {
        let now = Self::of(path);
        self.fingerprint.is_some() && self.fingerprint == now.fingerprint && !now.has_log
    }
}

/// The size of a file, or 0 where there is none.
pub(super) fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// A path as SQLite reads it from a URI: see <https://www.sqlite.org/uri.html>.
fn uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    let mut bytes = path.as_os_str().as_encoded_bytes();
    let slashes;
    if cfg!(windows) {
        slashes = String::from_utf8_lossy(bytes).replace('\\', "/");
        bytes = slashes.as_bytes();
        uri.push_str(if bytes.starts_with(b"/") { "//" } else { "///" });
    }
    for &byte in bytes {
        let is_plain = byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
        if is_plain {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_to_or_gets_a_log_was_not_still() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("media.db");
        fs::write(&path, "one").unwrap();
        let stillness = Stillness::of(&path);
        assert!(stillness.held(&path));
        fs::write(folder.path().join("media.db-wal"), "").unwrap();
        assert!(stillness.held(&path), "an empty log says nothing");
        fs::write(folder.path().join("media.db-wal"), "frames").unwrap();
        assert!(!stillness.held(&path));
        let stillness = Stillness::of(&path);
        fs::remove_file(folder.path().join("media.db-wal")).unwrap();
        fs::write(&path, "another").unwrap();
        assert!(!stillness.held(&path));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_uri_gives_a_meaning_is_escaped() {
        let path = Path::new("/media/a?b#c%20 ü.db");
        assert_eq!(uri(path), "file:/media/a%3Fb%23c%2520%20%C3%BC.db");
    }
}
