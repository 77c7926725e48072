//! An output on its way: made in a hidden folder beside its place, and moved
//! there when it is complete.
//!
//! A process that dies on the way leaves at most that folder. What differs
//! between operating systems is in here.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf, is_separator};

use media_hash::protect::is_protected_path;
use media_hash::{ContentHash, Fingerprint, HashCache, HashFileError};
use tempfile::TempDir;

use crate::error::ProcessError;
use crate::hashed::{Hashed, hash};
use crate::outcome::ProcessOptions;

/// Refuses an output that cannot be put in its place, or must not be.
pub(crate) fn check_place<E: Error + 'static>(
    input: &Path,
    output: &Path,
) -> Result<(), ProcessError<E>> {
    let folder = folder_of(output);
    let no_folder = |source| ProcessError::NoFolder {
        output: output.into(),
        folder: folder.into(),
        source,
    };
    let not_a_file = || ProcessError::NotAFile {
        output: output.into(),
    };
    // No file can be moved to `name/`, which would show when it is made.
    let last = output.as_os_str().as_encoded_bytes().last();
    if output.file_name().is_none() || last.is_some_and(|byte| is_separator(char::from(*byte))) {
        return Err(not_a_file());
    }
    if !fs::metadata(folder).map_err(no_folder)?.is_dir() {
        return Err(no_folder(ErrorKind::NotADirectory.into()));
    }
    match fs::metadata(output) {
        Ok(metadata) if !metadata.is_file() => Err(not_a_file()),
        Ok(_) if is_same_file(input, output) => Err(ProcessError::OverInput {
            output: output.into(),
            input: input.into(),
        }),
        Ok(_) if is_protected_path(output) => Err(ProcessError::InUse {
            output: output.into(),
        }),
        // A link that leads nowhere is replaced like any other.
        _ => Ok(()),
    }
}

/// Whether two paths lead to one file, as far as that can be told without
/// opening it: closing an open database would drop its locks.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (Fingerprint::of_path(one), Fingerprint::of_path(other))
        && one.inode != 0
    {
        return (one.device, one.inode) == (other.device, other.inode);
    }
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Where an output is made.
#[derive(Debug)]
pub(crate) struct NewOutput<'a> {
    folder: TempDir,
    path: PathBuf,
    output: &'a Path,
}

/// An output that is complete and on the disk, but not in its place.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    new: NewOutput<'a>,
    pub(crate) hashed: Hashed,
}

impl<'a> NewOutput<'a> {
    pub(crate) fn create<E: Error + 'static>(output: &'a Path) -> Result<Self, ProcessError<E>> {
        let folder = tempfile::Builder::new()
            .prefix(".processing-")
            .suffix(".tmp")
            .tempdir_in(folder_of(output))
            .map_err(|source| cannot_write(output, source))?;
        // Its own name: programs tell the format by it.
        let path = folder.path().join(output.file_name().unwrap_or_default());
        Ok(Self {
            folder,
            path,
            output,
        })
    }

    /// The path to write to. Nothing is there.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until what was written is on the disk, and hashes it, also by the
    /// algorithm of `other`. What `cache` is told holds only where a file keeps
    /// its times when it is moved; elsewhere the next look reads it once.
    pub(crate) fn finish<E: Error + 'static>(
        self,
        other: Option<&ContentHash>,
        options: ProcessOptions<'_>,
        cache: &dyn HashCache,
    ) -> Result<Written<'a>, ProcessError<E>> {
        let output = self.output;
        let kind = match fs::symlink_metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => None,
            Ok(metadata) if metadata.is_dir() => Some("a folder"),
            Ok(metadata) if metadata.is_symlink() => Some("a symbolic link"),
            Ok(_) => Some("a device or FIFO"),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Unless the folder went, and what was written with it.
                fs::symlink_metadata(self.folder.path())
                    .map_err(|source| cannot_write(output, source))?;
                return Err(ProcessError::NothingWritten {
                    output: output.into(),
                });
            }
            Err(source) => return Err(cannot_write(output, source)),
        };
        if let Some(kind) = kind {
            return Err(ProcessError::WroteNoFile {
                output: output.into(),
                kind,
            });
        }
        // First of all: some file systems set a file's times only now.
        sync_file(&self.path).map_err(|source| cannot_write(output, source))?;
        let hashed = hash(&self.path, other, options, cache).map_err(|source| match source {
            HashFileError::Cancelled { .. } => ProcessError::File(source),
            source => ProcessError::Output {
                output: output.into(),
                source,
            },
        })?;
        Ok(Written { new: self, hashed })
    }
}

impl Written<'_> {
    /// Puts the output in its place, instead of what was there.
    pub(crate) fn publish<E: Error + 'static>(self) -> Result<(), ProcessError<E>> {
        let NewOutput {
            folder,
            path,
            output,
        } = self.new;
        if Fingerprint::of_path(&path).ok() != Some(self.hashed.file.fingerprint) {
            return Err(ProcessError::StillWritten {
                output: output.into(),
            });
        }
        fs::rename(&path, output).map_err(|source| cannot_write(output, source))?;
        // What else a program may have left in it goes too; if it does not,
        // nothing is lost.
        drop(folder);
        sync_folder(folder_of(output)).map_err(|source| ProcessError::NotSynced {
            output: output.into(),
            source,
        })
    }
}

fn cannot_write<E: Error + 'static>(output: &Path, source: io::Error) -> ProcessError<E> {
    ProcessError::Write {
        output: output.into(),
        source,
    }
}

/// The folder that a path is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Waits until a file is on the disk. Windows asks for the right to write to
/// it; elsewhere a read-only file can be waited for too.
fn sync_file(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .read(true)
        .write(cfg!(windows))
        .open(path)?
        .sync_all()
}

/// Waits until the names in a folder are on the disk, where the system can be
/// asked for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
