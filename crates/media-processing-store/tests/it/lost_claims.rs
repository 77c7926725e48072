//! A claim that is lost while its holder makes an output. That shows when the
//! job is recorded, with the output in its place.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;

use media_processing_store::{
    MediaProcessingStorage, Outcome, ProcessError, ProcessOptions, Processed, Reason,
};
use media_schema::{ProcessingBackend, StoreError};
use media_sqlite::OpenOptions;
use serde_json::json;

use crate::meddled::{Meddled, Moment};
use crate::process::recipe;
use crate::{Fresh, fresh};

fn ask<B: ProcessingBackend + Sync>(
    storage: &MediaProcessingStorage<B>,
    [input, output]: [&Path; 2],
    force: bool,
    text: &str,
) -> Result<Processed, ProcessError<io::Error>> {
    let options = ProcessOptions {
        force,
        ..ProcessOptions::default()
    };
    let parameters = json!({});
    storage.get_or_process_with(&recipe(input, output, &parameters), options, |_, output| {
        fs::write(output, text)
    })
}

/// The store of somebody who loses so many claims, and what is done each time.
fn losing<'m>(
    store: &Fresh,
    to_lose: u32,
    meanwhile: impl Fn() + Sync + 'm,
) -> MediaProcessingStorage<Meddled<impl Fn(Moment) + Sync + 'm>> {
    let database = OpenOptions::new().open(store.path()).unwrap();
    let meddled = Meddled::new(database, to_lose, move |moment| {
        assert_eq!(moment, Moment::ClaimLost);
        meanwhile();
    });
    MediaProcessingStorage::with_source(meddled).unwrap()
}

/// The same, where what is saved by such a claim is saved all the same.
fn losing_answers<'m>(
    store: &Fresh,
    meanwhile: impl Fn() + Sync + 'm,
) -> MediaProcessingStorage<Meddled<impl Fn(Moment) + Sync + 'm>> {
    let database = OpenOptions::new().open(store.path()).unwrap();
    let meddled = Meddled::new(database, u32::MAX, move |_| meanwhile()).saving_first();
    MediaProcessingStorage::with_source(meddled).unwrap()
}

fn not_recorded(error: ProcessError<io::Error>) -> StoreError {
    match error {
        ProcessError::NotRecorded { source, .. } => *source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_output_is_recorded_by_a_later_claim() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let storage = losing(&store, 2, || {});
    let made = ask(&storage, [&input, &output], false, "ours").unwrap();
    assert_eq!(made.outcome, Outcome::Made(Reason::New));
    assert_eq!(store.jobs(), 1);
    let again = ask(&store.storage, [&input, &output], false, "theirs").unwrap();
    assert_eq!((again.outcome, again.row), (Outcome::Reused, made.row));
}

#[test]
fn what_another_made_at_the_same_place_is_the_answer() {
    for text in ["ours", "theirs"] {
        let store = fresh();
        let (input, output) = (store.input(), store.at("out.txt"));
        let paths = [input.as_path(), output.as_path()];
        let storage = losing(&store, 1, || {
            let theirs = ask(&store.storage, paths, false, text).unwrap();
            assert_eq!(theirs.outcome, Outcome::Made(Reason::New));
        });
        let answer = ask(&storage, paths, false, "ours").unwrap();
        assert_eq!(answer.outcome, Outcome::Reused);
        assert_eq!(fs::read_to_string(&output).unwrap(), text);
        assert_eq!(store.jobs(), 1);
        let verified = store.storage.verify_output(&answer.row.job_id).unwrap();
        assert!(verified.unwrap().is_intact());
    }
}

#[test]
fn what_another_made_elsewhere_leaves_ours_as_it_is() {
    let store = fresh();
    let (input, output, other) = (store.input(), store.at("out.txt"), store.at("other.txt"));
    let storage = losing(&store, 1, || {
        ask(&store.storage, [&input, &other], false, "theirs")
            .map(drop)
            .unwrap();
    });
    let answer = ask(&storage, [&input, &output], false, "ours").unwrap();
    assert_eq!(answer.outcome, Outcome::Made(Reason::New));
    assert_eq!(fs::read_to_string(&output).unwrap(), "ours");
    assert_eq!(store.jobs(), 2);
}

#[test]
fn a_forced_output_is_recorded_if_it_is_still_there() {
    for (theirs, outcome) in [
        ("ours", Outcome::Made(Reason::Forced)),
        ("theirs", Outcome::Reused),
    ] {
        let store = fresh();
        let (input, output) = (store.input(), store.at("out.txt"));
        let paths = [input.as_path(), output.as_path()];
        let storage = losing(&store, 1, || {
            ask(&store.storage, paths, true, theirs).map(drop).unwrap();
        });
        let answer = ask(&storage, paths, true, "ours").unwrap();
        assert_eq!(answer.outcome, outcome);
        let verified = store.storage.verify_output(&answer.row.job_id).unwrap();
        assert!(verified.unwrap().is_intact());
    }
}

#[test]
fn an_output_that_nobody_recorded_is_not_taken_for_ours() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let storage = losing(&store, 1, || fs::write(&output, "theirs").unwrap());
    let error = ask(&storage, [&input, &output], false, "ours").unwrap_err();
    let source = not_recorded(error);
    assert!(matches!(source, StoreError::ClaimLost { .. }), "{source:?}");
    assert_eq!(store.jobs(), 0);
}

#[test]
fn a_claim_that_is_lost_each_time_is_an_error() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let storage = losing(&store, u32::MAX, || {});
    let error = ask(&storage, [&input, &output], false, "ours").unwrap_err();
    assert!(error.source().is_some());
    let source = not_recorded(error);
    assert!(matches!(source, StoreError::ClaimLost { .. }), "{source:?}");
    assert_eq!(store.jobs(), 0);
    // Nothing is left locked.
    assert!(ask(&store.storage, [&input, &output], false, "ours").is_ok());
}

#[test]
fn a_copy_is_recorded_by_a_later_claim() {
    let store = fresh();
    let (input, output, copy) = (store.input(), store.at("out.txt"), store.at("copy.txt"));
    ask(&store.storage, [&input, &output], false, "ours").unwrap();
    let storage = losing(&store, 1, || {});
    let answer = ask(&storage, [&input, &copy], false, "never").unwrap();
    let from = output.to_str().unwrap().to_owned();
    assert_eq!(answer.outcome, Outcome::Copied { from });
    assert_eq!(fs::read_to_string(&copy).unwrap(), "ours");
    assert_eq!(store.jobs(), 2);
}

#[test]
fn a_job_that_was_saved_before_the_connection_broke_is_ours() {
    for (force, reason) in [(false, Reason::New), (true, Reason::Forced)] {
        let store = fresh();
        let (input, output) = (store.input(), store.at("out.txt"));
        // It is seen before anybody else is waited for.
        let storage = losing_answers(&store, || panic!("claimed once more"));
        let made = ask(&storage, [&input, &output], force, "ours").unwrap();
        assert_eq!(made.outcome, Outcome::Made(reason));
        assert_eq!(store.jobs(), 1);
        let again = ask(&store.storage, [&input, &output], false, "theirs").unwrap();
        assert_eq!((again.outcome, again.row), (Outcome::Reused, made.row));
    }
}

#[test]
fn a_copy_that_was_saved_before_the_connection_broke_is_one() {
    let store = fresh();
    let (input, output, copy) = (store.input(), store.at("out.txt"), store.at("copy.txt"));
    ask(&store.storage, [&input, &output], false, "ours").unwrap();
    let storage = losing_answers(&store, || {});
    let answer = ask(&storage, [&input, &copy], false, "never").unwrap();
    let from = output.to_str().unwrap().to_owned();
    assert_eq!(answer.outcome, Outcome::Copied { from });
    assert_eq!(store.jobs(), 2);
}
