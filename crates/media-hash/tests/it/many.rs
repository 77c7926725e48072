//! Many files at once.

use std::fs;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use media_hash::{DynAlgorithm, FileHasher, HashFileError, Md5, Sha256, hash_bytes};
use tempfile::{TempDir, tempdir};

const SHA256: [DynAlgorithm; 1] = [DynAlgorithm::of::<Sha256>()];

fn folder_of(count: usize) -> (TempDir, Vec<PathBuf>) {
    let folder = tempdir().unwrap();
    let paths = (0..count)
        .map(|n| {
            let path = folder.path().join(format!("{n}"));
            fs::write(&path, content(n)).unwrap();
            path
        })
        .collect();
    (folder, paths)
}

/// Some are long, so that those after them are done first.
fn content(n: usize) -> String {
    n.to_string()
        .repeat(if n.is_multiple_of(17) { 300_000 } else { 1 })
}

fn threads(count: usize) -> NonZero<usize> {
    NonZero::new(count).unwrap()
}

#[test]
fn outcomes_come_in_the_order_of_the_paths() {
    let (_folder, mut paths) = folder_of(100);
    // Named twice, hashed twice.
    paths.extend(paths.clone());
    let total: u64 = paths
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    for count in [1, 2, 7, 500] {
        let read = AtomicU64::new(0);
        let progress = |bytes| {
            read.fetch_add(bytes, Ordering::Relaxed);
        };
        let mut seen = Vec::new();
        FileHasher::new(&SHA256)
            .threads(threads(count))
            .progress(&progress)
            .hash_each(&paths, |path, outcome| seen.push((path, outcome.unwrap())));
        assert_eq!(seen.len(), paths.len());
        for (n, (path, file)) in seen.iter().enumerate() {
            assert_eq!(**path, paths[n]);
            assert_eq!(file.hashes, [hash_bytes::<Sha256>(content(n % 100))]);
        }
        assert_eq!(read.into_inner(), total);
    }
}

#[test]
fn no_paths_no_outcomes() {
    let outcomes = FileHasher::new(&SHA256).hash_all(Vec::<PathBuf>::new());
    assert!(outcomes.is_empty());
}

#[test]
fn a_bad_file_does_not_stop_the_others() {
    let (folder, mut paths) = folder_of(20);
    paths.insert(0, folder.path().join("missing"));
    paths.insert(10, folder.path().to_owned());
    let algorithms = [DynAlgorithm::of::<Md5>(), DynAlgorithm::of::<Sha256>()];
    let outcomes = FileHasher::new(&algorithms).hash_all(&paths);
    assert_eq!(outcomes.len(), 22);
    for (n, outcome) in outcomes.iter().enumerate() {
        match (n, outcome) {
            (0, Err(HashFileError::NotFound { path, .. }))
            | (10, Err(HashFileError::NotRegular { path, .. })) => assert_eq!(*path, paths[n]),
            (_, Ok(file)) => {
                let content = fs::read(&paths[n]).unwrap();
                let hashes = [hash_bytes::<Md5>(&content), hash_bytes::<Sha256>(&content)];
                assert_eq!(file.hashes, hashes);
            }
            (_, Err(error)) => panic!("{error}"),
        }
    }
}

#[test]
fn after_a_cancel_the_rest_is_cancelled() {
    let (_folder, paths) = folder_of(200);
    let cancel = AtomicBool::new(false);
    let mut hashed = 0;
    let mut cancelled = 0;
    FileHasher::new(&SHA256)
        .threads(threads(2))
        .cancel(&cancel)
        .hash_each(&paths, |path, outcome| match outcome {
            Ok(_) => {
                hashed += 1;
                cancel.store(hashed >= 5, Ordering::Relaxed);
            }
            Err(HashFileError::Cancelled { path: named }) => {
                assert_eq!(named, *path);
                cancelled += 1;
            }
            Err(error) => panic!("{error}"),
        });
    assert_eq!(hashed + cancelled, 200);
    assert!(hashed >= 5 && cancelled > 100, "{hashed} {cancelled}");
}

/// The first file is held up until no further path is taken.
fn most_taken_ahead(threads_count: usize, held_until: usize) -> usize {
    const FIRST_LEN: usize = 12_345;
    let (_folder, files) = folder_of(2);
    // Progress tells lengths, so that is what tells the first file.
    fs::write(&files[0], vec![0; FIRST_LEN]).unwrap();
    let taken = AtomicUsize::new(0);
    let progress = |bytes| {
        if bytes == FIRST_LEN as u64 {
            while taken.load(Ordering::Relaxed) < held_until {
                std::thread::yield_now();
            }
        }
    };
    let paths = (1..=10_000).map(|n| {
        taken.store(n, Ordering::Relaxed);
        &files[usize::from(n > 1)]
    });
    let mut delivered = 0;
    let mut most_ahead = 0;
    FileHasher::new(&SHA256)
        .threads(threads(threads_count))
        .progress(&progress)
        .hash_each(paths, |_, outcome| {
            outcome.unwrap();
            most_ahead = most_ahead.max(taken.load(Ordering::Relaxed) - delivered);
            delivered += 1;
        });
    assert_eq!(delivered, 10_000);
    most_ahead
}

#[test]
fn paths_are_taken_as_they_are_needed() {
    assert_eq!(most_taken_ahead(1, 4), 4);
}

#[test]
fn results_wait_in_bounded_memory() {
    assert_eq!(most_taken_ahead(2, 4096), 4096);
}

#[test]
fn a_panic_is_handed_on() {
    let (_folder, paths) = folder_of(50);
    let hasher = FileHasher::new(&SHA256).threads(threads(2));
    let of_progress = catch_unwind(AssertUnwindSafe(|| {
        hasher.progress(&|_| panic!("progress")).hash_all(&paths)
    }));
    assert_eq!(of_progress.unwrap_err().downcast_ref(), Some(&"progress"));
    let of_caller = catch_unwind(AssertUnwindSafe(|| {
        hasher.hash_each(&paths, |_, _| panic!("each"));
    }));
    assert_eq!(of_caller.unwrap_err().downcast_ref(), Some(&"each"));
    let of_paths = catch_unwind(AssertUnwindSafe(|| {
        let paths = paths.iter().enumerate();
        let paths = paths.map(|(n, path)| if n < 5 { path } else { panic!("paths") });
        hasher.hash_all(paths)
    }));
    assert_eq!(of_paths.unwrap_err().downcast_ref(), Some(&"paths"));
}
