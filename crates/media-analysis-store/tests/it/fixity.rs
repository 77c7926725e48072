//! Whether a result still holds.

use std::fs;

use media_hash::{Md5, Sha256, Verification, hash_file};
use media_schema::{Lookup, MissReason, NewAnalysis, StoreError};

use crate::{config, content, fresh};

#[test]
fn a_file_is_intact_changed_or_missing() {
    let store = fresh();
    let clip = store.folder.path().join("clip.wav");
    for md5 in [false, true] {
        fs::write(&clip, "first").unwrap();
        let hash = || {
            if md5 {
                hash_file::<Md5>(&clip).unwrap()
            } else {
                hash_file::<Sha256>(&clip).unwrap()
            }
        };
        let expected = hash();
        let new = NewAnalysis::new(&clip, expected.clone(), config("a")).unwrap();
        store.storage.save(&new).unwrap();
        let verify = || store.storage.verify_file(&clip, config("a")).unwrap();

        assert_eq!(verify(), Some(Verification::Intact));
        fs::write(&clip, "other").unwrap();
        let actual = hash();
        assert_eq!(verify(), Some(Verification::Changed { expected, actual }));
        fs::remove_file(&clip).unwrap();
        assert_eq!(verify(), Some(Verification::Missing));
    }
    assert_eq!(store.storage.verify_file(&clip, config("b")).unwrap(), None);
}

#[test]
fn what_cannot_be_verified_says_so() {
    let store = fresh();
    let clip = store.folder.path().join("clip.wav");
    fs::write(&clip, "first").unwrap();
    store
        .storage
        .save(&NewAnalysis::new(&clip, content("first"), config("a")).unwrap())
        .unwrap();
    let set = |hash: &str| {
        store
            .stranger()
            .execute("UPDATE analysis_jobs SET file_hash = ?1", [hash])
            .unwrap();
        store.storage.verify_file(&clip, config("a"))
    };
    for text in ["sha256", ":00", "not-a-hash", "sha256:00"] {
        let error = set(text).unwrap_err();
        assert!(matches!(error, StoreError::Row(_)), "{text}: {error:?}");
        assert!(error.to_string().contains("column file_hash"), "{error}");
    }
    let error = set("md4:00112233").unwrap_err();
    assert!(matches!(error, StoreError::Verify { .. }), "{error:?}");

    // Upper case is the same hash.
    let upper = content("first").as_str().to_uppercase();
    assert_eq!(set(&upper).unwrap(), Some(Verification::Intact));
}

#[test]
fn a_lookup_says_why() {
    let store = fresh();
    let clip = store.folder.path().join("clip.wav");
    fs::write(&clip, "first").unwrap();
    let first = content("first");
    let lookup = |hash| store.storage.lookup(&clip, config("a"), hash).unwrap();

    assert_eq!(lookup(&first), Lookup::Miss(MissReason::New));

    let save = |configured| {
        let new = NewAnalysis::new(&clip, first.clone(), config(configured)).unwrap();
        store.storage.save(&new).unwrap();
    };
    save("b");
    assert_eq!(lookup(&first), Lookup::Miss(MissReason::OtherConfig));

    save("a");
    assert!(lookup(&first).hit().is_some());
    let moved = |hash, configured| {
        let found = store.storage.lookup("/moved.wav", config(configured), hash);
        found.unwrap()
    };
    let from = clip.to_str().unwrap().to_owned();
    assert_eq!(moved(&first, "a"), Lookup::Miss(MissReason::Moved { from }));
    assert_eq!(moved(&first, "c"), Lookup::Miss(MissReason::New));
    assert_eq!(moved(&content("third"), "a"), Lookup::Miss(MissReason::New));

    fs::write(&clip, "other").unwrap();
    let other = content("other");
    let Lookup::Stale { row, actual } = lookup(&other) else {
        panic!("not stale");
    };
    assert_eq!(row.file_hash, first);
    assert_eq!(actual, other);

    let md5 = hash_file::<Md5>(&clip).unwrap();
    assert!(matches!(
        lookup(&md5),
        Lookup::Miss(MissReason::Incomparable { stored }) if stored == first
    ));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_not_a_miss() {
    let store = fresh();
    let folder = store.folder.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let new = NewAnalysis::new(&folder, content("x"), config("a")).unwrap();
    store.storage.save(&new).unwrap();
    let error = store.storage.verify_file(&folder, config("a")).unwrap_err();
    assert!(matches!(error, StoreError::Verify { .. }), "{error:?}");
}
