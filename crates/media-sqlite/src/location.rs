//! Where a database lies: checked before SQLite sees the path.
//!
//! SQLite opens a FIFO and waits on it forever, reads `file:` as a URI, and
//! takes an empty name for a temporary database. None of that gets past here.

use std::fs::{self, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::{OpenError, filesystem};

/// A path that SQLite can be given.
#[derive(Debug)]
pub(crate) struct Location {
    /// Absolute; links are not resolved.
    pub(crate) path: PathBuf,
    /// Whether there is a regular file.
    pub(crate) exists: bool,
}

impl Location {
    pub(crate) fn check(given: &Path) -> Result<Self, OpenError> {
        if given.as_os_str().is_empty() {
            return Err(OpenError::EmptyPath);
        }
        if given.as_os_str().as_encoded_bytes().starts_with(b"file:") {
            return Err(OpenError::Uri { path: given.into() });
        }
        let path = std::path::absolute(given).map_err(|source| OpenError::Io {
            path: given.into(),
            action: "find the absolute path of",
            source,
        })?;
        let exists = match fs::metadata(&path) {
            Ok(meta) if meta.is_file() => true,
            Ok(meta) => {
                let kind = kind_of(meta.file_type());
                return Err(OpenError::NotAFile { path, kind });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(source) => {
                return Err(OpenError::Io {
                    path,
                    action: "look at",
                    source,
                });
            }
        };
        Ok(Self { path, exists })
    }

    /// Refuses a folder on a network file system: the one that the file lies in,
    /// wherever a link to it lies.
    pub(crate) fn require_local(&self) -> Result<(), OpenError> {
        let file = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = file.parent().unwrap_or(&file);
        match filesystem::network_kind(folder) {
            Some(kind) => Err(OpenError::NetworkFilesystem {
                path: self.path.clone(),
                kind,
            }),
            None => Ok(()),
        }
    }

    /// Refuses a database whose folder is not there.
    pub(crate) fn require_folder(&self) -> Result<(), OpenError> {
        let folder = self.path.parent().unwrap_or(&self.path);
        fs::metadata(folder)
            .map(|_| ())
            .map_err(|source| OpenError::Io {
                path: folder.into(),
                action: "look at the folder",
                source,
            })
    }
}

/// The path of a file that SQLite keeps beside a database: beside the file
/// itself, not beside a link to it.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let file = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut name = file.into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

fn kind_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "FIFO";
        }
        if kind.is_socket() {
            return "socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "device";
        }
    }
    if kind.is_dir() {
        "directory"
    } else {
        "special file"
    }
}
