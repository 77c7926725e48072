//! Remembered hashes of files that lie still.

use media_hash::{ContentHash, Fingerprint, HashCache, Md5, hash_bytes};
use media_schema::{
    AnalysisBackend, Backend, BackendHashCache, DeferredHashCache, LearntHashes, ProcessingBackend,
    StoreError,
};

use crate::samples::{analysis, counts, job, noise, sha};
use crate::{Fixture, Suite};

fn fingerprint() -> Fingerprint {
    Fingerprint {
        size: 123,
        mtime_ns: 1_767_225_602_123_456_789,
        ctime_ns: -1,
        inode: 42,
        device: 7,
    }
}

fn learnt(fingerprint: Fingerprint, hashes: &[ContentHash]) -> LearntHashes {
    LearntHashes {
        fingerprint,
        hashes: hashes.to_vec(),
    }
}

/// A hash is remembered for exactly the fingerprint that it was learnt with.
pub fn for_exactly_that_fingerprint<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let known = fingerprint();
    assert_eq!(backend.remembered_hash(&known, "sha256").unwrap(), None);
    backend
        .remember_hashes(&[learnt(known, &[sha("a")])])
        .unwrap();
    for backend in [&backend, &place.open()] {
        let found = backend.remembered_hash(&known, "sha256").unwrap();
        assert_eq!(found, Some(sha("a")));
        assert_eq!(backend.remembered_hash(&known, "md5").unwrap(), None);
        let others: [fn(&mut Fingerprint); 5] = [
            |other| other.size += 1,
            |other| other.mtime_ns += 1,
            |other| other.ctime_ns += 1,
            |other| other.inode += 1,
            |other| other.device += 1,
        ];
        for alter in others {
            let mut other = known;
            alter(&mut other);
            let found = backend.remembered_hash(&other, "sha256").unwrap();
            assert_eq!(found, None, "{other:?}");
        }
    }
}

/// Several algorithms are remembered side by side, and each gives way to what
/// is learnt later.
pub fn several_algorithms_and_replaced<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let (known, md5) = (fingerprint(), hash_bytes::<Md5>("a"));
    let both = learnt(known, &[sha("a"), md5.clone()]);
    backend
        .remember_hashes(std::slice::from_ref(&both))
        .unwrap();
    backend.remember_hashes(&[both]).unwrap();
    backend
        .remember_hashes(&[learnt(known, &[sha("b")])])
        .unwrap();
    let remembered = |fingerprint: &Fingerprint, algorithm: &str| {
        backend.remembered_hash(fingerprint, algorithm).unwrap()
    };
    assert_eq!(remembered(&known, "sha256"), Some(sha("b")));
    assert_eq!(remembered(&known, "md5"), Some(md5));
    // The same file, written to.
    let mut later = known;
    (later.size, later.mtime_ns) = (124, later.mtime_ns + 5);
    backend
        .remember_hashes(&[learnt(later, &[sha("c")])])
        .unwrap();
    assert_eq!(remembered(&later, "sha256"), Some(sha("c")));
    assert_ne!(remembered(&known, "sha256"), Some(sha("c")));
}

/// Numbers may be as large and as small as their types allow.
pub fn extreme_fingerprints<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let least = Fingerprint {
        size: 0,
        mtime_ns: i64::MIN,
        ctime_ns: i64::MIN,
        inode: 0,
        device: 0,
    };
    let most = Fingerprint {
        size: u64::MAX,
        mtime_ns: i64::MAX,
        ctime_ns: i64::MAX,
        inode: u64::MAX,
        device: u64::MAX,
    };
    let long: ContentHash = format!("own:{}", noise(6_000)).parse().unwrap();
    let all = [
        learnt(least, &[sha("a")]),
        learnt(most, &[sha("b"), long.clone()]),
    ];
    backend.remember_hashes(&all).unwrap();
    let remembered = |fingerprint: &Fingerprint, algorithm: &str| {
        backend.remembered_hash(fingerprint, algorithm).unwrap()
    };
    assert_eq!(remembered(&least, "sha256"), Some(sha("a")));
    assert_eq!(remembered(&most, "sha256"), Some(sha("b")));
    assert_eq!(remembered(&most, "own"), Some(long));
}

/// Nothing at all, files without hashes, many files and one file twice can be
/// remembered at once.
pub fn many_at_once<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    backend.remember_hashes(&[]).unwrap();
    backend
        .remember_hashes(&[learnt(fingerprint(), &[])])
        .unwrap();
    let file = |inode: u64| Fingerprint {
        inode,
        ..fingerprint()
    };
    let mut all: Vec<_> = (0..1_000_u64)
        .map(|inode| learnt(file(inode), &[sha(&inode.to_string())]))
        .collect();
    all.push(learnt(file(5), &[sha("later")]));
    backend.remember_hashes(&all).unwrap();
    for (inode, content) in [(0, "0"), (999, "999"), (5, "later")] {
        let found = backend.remembered_hash(&file(inode), "sha256").unwrap();
        assert_eq!(found, Some(sha(content)));
    }
}

/// What was learnt of files is remembered with the row that is saved.
pub fn with_a_row_that_is_saved<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let other = Fingerprint {
        inode: 43,
        ..fingerprint()
    };
    let new = analysis("/a", "a", "x");
    let known = [learnt(fingerprint(), &[sha("a")])];
    backend.save_and_get(&new, &known, None).unwrap();
    let new = job("j", "cut", "a", "b");
    let known = [learnt(other, &[sha("b")])];
    backend.record_and_get(&new, &known, None).unwrap();
    assert_eq!(counts(&backend), (1, 1));
    let remembered = |of: &Fingerprint| backend.remembered_hash(of, "sha256").unwrap();
    assert_eq!(remembered(&fingerprint()), Some(sha("a")));
    assert_eq!(remembered(&other), Some(sha("b")));
}

/// Behind the cache that hashing files asks, a backend answers the same. What
/// is put there for one call is kept when it is flushed, and not before.
pub fn behind_a_cache<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let known = fingerprint();
    let cache = BackendHashCache::new(&backend);
    let deferred = DeferredHashCache::new(&backend);
    deferred.put(&known, &[sha("a")]);
    assert_eq!(deferred.get(&known, "sha256"), Some(sha("a")));
    assert_eq!(cache.get(&known, "sha256"), None);
    deferred.flush();
    assert_eq!(cache.get(&known, "sha256"), Some(sha("a")));
    cache.put(&known, &[sha("b")]);
    assert_eq!(deferred.get(&known, "sha256"), Some(sha("b")));
    assert_eq!(cache.get(&known, "md5"), None);
}

/// A database that takes no writes tells what it remembers, and refuses to
/// learn.
pub fn read_only_it_does_not_learn<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let known = learnt(fingerprint(), &[sha("a")]);
    backend
        .remember_hashes(std::slice::from_ref(&known))
        .unwrap();
    let reader = place.open_read_only();
    let found = reader.remembered_hash(&fingerprint(), "sha256").unwrap();
    assert_eq!(found, Some(sha("a")));
    let error = reader.remember_hashes(&[known]).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}
