//! Files that hashing must leave alone.

#![cfg(unix)]

use std::fs::{self, hard_link};
use std::os::unix::fs::symlink;
use std::path::Path;

use media_hash::protect::ProtectedFiles;
use media_hash::{
    DynAlgorithm, FileHasher, Fingerprint, HashFileError, Sha256, VerifyError, hash_bytes,
    hash_file, verify_file,
};
use tempfile::tempdir;

fn is_refused(path: &Path) -> bool {
    match hash_file::<Sha256>(path) {
        Ok(_) => false,
        Err(HashFileError::InUse { path: named }) if named == path => true,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_protected_file_is_refused_by_any_name() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("database");
    fs::write(&path, "abc").unwrap();
    let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
    hard_link(&path, &hard).unwrap();
    symlink(&path, &soft).unwrap();
    let other = folder.path().join("other");
    fs::write(&other, "abc").unwrap();

    let guard = ProtectedFiles::register_paths([&path]).unwrap();
    for name in [&path, &hard, &soft] {
        assert!(is_refused(name));
    }
    assert!(!is_refused(&other));
    let error = verify_file(&path, &hash_bytes::<Sha256>("abc")).unwrap_err();
    assert!(matches!(
        error,
        VerifyError::File(HashFileError::InUse { .. })
    ));
    drop(guard);
    for name in [&path, &hard, &soft] {
        assert!(!is_refused(name));
    }
}

#[test]
fn each_guard_counts() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("database");
    fs::write(&path, "").unwrap();
    let fingerprint = Fingerprint::of_path(&path).unwrap();
    let one = ProtectedFiles::register_paths([&path, &folder.path().join("none")]).unwrap();
    let two = ProtectedFiles::register([fingerprint, fingerprint]);
    drop(one);
    assert!(is_refused(&path));
    drop(two);
    assert!(!is_refused(&path));
}

#[test]
fn a_path_that_cannot_be_looked_up_is_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("database");
    fs::write(&path, "").unwrap();
    let circle = folder.path().join("circle");
    symlink(&circle, &circle).unwrap();
    let error = ProtectedFiles::register_paths([&path, &circle]).unwrap_err();
    assert_eq!(error.path, circle);
    assert!(!is_refused(&path));
}

/// The locks of this process on a file, as the system lists them.
#[cfg(target_os = "linux")]
fn has_lock(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let inode = format!(":{} ", fs::metadata(path).unwrap().ino());
    let locks = fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| line.contains(&inode))
}

#[cfg(target_os = "linux")]
#[test]
fn locks_outlive_hashing_only_under_protection() {
    use rustix::fs::{FlockOperation, fcntl_lock};

    let folder = tempdir().unwrap();
    let path = folder.path().join("database");
    fs::write(&path, vec![0; 1024 * 1024]).unwrap();
    let database = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let lock = || fcntl_lock(&database, FlockOperation::NonBlockingLockExclusive).unwrap();

    lock();
    assert!(has_lock(&path));
    hash_file::<Sha256>(&path).unwrap();
    assert!(!has_lock(&path), "closing any descriptor drops the locks");

    lock();
    let guard = ProtectedFiles::register_paths([&path]).unwrap();
    assert!(is_refused(&path));
    assert!(has_lock(&path));
    drop(guard);

    // Opened and locked by its owner while it was being hashed.
    let guard = std::sync::OnceLock::new();
    let protect = |_| {
        guard.get_or_init(|| ProtectedFiles::register_paths([&path]).unwrap());
    };
    FileHasher::new(&[DynAlgorithm::of::<Sha256>()])
        .progress(&protect)
        .hash(&path)
        .unwrap();
    assert!(has_lock(&path));
}

#[test]
fn a_file_made_later_with_the_number_of_one_that_went_is_free() {
    let folder = tempdir().unwrap();
    let [side, other] = ["side", "other"].map(|name| folder.path().join(name));
    fs::write(&side, "log").unwrap();
    let _guard = ProtectedFiles::register_paths([&side]).unwrap();
    hash_file::<Sha256>(&side).unwrap_err();
    // Renamed, it keeps its number and is no longer where it was protected: as
    // a new file would that was given the number of one deleted.
    fs::rename(&side, &other).unwrap();
    hash_file::<Sha256>(&other).unwrap();
}
