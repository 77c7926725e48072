//! Pruning.

use std::fs;
use std::num::NonZero;

use media_processing_store::MediaProcessingStorage;
use media_schema::{NewProcessing, ProcessingFilter, Prune, PruneEvent, StoreError, Timestamp};
use media_sqlite::OpenOptions;

use crate::meddled::{Meddled, Moment};
use crate::{at, fresh, job, python_file};

fn prune(storage: &MediaProcessingStorage, prune: &Prune) -> Vec<String> {
    let mut gone = Vec::new();
    storage
        .prune(prune, |event| {
            if let PruneEvent::Goes { row, .. } = event {
                gone.push(row.job_id.clone());
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    gone
}

const MISSING: Prune = Prune {
    older_than: None,
    missing: true,
    keep_latest: None,
    dry_run: false,
};

#[test]
fn a_job_goes_with_its_output_not_with_its_input() {
    let store = fresh();
    let path = |name: &str| store.folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("there"), "").unwrap();
    for (name, input, output) in [
        ("input gone", path("gone"), path("there")),
        ("output gone", path("there"), path("gone-too")),
        ("both gone", path("gone"), path("gone-as-well")),
        ("relative", path("gone"), "relative.wav".to_owned()),
    ] {
        store
            .storage
            .save(&job(name, "cut", &input, &output))
            .unwrap();
    }
    let dry = Prune {
        dry_run: true,
        ..MISSING
    };
    let expected = ["output gone", "both gone"];
    assert_eq!(prune(&store.storage, &dry), expected);
    assert_eq!(
        store.storage.count(&ProcessingFilter::default()).unwrap(),
        4
    );
    assert_eq!(prune(&store.storage, &MISSING), expected);
    assert_eq!(
        store.storage.count(&ProcessingFilter::default()).unwrap(),
        2
    );
}

#[test]
fn the_record_of_where_a_file_came_from_stays_whole() {
    let store = fresh();
    let path = |name: &str| store.folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("final"), "").unwrap();
    // gone-1 → gone-2 → final, which is there; and gone-1 → gone-3 → gone-4.
    for (name, input, output) in [
        ("first", "gone-1", "gone-2"),
        ("second", "gone-2", "final"),
        ("third", "gone-1", "gone-3"),
        ("fourth", "gone-3", "gone-4"),
    ] {
        store
            .storage
            .save(&job(name, "cut", &path(input), &path(output)))
            .unwrap();
    }
    // What was moved is known by its content.
    let moved = store.folder.path().join("moved");
    let hash = crate::content(&path("gone-5"));
    let fifth = job("fifth", "cut", &path("gone-1"), &path("gone-5"));
    let sixth = NewProcessing::new(
        "sixth",
        "cut",
        (moved, hash),
        (path("final"), crate::content("final")),
    );
    store.storage.save_many(&[fifth, sixth.unwrap()]).unwrap();

    assert_eq!(prune(&store.storage, &MISSING), ["fourth"]);
    assert_eq!(prune(&store.storage, &MISSING), ["third"]);
    assert!(prune(&store.storage, &MISSING).is_empty());
}

#[test]
fn a_job_that_is_needed_since_it_was_looked_at_stays() {
    let store = fresh();
    let path = |name: &str| store.folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["one", "two"] {
        let new = job(name, "cut", &path("in"), &path(name));
        store.storage.save(&new).unwrap();
    }
    let reader = job("reader", "cut", &path("one"), &path("end"));
    let database = OpenOptions::new().open(store.path()).unwrap();
    let meddled = Meddled::new(database, 0, |moment| {
        assert_eq!(moment, Moment::Remove);
        store.storage.save(&reader).map(drop).unwrap();
    });
    let storage = MediaProcessingStorage::with_source(meddled).unwrap();
    let mut gone = Vec::new();
    let pruned = storage.prune(&MISSING, |event| {
        if let PruneEvent::Goes { row, .. } = event {
            gone.push(row.job_id.clone());
        }
        // One page: the reader's own row comes in another.
        Err(StoreError::NoCriterion)
    });
    assert!(pruned.is_err());
    assert_eq!(gone, ["two"]);
}

#[test]
fn the_newest_of_each_action_input_and_parameters_stay() {
    let store = fresh();
    let with = |name: &str, action, input, parameters: &str, seconds| {
        let job = job(name, action, input, name);
        let job = if parameters.is_empty() {
            job
        } else {
            job.with_parameters_json(parameters).unwrap()
        };
        store.storage.save(&at(job, seconds)).unwrap();
    };
    with("newest", "cut", "/a", "", 9.0);
    with("oldest", "cut", "/a", "", 1.0);
    with("second", "cut", "/a", "", 8.0);
    with("third", "cut", "/a", "", 7.0);
    with("other parameters", "cut", "/a", "{}", 1.0);
    with("other action", "join", "/a", "", 1.0);
    with("other input", "cut", "/b", "", 1.0);
    let latest = |count| Prune {
        keep_latest: NonZero::new(count),
        ..Prune::default()
    };
    assert_eq!(prune(&store.storage, &latest(2)), ["oldest", "third"]);
    let old = Prune {
        older_than: Timestamp::from_unix_seconds(2.0),
        ..latest(1)
    };
    assert!(prune(&store.storage, &old).is_empty());
    assert_eq!(prune(&store.storage, &latest(1)), ["second"]);
}

#[test]
fn files_of_both_generations_are_pruned() {
    for (generation, expected) in [(1, 4), (2, 4)] {
        let folder = tempfile::tempdir().unwrap();
        let storage = MediaProcessingStorage::open(python_file(folder.path(), generation)).unwrap();
        let old = Prune {
            older_than: Timestamp::from_unix_seconds(1_767_225_618.0),
            ..Prune::default()
        };
        assert_eq!(prune(&storage, &old).len(), expected);
    }
}
