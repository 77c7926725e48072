//! Hashing one file.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use thiserror::Error;

use crate::algorithm::Algorithm;
use crate::content_hash::ContentHash;
use crate::fingerprint::Fingerprint;
use crate::hash_cache::HashCache;
use crate::registry::{DynAlgorithm, DynHasher};
use crate::stream::{BUFFER_LEN, read};
use crate::verify::verify_file;
use crate::{platform, protect};

/// The hash of the file at `path`; a symbolic link is followed.
///
/// # Errors
/// See [`HashFileError`]. A hash is only given for content that the file had
/// from the first byte read to the last.
///
/// ```
/// use media_hash::{Sha256, hash_file};
///
/// let hash = hash_file::<Sha256>("Cargo.toml")?;
/// assert_eq!(hash.algorithm(), "sha256");
/// # Ok::<(), media_hash::HashFileError>(())
/// ```
pub fn hash_file<A: Algorithm>(path: impl AsRef<Path>) -> Result<ContentHash, HashFileError> {
    hash_dyn_file(DynAlgorithm::of::<A>(), path.as_ref())
}

/// The hash of a file by one algorithm.
pub(crate) fn hash_dyn_file(
    algorithm: DynAlgorithm,
    path: &Path,
) -> Result<ContentHash, HashFileError> {
    let mut hashers = [algorithm.hasher()];
    feed(path, &mut hashers, Watch::default(), &mut Vec::new())?;
    let [hasher] = hashers;
    Ok(hasher.finish())
}

/// Hashes files by several algorithms at once, reading each file only once.
///
/// Without further settings nobody is told of progress, nothing is cancelled,
/// and many files are hashed by as many threads as the machine runs at once.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// use media_hash::{DynAlgorithm, FileHasher, Md5, Sha256};
///
/// let algorithms = [DynAlgorithm::of::<Sha256>(), DynAlgorithm::of::<Md5>()];
/// let done = AtomicU64::new(0);
/// let progress = |bytes| { done.fetch_add(bytes, Relaxed); };
///
/// let file = FileHasher::new(&algorithms).progress(&progress).hash("Cargo.toml")?;
/// assert_eq!(file.hashes[0].algorithm(), "sha256");
/// assert_eq!(file.hashes[1].algorithm(), "md5");
/// assert_eq!(file.bytes_read(), done.into_inner());
/// # Ok::<(), media_hash::HashFileError>(())
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct FileHasher<'a> {
    pub(crate) algorithms: &'a [DynAlgorithm],
    pub(crate) threads: Option<NonZero<usize>>,
    cache: Option<&'a dyn HashCache>,
    watch: Watch<'a>,
}

impl<'a> FileHasher<'a> {
    /// Hashes by `algorithms`, of which [`crate::Registry::get`] knows the names.
    pub fn new(algorithms: &'a [DynAlgorithm]) -> Self {
        Self {
            algorithms,
            threads: None,
            cache: None,
            watch: Watch::default(),
        }
    }

    /// Calls `progress` after each piece read, with its length in bytes, on the
    /// thread that read it.
    pub fn progress(mut self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        self.watch.progress = Some(progress);
        self
    }

    /// Stops with [`HashFileError::Cancelled`] soon after `cancel` is true.
    pub fn cancel(mut self, cancel: &'a AtomicBool) -> Self {
        self.watch.cancel = Some(cancel);
        self
    }

    /// Asks `cache` before a file is read, and tells it afterwards.
    ///
    /// An unchanged file whose hashes are all known costs one look at it and
    /// a question for each algorithm. What could lie is not trusted: see
    /// [`Fingerprint::is_settled`].
    pub fn cache(mut self, cache: &'a dyn HashCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Hashes many files by at most this many threads.
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Hashes the file at `path`, on the calling thread; a symbolic link is followed.
    ///
    /// # Errors
    /// See [`HashFileError`].
    pub fn hash(&self, path: impl AsRef<Path>) -> Result<HashedFile, HashFileError> {
        self.hash_with(path.as_ref(), &mut Vec::new())
    }

    /// Hashes a file through `buffer`, which grows as needed.
    pub(crate) fn hash_with(
        &self,
        path: &Path,
        buffer: &mut Vec<u8>,
    ) -> Result<HashedFile, HashFileError> {
        let Some(cache) = self.cache else {
            return self.read(path, buffer);
        };
        self.watch.check(path)?;
        let metadata = look_up(path)?;
        let fingerprint = Fingerprint::of(&metadata);
        let known = |algorithm: &DynAlgorithm| cache.get(&fingerprint, algorithm.name());
        if platform::HAS_CHANGE_TIME
            && let Some(hashes) = self.algorithms.iter().map(known).collect()
        {
            return Ok(HashedFile {
                hashes,
                fingerprint,
                is_cached: true,
                is_settled: true,
            });
        }
        let file = self.read(path, buffer)?;
        if file.is_settled {
            cache.put(&file.fingerprint, &file.hashes);
        }
        Ok(file)
    }

    fn read(&self, path: &Path, buffer: &mut Vec<u8>) -> Result<HashedFile, HashFileError> {
        let mut hashers: Vec<_> = self.algorithms.iter().map(DynAlgorithm::hasher).collect();
        let begun = SystemTime::now();
        let fingerprint = feed(path, &mut hashers, self.watch, buffer)?;
        Ok(HashedFile {
            hashes: hashers.into_iter().map(DynHasher::finish).collect(),
            fingerprint,
            is_cached: false,
            is_settled: fingerprint.is_settled(begun),
        })
    }
}

/// What [`FileHasher`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HashedFile {
    /// A hash per algorithm, in the order in which they were asked for.
    pub hashes: Vec<ContentHash>,
    /// The file as it was while it was hashed.
    pub fingerprint: Fingerprint,
    /// Whether a [`HashCache`] knew them, so that nothing was read.
    pub is_cached: bool,
    /// Whether any change since then shows in the fingerprint.
    is_settled: bool,
}

impl HashedFile {
    /// Bytes that were read: the file's size, or none if the hashes were known.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        if self.is_cached {
            0
        } else {
            self.fingerprint.size
        }
    }

    /// Whether the file at `path` still holds what was hashed. Told by its
    /// fingerprint where that can be trusted; otherwise the file is read again.
    ///
    /// A file that is gone, or cannot be read, does not.
    #[must_use]
    pub fn still_holds(&self, path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        if self.is_settled && Fingerprint::of_path(path).is_ok_and(|now| now == self.fingerprint) {
            return true;
        }
        let hash = self.hashes.first();
        hash.is_some_and(|hash| verify_file(path, hash).is_ok_and(|verdict| verdict.is_intact()))
    }
}

/// Who is told, and who may stop it.
#[derive(Clone, Copy, Default)]
struct Watch<'a> {
    progress: Option<&'a (dyn Fn(u64) + Sync)>,
    cancel: Option<&'a AtomicBool>,
}

impl Watch<'_> {
    fn check(self, path: &Path) -> Result<(), HashFileError> {
        if self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(HashFileError::Cancelled { path: path.into() });
        }
        Ok(())
    }
}

/// Feeds a file to all `hashers` and says which file it was.
fn feed(
    path: &Path,
    hashers: &mut [Box<dyn DynHasher>],
    watch: Watch<'_>,
    buffer: &mut Vec<u8>,
) -> Result<Fingerprint, HashFileError> {
    watch.check(path)?;
    let metadata = look_up(path)?;
    let file = platform::open(path).map_err(|e| io_error(path, "opened", e))?;
    let metadata = match file.metadata() {
        Ok(metadata) => metadata,
        Err(error) => {
            protect::close(file, &metadata);
            return Err(io_error(path, "looked up", error));
        }
    };
    // Again: another file may have taken the path before it was opened.
    let outcome = check_hashable(path, &metadata)
        .and_then(|()| feed_open(path, &file, &metadata, hashers, watch, buffer));
    protect::close(file, &metadata);
    outcome
}

/// Looks at what is at `path`, and refuses what cannot be hashed.
fn look_up(path: &Path) -> Result<Metadata, HashFileError> {
    let metadata = fs::metadata(path).map_err(|e| io_error(path, "looked up", e))?;
    check_hashable(path, &metadata)?;
    Ok(metadata)
}

/// Refuses what blocks, never ends or must not be closed again.
fn check_hashable(path: &Path, metadata: &Metadata) -> Result<(), HashFileError> {
    if !metadata.is_file() {
        return Err(HashFileError::NotRegular {
            path: path.into(),
            kind: if metadata.is_dir() {
                "a directory"
            } else {
                platform::special_kind(metadata)
            },
        });
    }
    if protect::is_protected(metadata) {
        return Err(HashFileError::InUse { path: path.into() });
    }
    Ok(())
}

fn feed_open(
    path: &Path,
    mut file: &File,
    metadata: &Metadata,
    hashers: &mut [Box<dyn DynHasher>],
    watch: Watch<'_>,
    buffer: &mut Vec<u8>,
) -> Result<Fingerprint, HashFileError> {
    let changed = |what| HashFileError::ChangedWhileHashing {
        path: path.into(),
        what,
    };
    let before = Fingerprint::of(metadata);
    // A byte more than a small file has, so that one read takes it all.
    let buffer_len = usize::try_from(before.size).map_or(BUFFER_LEN, |n| BUFFER_LEN.min(n + 1));
    if buffer.len() < buffer_len {
        buffer.resize(buffer_len, 0);
    }
    let mut bytes_read = 0;
    loop {
        let count = read(&mut file, buffer).map_err(|e| io_error(path, "read", e))?;
        if count == 0 {
            break;
        }
        for hasher in &mut *hashers {
            hasher.update(&buffer[..count]);
        }
        bytes_read += count as u64;
        if let Some(progress) = watch.progress {
            progress(count as u64);
        }
        watch.check(path)?;
        if bytes_read > before.size {
            return Err(changed("it had more bytes than its size says"));
        }
    }
    let after = file
        .metadata()
        .map_err(|e| io_error(path, "looked up", e))?;
    if bytes_read != before.size || Fingerprint::of(&after) != before {
        return Err(changed("its size, times or identity are others now"));
    }
    if !still_names(path, &before)? {
        return Err(changed("its path names another file now"));
    }
    Ok(before)
}

/// Whether `path` still names the file with this fingerprint, or names it
/// through a link that was pointed elsewhere, which does not change the file.
fn still_names(path: &Path, fingerprint: &Fingerprint) -> Result<bool, HashFileError> {
    match Fingerprint::of_path(path) {
        Ok(now) if platform::is_same_file(&now, fingerprint) => return Ok(true),
        Err(error) if !is_absence(&error) => return Err(io_error(path, "looked up", error)),
        _ => {}
    }
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(metadata.is_symlink()),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(io_error(path, "looked up", error)),
    }
}

/// Whether an error says that no file is there.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn io_error(path: &Path, action: &'static str, source: io::Error) -> HashFileError {
    let path = path.into();
    if is_absence(&source) {
        HashFileError::NotFound { path, source }
    } else {
        HashFileError::Io {
            path,
            action,
            source,
        }
    }
}

/// Why a file could not be hashed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HashFileError {
    /// Nothing is at the path, or at the end of the link that is there.
    #[error("file {path:?} does not exist")]
    NotFound {
        /// The path as given.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is at the path has no content of fixed length.
    #[error("{path:?} is {kind}: only regular files can be hashed")]
    NotRegular {
        /// The path as given.
        path: PathBuf,
        /// What it is, with its article: `a directory`, `a FIFO`.
        kind: &'static str,
    },
    /// The file is protected by [`crate::protect`].
    #[error("file {path:?} is a database open in this process: close it before hashing it")]
    InUse {
        /// The path as given.
        path: PathBuf,
    },
    /// What was read may be content that the file never had: its size, its
    /// times or the file at its path are others than before. A change of its
    /// rights or links cannot be told from one of its content.
    #[error("file {path:?} changed while it was hashed ({what}): try again when it is at rest")]
    ChangedWhileHashing {
        /// The path as given.
        path: PathBuf,
        /// How that was seen.
        what: &'static str,
    },
    /// It was stopped, as [`FileHasher::cancel`] asked.
    #[error("hashing of file {path:?} was cancelled")]
    Cancelled {
        /// The path as given.
        path: PathBuf,
    },
    /// The system refused.
    #[error("file {path:?} could not be {action}: check its rights and its device")]
    Io {
        /// The path as given.
        path: PathBuf,
        /// What was tried: `looked up`, `opened` or `read`.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl HashFileError {
    /// The file at fault, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NotFound { path, .. }
            | Self::NotRegular { path, .. }
            | Self::InUse { path }
            | Self::ChangedWhileHashing { path, .. }
            | Self::Cancelled { path }
            | Self::Io { path, .. } => path,
        }
    }
}
