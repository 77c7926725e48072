//! Claims: among all threads and processes, one computes a result and the
//! others wait for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};
use media_hash::{Fingerprint, Sha256, hash_bytes};
use thiserror::Error;

use crate::fault::millis;

/// The right to compute one result, until it is dropped.
///
/// It is a lock of the operating system on a file of its own, in the folder
/// `DATABASE-locks` beside the database. If its holder dies, by whatever
/// signal, the system gives it to the next one; a file that is left behind
/// means nothing. Claims on different results never wait for each other, so
/// that computing one may claim another. Claiming the same result twice in one
/// thread waits for itself.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    /// `None` where the file system has no locks: then nobody waits.
    lock: Option<File>,
    has_waited: bool,
}

/// Why there is no claim.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Somebody else had it all the while.
    #[error("somebody else is computing it, waited {:.1} s", waited.as_secs_f64())]
    TimedOut {
        /// How long.
        waited: Duration,
    },
    /// The caller wanted to stop.
    #[error("stopped while waiting for somebody else to compute it")]
    Cancelled,
    /// The lock's file could not be used.
    #[error("cannot lock {path:?}")]
    Io {
        /// The lock's file or its folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Claim {
    /// Claims the result that `parts` identify, and waits while somebody else
    /// has it: for at most `patience`, and until `cancel` is true.
    ///
    /// # Errors
    /// See [`ClaimError`].
    pub fn wait(
        database: &Path,
        parts: &[&str],
        patience: Option<Duration>,
        cancel: Option<&AtomicBool>,
    ) -> Result<Self, ClaimError> {
        let mut folder = database.as_os_str().to_owned();
        folder.push("-locks");
        let folder = PathBuf::from(folder);
        let name = hash_bytes::<Sha256>(parts.join("\0"));
        let path = folder.join(&name.hex()[..32]);
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut has_waited = false;
        // Only of those who waited, so that nobody else pays for it.
        let ended = |outcome| {
            tracing::info!(
                claim = %parts.join(" "),
                outcome,
                waited_ms = millis(started.elapsed()),
                "waited for another's computation"
            );
        };
        loop {
            if let Some(lock) = try_claim(&folder, &path).map_err(|source| ClaimError::Io {
                path: path.clone(),
                source,
            })? {
                if has_waited {
                    ended("claimed");
                }
                return Ok(Self {
                    path,
                    lock: lock.into_file(),
                    has_waited,
                });
            }
            if !has_waited {
                tracing::info!(claim = %parts.join(" "), "waiting for another's computation");
            }
            has_waited = true;
            let waited = started.elapsed();
            if patience.is_some_and(|patience| waited >= patience) {
                ended("timed out");
                return Err(ClaimError::TimedOut { waited });
            }
            if cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
                ended("cancelled");
                return Err(ClaimError::Cancelled);
            }
            backoff(&mut pause);
        }
    }

    /// Whether somebody else had it when it was asked for, so that what was
    /// known before may be known no more.
    #[must_use]
    pub fn has_waited(&self) -> bool {
        self.has_waited
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Still locked, so nobody else holds the file that goes; who waits for
        // it finds that its path leads elsewhere.
        if cfg!(unix) && self.lock.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A lock, or the news that there are none to be had.
enum Locked {
    File(File),
    Unsupported,
}

impl Locked {
    fn into_file(self) -> Option<File> {
        match self {
            Self::File(file) => Some(file),
            Self::Unsupported => None,
        }
    }
}

/// Locks the file at `path`, or returns `None` if somebody else has.
fn try_claim(folder: &Path, path: &Path) -> io::Result<Option<Locked>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            options.open(path)?
        }
        opened => opened?,
    };
    match FileExt::try_lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
            return Ok(Some(Locked::Unsupported));
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Its last holder may have removed it since it was opened.
    let opened = Fingerprint::of(&file.metadata()?);
    match Fingerprint::of_path(path) {
        Ok(there) if (there.device, there.inode) == (opened.device, opened.inode) => {
            Ok(Some(Locked::File(file)))
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a lock of the system can be waited for without end or asked for again, not both bounded and cancelled"
)]
fn backoff(pause: &mut Duration) {
    std::thread::sleep(*pause);
    *pause = (*pause * 2).min(Duration::from_millis(20));
}
