//! One file, of every kind.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use media_hash::{
    DynAlgorithm, FileHasher, Fingerprint, HashFileError, HashReaderError, Md5, Sha256, hash_bytes,
    hash_file, hash_reader,
};
use tempfile::tempdir;

/// What is read at a time.
const BUFFER: usize = 256 * 1024;

fn content(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

#[test]
fn any_size_is_hashed_whole() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    for len in [0, 1, 4096, BUFFER - 1, BUFFER, BUFFER + 1, 5 * BUFFER + 17] {
        fs::write(&path, content(len)).unwrap();
        let expected = hash_bytes::<Sha256>(content(len));
        assert_eq!(hash_file::<Sha256>(&path).unwrap(), expected, "{len}");
        let file = fs::File::open(&path).unwrap();
        assert_eq!(hash_reader::<Sha256>(file).unwrap(), expected, "{len}");
    }
}

#[test]
fn several_algorithms_take_one_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    let bytes = content(3 * BUFFER + 1);
    fs::write(&path, &bytes).unwrap();
    let md5 = DynAlgorithm::of::<Md5>();
    let sha256 = DynAlgorithm::of::<Sha256>();
    let read = AtomicU64::new(0);
    let progress = |count| {
        read.fetch_add(count, Ordering::Relaxed);
    };
    let file = FileHasher::new(&[md5, sha256, md5])
        .progress(&progress)
        .hash(&path)
        .unwrap();
    let hashes = [
        hash_bytes::<Md5>(&bytes),
        hash_bytes::<Sha256>(&bytes),
        hash_bytes::<Md5>(&bytes),
    ];
    assert_eq!(file.hashes, hashes);
    assert_eq!(file.fingerprint, Fingerprint::of_path(&path).unwrap());
    assert_eq!(file.bytes_read(), bytes.len() as u64);
    assert_eq!(read.into_inner(), bytes.len() as u64);
}

#[test]
fn a_cancelled_file_is_not_read_on() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, content(3 * BUFFER)).unwrap();
    let cancel = AtomicBool::new(false);
    let read = AtomicU64::new(0);
    let progress = |count| {
        read.fetch_add(count, Ordering::Relaxed);
        cancel.store(true, Ordering::Relaxed);
    };
    let sha256 = [DynAlgorithm::of::<Sha256>()];
    let hasher = FileHasher::new(&sha256).progress(&progress).cancel(&cancel);
    for expected in [BUFFER as u64, BUFFER as u64] {
        let Err(HashFileError::Cancelled { path: named }) = hasher.hash(&path) else {
            panic!("not cancelled");
        };
        assert_eq!(named, path);
        assert_eq!(read.load(Ordering::Relaxed), expected);
    }
}

#[test]
fn a_directory_is_refused() {
    let folder = tempdir().unwrap();
    let error = hash_file::<Sha256>(folder.path()).unwrap_err();
    assert!(matches!(
        error,
        HashFileError::NotRegular {
            kind: "a directory",
            ..
        }
    ));
    assert_eq!(error.path(), folder.path());
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [folder.path().join("none"), file.join("below a file")] {
        let error = hash_file::<Sha256>(&path).unwrap_err();
        assert!(matches!(error, HashFileError::NotFound { .. }), "{error:?}");
        assert!(error.to_string().contains(&format!("{path:?}")));
    }
    let error = hash_file::<Sha256>("").unwrap_err();
    assert!(matches!(error, HashFileError::NotFound { .. }), "{error:?}");
}

/// Reads "abc", byte by byte, interrupted before each, then fails or ends.
struct Interrupted {
    calls: Cell<usize>,
    fails: bool,
}

impl Read for Interrupted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let call = self.calls.replace(self.calls.get() + 1);
        match call {
            0 | 2 | 4 => Err(io::ErrorKind::Interrupted.into()),
            1 | 3 | 5 => {
                buffer[0] = b"abc"[call / 2];
                Ok(1)
            }
            _ if self.fails => Err(io::ErrorKind::BrokenPipe.into()),
            _ => Ok(0),
        }
    }
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let calls = Cell::new(0);
    let reader = Interrupted {
        calls,
        fails: false,
    };
    assert_eq!(
        hash_reader::<Sha256>(reader).unwrap(),
        hash_bytes::<Sha256>("abc")
    );
    let calls = Cell::new(0);
    let reader = Interrupted { calls, fails: true };
    let Err(HashReaderError::Read { bytes_read, source }) = hash_reader::<Sha256>(reader) else {
        panic!("the reader fails");
    };
    assert_eq!((bytes_read, source.kind()), (3, io::ErrorKind::BrokenPipe));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    fn kind(path: &Path) -> &'static str {
        match hash_file::<Sha256>(path) {
            Err(HashFileError::NotRegular { kind, .. }) => kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_has_no_fixed_content_is_refused_unopened() {
        let folder = tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(kind(&fifo), "a FIFO");
        let link = folder.path().join("link");
        symlink(&fifo, &link).unwrap();
        assert_eq!(kind(&link), "a FIFO");
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(kind(&socket), "a socket");
        assert_eq!(kind(Path::new("/dev/null")), "a device");
        assert_eq!(kind(Path::new("/")), "a directory");
    }

    /// Its size is given as 0, whatever it holds.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_made_up_by_the_system_is_refused() {
        let error = hash_file::<Sha256>("/proc/self/status").unwrap_err();
        assert!(
            matches!(error, HashFileError::ChangedWhileHashing { .. }),
            "{error:?}"
        );
    }

    #[test]
    fn links_are_followed() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "abc").unwrap();
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert_eq!(
            hash_file::<Sha256>(&link).unwrap(),
            hash_bytes::<Sha256>("abc")
        );

        fs::remove_file(&path).unwrap();
        let error = hash_file::<Sha256>(&link).unwrap_err();
        assert!(matches!(error, HashFileError::NotFound { .. }), "{error:?}");

        let circle = folder.path().join("circle");
        symlink(&circle, &circle).unwrap();
        let error = hash_file::<Sha256>(&circle).unwrap_err();
        assert!(matches!(error, HashFileError::Io { .. }), "{error:?}");
        assert_eq!(error.path(), circle);
    }

    // Other systems insist on UTF-8 in file names.
    #[cfg(target_os = "linux")]
    #[test]
    fn names_need_not_be_utf8() {
        let folder = tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(b"caf\xe9\n.wav"));
        fs::write(&path, "abc").unwrap();
        assert_eq!(
            hash_file::<Sha256>(&path).unwrap(),
            hash_bytes::<Sha256>("abc")
        );
        fs::remove_file(&path).unwrap();
        let message = hash_file::<Sha256>(&path).unwrap_err().to_string();
        assert!(message.contains(r"caf\xE9\n.wav"), "{message}");
    }
}
