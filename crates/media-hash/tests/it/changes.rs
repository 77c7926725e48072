//! Files that change while they are hashed. Progress is told after each piece
//! read, on the same thread, so that is where they are changed.

#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use media_hash::{
    DynAlgorithm, FileHasher, Fingerprint, HashFileError, HashedFile, Sha256, hash_bytes,
};
use tempfile::{TempDir, tempdir};

const LEN: usize = 1024 * 1024;

struct Scene {
    folder: TempDir,
    path: PathBuf,
}

/// A folder with a file that was last changed at an earlier reading of the
/// file system's clock than now.
fn scene() -> Scene {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, vec![b'a'; LEN]).unwrap();
    let made = fs::metadata(&path).unwrap();
    let clock = folder.path().join("clock");
    loop {
        fs::write(&clock, "tick").unwrap();
        let now = fs::metadata(&clock).unwrap();
        if (now.ctime(), now.ctime_nsec()) > (made.ctime(), made.ctime_nsec()) {
            return Scene { folder, path };
        }
    }
}

/// Hashes `path` and does `change` after the first piece was read.
fn hash_while(path: &Path, change: impl Fn() + Sync) -> Result<HashedFile, HashFileError> {
    let done = AtomicBool::new(false);
    let progress = |_| {
        if !done.swap(true, Ordering::Relaxed) {
            change();
        }
    };
    let outcome = FileHasher::new(&[DynAlgorithm::of::<Sha256>()])
        .progress(&progress)
        .hash(path);
    assert!(done.into_inner(), "{outcome:?}");
    outcome
}

#[track_caller]
fn assert_changed(path: &Path, outcome: &Result<HashedFile, HashFileError>) {
    let Err(error @ HashFileError::ChangedWhileHashing { .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(error.path(), path);
}

#[test]
fn a_quiet_file_is_hashed() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let file = hash_while(&path, || {}).unwrap();
    assert_eq!(file.hashes, [hash_bytes::<Sha256>(vec![b'a'; LEN])]);
}

#[test]
fn appended_to() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let outcome = hash_while(&path, || {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"b").unwrap();
    });
    assert_changed(&path, &outcome);
}

#[test]
fn growing_without_end() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let grow = |_| {
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&vec![b'b'; LEN]).unwrap();
    };
    let outcome = FileHasher::new(&[]).progress(&grow).hash(&path);
    assert_changed(&path, &outcome);
}

#[test]
fn truncated() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let outcome = hash_while(&path, || {
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(10).unwrap();
    });
    assert_changed(&path, &outcome);
}

#[test]
fn overwritten_in_place_with_its_time_set_back() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    for at in [0, LEN as u64 - 1] {
        let outcome = hash_while(&path, || {
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all_at(b"b", at).unwrap();
            file.set_modified(modified).unwrap();
        });
        assert_changed(&path, &outcome);
    }
}

#[test]
fn only_its_time_changed() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let outcome = hash_while(&path, || {
        let file = File::open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    });
    assert_changed(&path, &outcome);
}

#[test]
fn replaced_by_rename() {
    let Scene { folder, path } = scene();
    let other = folder.path().join("other");
    fs::write(&other, vec![b'b'; LEN]).unwrap();
    let outcome = hash_while(&path, || fs::rename(&other, &path).unwrap());
    assert_changed(&path, &outcome);
}

#[test]
fn unlinked() {
    let Scene {
        folder: _folder,
        path,
    } = scene();
    let outcome = hash_while(&path, || fs::remove_file(&path).unwrap());
    assert_changed(&path, &outcome);
}

/// Nothing of the file itself shows this change: only its path does.
#[test]
fn another_folder_put_in_place_of_its_own() {
    let Scene { folder, .. } = scene();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("file");
    fs::write(&path, vec![b'a'; LEN]).unwrap();
    for replacement in [Some("b"), None] {
        let outcome = hash_while(&path, || {
            fs::rename(&inner, folder.path().join("away")).unwrap();
            if let Some(content) = replacement {
                fs::create_dir(&inner).unwrap();
                fs::write(&path, content).unwrap();
            }
        });
        assert_changed(&path, &outcome);
        let _ = fs::remove_dir_all(&inner);
        fs::rename(folder.path().join("away"), &inner).unwrap();
    }
}

#[test]
fn a_link_swapped_gives_the_hash_of_what_was_opened() {
    let Scene { folder, path } = scene();
    let other = folder.path().join("other");
    fs::write(&other, vec![b'b'; LEN]).unwrap();
    for target in [other, folder.path().join("none")] {
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        let file = hash_while(&link, || {
            let new = folder.path().join("new link");
            symlink(&target, &new).unwrap();
            fs::rename(&new, &link).unwrap();
        })
        .unwrap();
        assert_eq!(file.hashes, [hash_bytes::<Sha256>(vec![b'a'; LEN])]);
        assert_eq!(file.fingerprint, Fingerprint::of_path(&path).unwrap());
        fs::remove_file(&link).unwrap();
    }
}

#[test]
fn a_link_replaced_by_a_file_is_a_change() {
    let Scene { folder, path } = scene();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    let outcome = hash_while(&link, || {
        fs::remove_file(&link).unwrap();
        fs::write(&link, "b").unwrap();
    });
    assert_changed(&link, &outcome);
}

#[test]
fn what_a_link_leads_to_changed() {
    let Scene { folder, path } = scene();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    let outcome = hash_while(&link, || fs::write(&path, "b").unwrap());
    assert_changed(&link, &outcome);
}
