//! Hashes of files that are remembered along with a result.

use media_hash::Fingerprint;
use media_schema::{
    AnalysisBackend as _, Backend as _, LearntHashes, ProcessingBackend as _, StoreError,
};

use crate::samples::{analyses, analysis, get_analysis, get_job, hash, job};
use crate::support::fresh;

fn learnt(inode: u64, content: &str) -> LearntHashes {
    LearntHashes {
        fingerprint: Fingerprint {
            size: 1,
            mtime_ns: 2,
            ctime_ns: 3,
            inode,
            device: 4,
        },
        hashes: vec![hash(content)],
    }
}

#[test]
fn hashes_are_remembered_along_with_a_result() {
    let Some(fresh) = fresh() else { return };
    let database = &fresh.database;
    let (a, b) = (learnt(1, "a"), learnt(2, "b"));
    let remembered = |learnt: &LearntHashes| {
        database
            .remembered_hash(&learnt.fingerprint, "sha256")
            .unwrap()
    };
    database
        .save_and_get(&analysis("/a", "a", 1.0), &[a.clone(), a.clone()], None)
        .unwrap();
    database
        .record_and_get(&job("a", "/a", "/b", 1.0), &[a.clone(), b.clone()], None)
        .unwrap();
    assert_eq!(remembered(&a), Some(hash("a")));
    assert_eq!(remembered(&b), Some(hash("b")));
    // What is refused remembers nothing.
    let c = learnt(3, "c");
    let error = database
        .record_and_get(&job("a", "/a", "/c", 1.0), std::slice::from_ref(&c), None)
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert_eq!(remembered(&c), None);
}

#[test]
fn a_result_is_saved_though_nothing_can_be_remembered() {
    let Some(fresh) = fresh() else { return };
    let database = &fresh.database;
    analyses(database).save(&analysis("/a", "a", 1.0)).unwrap();
    fresh.run("DROP TABLE file_hashes");
    let learnt = [learnt(1, "a")];
    let (row, _) = database
        .save_and_get(&analysis("/a", "b", 2.0), &learnt, None)
        .unwrap();
    assert_eq!(get_analysis(database, "/a"), Some(row));
    let new = job("a", "/a", "/b", 1.0);
    let (row, _) = database.record_and_get(&new, &learnt, None).unwrap();
    assert_eq!(get_job(database, "a"), Some(row));
    let error = database.record_and_get(&new, &learnt, None).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}
