//! A claim that is lost while its holder computes: what was computed is not
//! thrown away, and what another saved meanwhile is the answer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use media_analysis_store::{
    Analysis, AnalyzeError, AnalyzeOptions, Analyzed, MediaAnalysisStorage, Outcome,
};
use media_schema::{AnalysisBackend, AnalysisFilter, MissReason, StoreError};
use media_sqlite::OpenOptions;
use serde_json::json;

use crate::meddled::{Meddled, Moment};
use crate::{Fresh, fresh, speech};

fn clip(store: &Fresh) -> PathBuf {
    let clip = store.folder.path().join("clip.wav");
    fs::write(&clip, "first").unwrap();
    clip
}

fn ask<B: AnalysisBackend + Sync>(
    storage: &MediaAnalysisStorage<B>,
    clip: &Path,
    force: bool,
    end: f64,
) -> Result<Analyzed, AnalyzeError<io::Error>> {
    let options = AnalyzeOptions {
        force,
        ..AnalyzeOptions::default()
    };
    storage.get_or_analyze_with(clip, "a", options, |_| {
        Ok(Analysis {
            ranges: vec![speech(0.0, end)],
            metadata: json!({}),
        })
    })
}

/// The store of somebody who loses so many claims, and what is done each time.
fn losing<'m>(
    store: &Fresh,
    to_lose: u32,
    meanwhile: impl Fn() + Sync + 'm,
) -> MediaAnalysisStorage<Meddled<impl Fn(Moment) + Sync + 'm>> {
    let database = OpenOptions::new().open(store.path()).unwrap();
    let meddled = Meddled::new(database, to_lose, move |moment| {
        assert_eq!(moment, Moment::ClaimLost);
        meanwhile();
    });
    MediaAnalysisStorage::with_source(meddled).unwrap()
}

/// The same, where what is saved by such a claim is saved all the same.
fn losing_answers<'m>(
    store: &Fresh,
    meanwhile: impl Fn() + Sync + 'm,
) -> MediaAnalysisStorage<Meddled<impl Fn(Moment) + Sync + 'm>> {
    let database = OpenOptions::new().open(store.path()).unwrap();
    let meddled = Meddled::new(database, 1, move |_| meanwhile()).saving_first();
    MediaAnalysisStorage::with_source(meddled).unwrap()
}

fn rows(store: &Fresh) -> u64 {
    store.storage.count(&AnalysisFilter::default()).unwrap()
}

#[test]
fn a_result_is_saved_by_a_later_claim() {
    let store = fresh();
    let clip = clip(&store);
    let lost = AtomicU32::new(0);
    let storage = losing(&store, 2, || {
        lost.fetch_add(1, Ordering::Relaxed);
    });
    let answer = ask(&storage, &clip, false, 1.0).unwrap();
    assert_eq!(answer.outcome, Outcome::Computed(MissReason::New));
    assert_eq!(answer.row.time_ranges().unwrap(), [speech(0.0, 1.0)]);
    assert_eq!(lost.load(Ordering::Relaxed), 2);
    let again = ask(&store.storage, &clip, false, 2.0).unwrap();
    assert_eq!((again.outcome, again.row), (Outcome::Cached, answer.row));
}

#[test]
fn what_another_saved_meanwhile_is_the_answer() {
    let store = fresh();
    let clip = clip(&store);
    let storage = losing(&store, 1, || {
        ask(&store.storage, &clip, false, 2.0).map(drop).unwrap();
    });
    let answer = ask(&storage, &clip, false, 1.0).unwrap();
    assert_eq!(answer.outcome, Outcome::Cached);
    assert_eq!(answer.row.time_ranges().unwrap(), [speech(0.0, 2.0)]);
    assert_eq!(rows(&store), 1);
}

#[test]
fn a_forced_result_replaces_what_another_saved_meanwhile() {
    let store = fresh();
    let clip = clip(&store);
    let storage = losing(&store, 1, || {
        ask(&store.storage, &clip, false, 2.0).map(drop).unwrap();
    });
    let answer = ask(&storage, &clip, true, 1.0).unwrap();
    assert_eq!(answer.outcome, Outcome::Computed(MissReason::Forced));
    assert_eq!(answer.row.time_ranges().unwrap(), [speech(0.0, 1.0)]);
}

#[test]
fn a_result_of_what_the_file_was_is_not_saved() {
    let store = fresh();
    let clip = clip(&store);
    let storage = losing(&store, 1, || fs::write(&clip, "other").unwrap());
    let error = ask(&storage, &clip, false, 1.0).unwrap_err();
    assert!(matches!(error, AnalyzeError::Changed { .. }), "{error:?}");
    assert_eq!(rows(&store), 0);
}

#[test]
fn a_claim_that_is_lost_each_time_is_an_error() {
    let store = fresh();
    let clip = clip(&store);
    let storage = losing(&store, u32::MAX, || {});
    let error = ask(&storage, &clip, false, 1.0).unwrap_err();
    assert!(
        matches!(error, AnalyzeError::Store(StoreError::ClaimLost { .. })),
        "{error:?}"
    );
    assert_eq!(rows(&store), 0);
    // Nothing is left locked.
    assert!(ask(&store.storage, &clip, false, 2.0).is_ok());
}

#[test]
fn a_result_that_was_saved_before_the_connection_broke_is_ours() {
    for (force, reason) in [(false, MissReason::New), (true, MissReason::Forced)] {
        let store = fresh();
        let clip = clip(&store);
        // It is seen before anybody else is waited for.
        let storage = losing_answers(&store, || panic!("claimed once more"));
        let answer = ask(&storage, &clip, force, 1.0).unwrap();
        assert_eq!(answer.outcome, Outcome::Computed(reason));
        assert_eq!(rows(&store), 1);
        let again = ask(&store.storage, &clip, false, 2.0).unwrap();
        assert_eq!((again.outcome, again.row), (Outcome::Cached, answer.row));
    }
}

#[test]
fn an_equal_result_of_another_time_is_not_ours() {
    let store = fresh();
    let clip = clip(&store);
    let before = ask(&store.storage, &clip, true, 1.0).unwrap();
    let storage = losing(&store, 1, || {});
    let answer = ask(&storage, &clip, true, 1.0).unwrap();
    assert_eq!(answer.outcome, Outcome::Computed(MissReason::Forced));
    assert!(answer.row.created_at > before.row.created_at);
    let again = ask(&store.storage, &clip, false, 2.0).unwrap();
    assert_eq!((again.outcome, again.row), (Outcome::Cached, answer.row));
}
