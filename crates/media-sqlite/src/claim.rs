//! Claims: among all threads and processes, one computes a result and the
//! others wait for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs4::{FileExt, TryLockError};
use media_hash::{Fingerprint, Sha256, hash_bytes};
use media_schema::{Claim, ClaimError, ClaimToken, Tried, Waiting};

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_millis(20);

/// A lock of the system cannot be lost while its holder lives, so that there is
/// nothing to tell claims apart by.
const TOKEN: u64 = 0;

/// Claims the result that `parts` identify.
///
/// It is a lock of the operating system on a file of its own, in the folder
/// `DATABASE-locks` beside the database. If its holder dies, by whatever
/// signal, the system gives it to the next one; a file that is left behind
/// means nothing.
pub(crate) fn claim(
    database: &Path,
    parts: &[&str],
    waiting: Waiting<'_>,
) -> Result<Claim, ClaimError> {
    let mut folder = database.as_os_str().to_owned();
    folder.push("-locks");
    let folder = PathBuf::from(folder);
    let name = hash_bytes::<Sha256>(parts.join("\0"));
    let path = folder.join(&name.hex()[..32]);
    waiting.wait(parts, LONGEST, || match try_claim(&folder, &path) {
        Ok(Some(lock)) => Ok(Tried::Claimed(
            ClaimToken::new(TOKEN),
            Guard {
                path: path.clone(),
                lock: lock.into_file(),
            },
        )),
        Ok(None) => Ok(Tried::Taken),
        Err(source) => Err(ClaimError::Lock {
            lock: path.display().to_string(),
            source: source.into(),
        }),
    })
}

/// A lock that is held, until this is dropped.
#[derive(Debug)]
struct Guard {
    path: PathBuf,
    /// `None` where the file system has no locks: then nobody waits.
    lock: Option<File>,
}

impl Drop for Guard {
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
