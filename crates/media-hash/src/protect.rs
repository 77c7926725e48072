//! Files of this process that nobody else in it may open and close.
//!
//! POSIX record locks belong to the process: when it closes any descriptor of
//! a file, all its locks on that file are gone, whichever descriptor they were
//! taken through. A database that is open in the process loses its locks when
//! somebody hashes its file, and another process may then write over it. What
//! opens such a database protects its files here; hashing refuses them.
//!
//! See "How To Corrupt An SQLite Database File", section 2.2:
//! <https://www.sqlite.org/howtocorrupt.html>.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use thiserror::Error;

use crate::fingerprint::Fingerprint;
use crate::platform;

/// Device and inode.
type Identity = (u64, u64);

/// The protected files, each with what the guards that name it say: the path
/// that must lead to it still, or nothing.
type Protected = BTreeMap<Identity, Vec<Option<PathBuf>>>;

static PROTECTED: RwLock<Protected> = RwLock::new(BTreeMap::new());

/// Keeps files from being hashed by this process, until it is dropped.
///
/// A file protected twice is free when both guards are dropped. On Windows,
/// where closing a descriptor drops no locks, nothing is refused.
///
/// ```
/// use media_hash::protect::{ProtectedFiles, is_protected_path};
/// use media_hash::{Sha256, hash_file};
///
/// let database = tempfile::NamedTempFile::new()?;
/// let guard = ProtectedFiles::register_paths([database.path()])?;
/// assert_eq!(hash_file::<Sha256>(database.path()).is_err(), cfg!(unix));
/// assert_eq!(is_protected_path(&database), cfg!(unix));
/// drop(guard);
/// assert!(hash_file::<Sha256>(database.path()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the files are protected until this is dropped"]
pub struct ProtectedFiles {
    files: Vec<(Identity, Option<PathBuf>)>,
}

impl ProtectedFiles {
    /// Protects the files with these fingerprints.
    pub fn register(files: impl IntoIterator<Item = Fingerprint>) -> Self {
        Self::of(if cfg!(unix) {
            files
                .into_iter()
                .map(|file| ((file.device, file.inode), None))
                .collect()
        } else {
            Vec::new()
        })
    }

    /// Protects the files at `paths`, symbolic links followed, for as long as
    /// they lie there.
    ///
    /// What does not exist needs no protection and is passed over: a database's
    /// side files come and go, and a file that is made later may be given the
    /// number of one that went.
    ///
    /// # Errors
    /// A path could not be looked up; none is protected then.
    pub fn register_paths<P: AsRef<Path>>(
        paths: impl IntoIterator<Item = P>,
    ) -> Result<Self, ProtectError> {
        let mut files = Vec::new();
        for path in paths {
            let path = path.as_ref().to_owned();
            match fs::metadata(&path) {
                Ok(metadata) => {
                    let identity = platform::identity(&metadata);
                    files.extend(identity.map(|identity| (identity, Some(path))));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(ProtectError { path, source }),
            }
        }
        Ok(Self::of(files))
    }

    fn of(files: Vec<(Identity, Option<PathBuf>)>) -> Self {
        let mut protected = write_lock();
        for (identity, path) in &files {
            protected.entry(*identity).or_default().push(path.clone());
        }
        Self { files }
    }

    /// Both as one.
    pub fn and(mut self, mut other: Self) -> Self {
        self.files.append(&mut other.files);
        self
    }

    /// Closes the files and frees them in one step, as far as hashing can see:
    /// their numbers may be given to other files as soon as they are closed.
    ///
    /// `close` must not hash.
    pub fn release(mut self, close: impl FnOnce()) {
        let files = mem::take(&mut self.files);
        let mut protected = write_lock();
        close();
        forget(&mut protected, &files);
    }
}

/// Takes one entry for each file off the protected.
fn forget(protected: &mut Protected, files: &[(Identity, Option<PathBuf>)]) {
    for (identity, path) in files {
        if let Some(paths) = protected.get_mut(identity) {
            if let Some(place) = paths.iter().position(|known| known == path) {
                paths.swap_remove(place);
            }
            if paths.is_empty() {
                protected.remove(identity);
            }
        }
    }
}

impl Drop for ProtectedFiles {
    fn drop(&mut self) {
        if !self.files.is_empty() {
            forget(&mut write_lock(), &self.files);
        }
    }
}

/// A file to protect could not be looked up.
#[derive(Debug, Error)]
#[error("file {path:?} cannot be looked up to protect it: check its folder's rights")]
pub struct ProtectError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Whether the file at `path`, symbolic links followed, is protected. What is
/// not there, or cannot be looked up, is not.
///
/// ```
/// use media_hash::protect::{ProtectedFiles, is_protected_path};
///
/// let database = tempfile::NamedTempFile::new()?;
/// assert!(!is_protected_path(database.path()));
/// let guard = ProtectedFiles::register_paths([database.path()])?;
/// assert_eq!(is_protected_path(database.path()), cfg!(unix));
/// # drop(guard);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn is_protected_path(path: impl AsRef<Path>) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_protected(&metadata))
}

/// Whether the file must not be opened.
pub(crate) fn is_protected(metadata: &Metadata) -> bool {
    contains(&read_lock(), metadata)
}

/// Closes `file`, unless it was protected after it was opened: then its
/// descriptor is given up, for closing it is what does the harm.
pub(crate) fn close(file: File, metadata: &Metadata) {
    // Held over the close, so that nobody protects the file and takes its
    // locks between the look and the close.
    let protected = read_lock();
    if contains(&protected, metadata) {
        platform::leak(file);
    } else {
        drop(file);
    }
}

fn contains(protected: &Protected, metadata: &Metadata) -> bool {
    if protected.is_empty() {
        return false;
    }
    let Some(identity) = platform::identity(metadata) else {
        return false;
    };
    let leads_here = |path: &Path| {
        fs::metadata(path).is_ok_and(|metadata| platform::identity(&metadata) == Some(identity))
    };
    protected.get(&identity).is_some_and(|paths| {
        paths
            .iter()
            .any(|path| path.as_deref().is_none_or(leads_here))
    })
}

fn read_lock() -> RwLockReadGuard<'static, Protected> {
    PROTECTED.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_lock() -> RwLockWriteGuard<'static, Protected> {
    PROTECTED.write().unwrap_or_else(PoisonError::into_inner)
}
