//! A file that appears under its name only when it is complete.
//!
//! It is written under a temporary name in the same folder, made durable, and renamed. A process
//! that dies on the way leaves at most a hidden `.clip-….tmp` file. What differs between operating
//! systems is in here.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// A file being written.
#[derive(Debug)]
pub(crate) struct NewFile {
    temporary: NamedTempFile,
    destination: PathBuf,
}

/// A file that is written and durable, but does not have its name yet.
#[derive(Debug)]
pub(crate) struct WrittenFile {
    temporary: TempPath,
    destination: PathBuf,
}

impl NewFile {
    pub(crate) fn create(destination: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".clip-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Like any new file, not private as temporary files are; the umask still applies.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let temporary = builder.tempfile_in(folder_of(destination))?;
        Ok(Self {
            temporary,
            destination: destination.to_owned(),
        })
    }

    /// Another handle to write through.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.temporary.as_file().try_clone()
    }

    /// Waits until the content is on the disk.
    pub(crate) fn sync(self) -> io::Result<WrittenFile> {
        self.temporary.as_file().sync_all()?;
        Ok(WrittenFile {
            temporary: self.temporary.into_temp_path(),
            destination: self.destination,
        })
    }
}

impl WrittenFile {
    /// Gives the file its name, in place of what had it.
    pub(crate) fn publish(self) -> io::Result<()> {
        self.temporary
            .persist(self.destination)
            .map_err(|error| error.error)
    }
}

/// The folder that a path is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Waits until the names in a folder are on the disk, where the system can be asked for that.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
