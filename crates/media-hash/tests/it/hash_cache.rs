//! Files that lie still are not read again; files that could have changed are.

#![cfg(unix)]

use std::collections::HashMap;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use media_hash::{
    ContentHash, DynAlgorithm, FileHasher, Fingerprint, HashCache, HashedFile, Md5, Sha256,
    hash_bytes,
};
use tempfile::{TempDir, tempdir};

#[derive(Default)]
struct Memory(Mutex<HashMap<(Fingerprint, String), ContentHash>>);

impl HashCache for Memory {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        let key = (*fingerprint, algorithm.to_owned());
        self.0.lock().unwrap().get(&key).cloned()
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        let mut known = self.0.lock().unwrap();
        for hash in hashes {
            known.insert((*fingerprint, hash.algorithm().to_owned()), hash.clone());
        }
    }
}

struct Scene {
    folder: TempDir,
    path: PathBuf,
    cache: Memory,
}

/// A file that lies still, hashed once.
fn scene() -> Scene {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "first").unwrap();
    let scene = Scene {
        folder,
        path,
        cache: Memory::default(),
    };
    settle(&scene.path);
    assert!(!scene.hash(&scene.path).is_cached);
    scene
}

/// Waits until the file system's clock has left the file's times behind.
fn settle(path: &Path) {
    let fingerprint = Fingerprint::of_path(path).unwrap();
    while !fingerprint.is_settled(SystemTime::now()) {
        std::thread::yield_now();
    }
}

impl Scene {
    fn hash(&self, path: &Path) -> HashedFile {
        FileHasher::new(&[DynAlgorithm::of::<Sha256>()])
            .cache(&self.cache)
            .hash(path)
            .unwrap()
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn restore_mtime(path: &Path, mtime: SystemTime) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(mtime))
        .unwrap();
}

#[test]
fn a_file_that_lies_still_is_read_once() {
    let scene = scene();
    for _ in 0..3 {
        let again = scene.hash(&scene.path);
        assert!(again.is_cached);
        assert_eq!(again.bytes_read(), 0);
        assert_eq!(again.hashes, [hash_bytes::<Sha256>("first")]);
    }
    // By other names of the same file too.
    let [hard, soft] = ["hard", "soft"].map(|name| scene.beside(name));
    symlink(&scene.path, &soft).unwrap();
    assert!(scene.hash(&soft).is_cached);
    fs::hard_link(&scene.path, &hard).unwrap();
    assert_eq!(scene.hash(&hard).hashes, [hash_bytes::<Sha256>("first")]);
}

#[test]
fn whatever_happens_to_a_file_the_answer_is_right() {
    type Change = fn(&Scene) -> &'static str;
    let changes: [(&str, Change); 9] = [
        ("edited in place, size kept, mtime restored", |scene| {
            let mtime = fs::metadata(&scene.path).unwrap().modified().unwrap();
            let file = OpenOptions::new().write(true).open(&scene.path).unwrap();
            file.write_all_at(b"other", 0).unwrap();
            restore_mtime(&scene.path, mtime);
            "other"
        }),
        ("replaced by rename, size and mtime the same", |scene| {
            let mtime = fs::metadata(&scene.path).unwrap().modified().unwrap();
            let new = scene.beside("new");
            fs::write(&new, "other").unwrap();
            restore_mtime(&new, mtime);
            fs::rename(&new, &scene.path).unwrap();
            "other"
        }),
        ("truncated", |scene| {
            File::options()
                .write(true)
                .open(&scene.path)
                .unwrap()
                .set_len(2)
                .unwrap();
            "fi"
        }),
        ("appended to", |scene| {
            fs::write(&scene.path, "first and more").unwrap();
            "first and more"
        }),
        ("edited through a hard link", |scene| {
            let link = scene.beside("hard");
            fs::hard_link(&scene.path, &link).unwrap();
            fs::write(link, "other").unwrap();
            "other"
        }),
        ("now a link to another file", |scene| {
            let target = scene.beside("target");
            fs::write(&target, "other").unwrap();
            fs::remove_file(&scene.path).unwrap();
            symlink(target, &scene.path).unwrap();
            "other"
        }),
        ("a copy of another file in its place", |scene| {
            let source = scene.beside("source");
            fs::write(&source, "other").unwrap();
            fs::copy(source, &scene.path).unwrap();
            "other"
        }),
        ("moved away and back across folders", |scene| {
            let folder = scene.beside("folder");
            fs::create_dir(&folder).unwrap();
            fs::rename(&scene.path, folder.join("file")).unwrap();
            fs::rename(folder.join("file"), &scene.path).unwrap();
            "first"
        }),
        ("mtime set back by hand", |scene| {
            restore_mtime(&scene.path, SystemTime::UNIX_EPOCH);
            "first"
        }),
    ];
    for (name, change) in changes {
        for still in [false, true] {
            let scene = scene();
            let content = change(&scene);
            if still {
                settle(&scene.path);
            }
            // Twice: what the first one remembers is right too.
            for _ in 0..2 {
                let hashed = scene.hash(&scene.path);
                assert_eq!(hashed.hashes, [hash_bytes::<Sha256>(content)], "{name}");
            }
        }
    }
}

#[test]
fn a_link_that_is_pointed_elsewhere_is_followed() {
    let scene = scene();
    let [link, other] = ["link", "other"].map(|name| scene.beside(name));
    symlink(&scene.path, &link).unwrap();
    fs::write(&other, "other").unwrap();
    assert_eq!(scene.hash(&link).hashes, [hash_bytes::<Sha256>("first")]);
    fs::remove_file(&link).unwrap();
    symlink(&other, &link).unwrap();
    assert_eq!(scene.hash(&link).hashes, [hash_bytes::<Sha256>("other")]);
}

#[test]
fn every_algorithm_must_be_known() {
    let scene = scene();
    let both = [DynAlgorithm::of::<Sha256>(), DynAlgorithm::of::<Md5>()];
    let hash = || {
        FileHasher::new(&both)
            .cache(&scene.cache)
            .hash(&scene.path)
            .unwrap()
    };
    assert!(!hash().is_cached);
    let known = hash();
    assert!(known.is_cached);
    assert_eq!(
        known.hashes,
        [hash_bytes::<Sha256>("first"), hash_bytes::<Md5>("first")]
    );
}

#[test]
fn what_is_settled() {
    const SECOND: i64 = 1_000_000_000;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    let settled = |ctime_ns, mtime_ns| {
        let fingerprint = Fingerprint {
            size: 1,
            mtime_ns,
            ctime_ns,
            inode: 1,
            device: 1,
        };
        fingerprint.is_settled(now)
    };
    for (ctime_ns, mtime_ns, expected) in [
        (900 * SECOND + 1, 900 * SECOND, true),
        // Within the grain of a clock with fractions of a second.
        (1000 * SECOND - 49_999_999, 900 * SECOND, false),
        (1000 * SECOND - 50_000_001, 900 * SECOND, true),
        (900 * SECOND + 1, 1000 * SECOND - 1, false),
        // Whole seconds: a coarse clock.
        (999 * SECOND, 900 * SECOND, false),
        (997 * SECOND, 900 * SECOND, true),
        // From the future.
        (1001 * SECOND + 1, 900 * SECOND, false),
        (900 * SECOND + 1, 2000 * SECOND, false),
    ] {
        assert_eq!(
            settled(ctime_ns, mtime_ns),
            expected,
            "{ctime_ns} {mtime_ns}"
        );
    }
    let old = scene();
    let fingerprint = Fingerprint::of_path(&old.path).unwrap();
    assert!(!fingerprint.is_settled(SystemTime::UNIX_EPOCH - Duration::from_secs(1)));
}
