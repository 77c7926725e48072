//! Asking once: hit, miss with its reason, and nothing saved that is not true.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use media_analysis_store::{
    Analysis, AnalysisJson, AnalyzeError, AnalyzeOptions, Analyzed, MediaAnalysisStorage, Outcome,
};
use media_hash::{Md5, hash_file};
use media_schema::{AnalysisFilter, MissReason, NewAnalysis};
use serde_json::{Value, json};

use crate::{Fresh, config, fresh, speech};

fn clip(store: &Fresh) -> std::path::PathBuf {
    let clip = store.folder.path().join("clip.wav");
    fs::write(&clip, "first").unwrap();
    clip
}

fn found(end: f64) -> Analysis<Value> {
    Analysis {
        ranges: vec![speech(0.0, end)],
        metadata: json!({"end": end}),
    }
}

type Answer = Result<Analyzed, AnalyzeError<io::Error>>;

fn ask(storage: &MediaAnalysisStorage, clip: &Path, configured: &str, force: bool) -> Answer {
    let options = AnalyzeOptions {
        force,
        ..AnalyzeOptions::default()
    };
    storage.get_or_analyze_with(clip, configured, options, |path| {
        let len = u32::try_from(fs::read(path)?.len()).unwrap();
        Ok(found(f64::from(len)))
    })
}

#[test]
fn each_outcome_with_its_reason() {
    let store = fresh();
    let clip = clip(&store);
    let ask = |configured, force| ask(&store.storage, &clip, configured, force).unwrap();

    let first = ask("a", false);
    assert_eq!(first.outcome, Outcome::Computed(MissReason::New));
    assert_eq!(first.row.time_ranges().unwrap(), [speech(0.0, 5.0)]);
    let again = ask("a", false);
    assert_eq!(again.outcome, Outcome::Cached);
    assert_eq!(again.row, first.row);

    assert_eq!(
        ask("b", false).outcome,
        Outcome::Computed(MissReason::OtherConfig)
    );
    assert_eq!(
        ask("a", true).outcome,
        Outcome::Computed(MissReason::Forced)
    );

    fs::write(&clip, "other content").unwrap();
    let changed = ask("a", false);
    let by_sha256 = MissReason::FileChanged {
        expected: crate::content("first").into(),
        actual: crate::content("other content"),
    };
    assert_eq!(changed.outcome, Outcome::Computed(by_sha256));
    assert_eq!(changed.row.id, first.row.id);
    assert_eq!(changed.row.time_ranges().unwrap(), [speech(0.0, 13.0)]);
    assert_eq!(ask("a", false).outcome, Outcome::Cached);
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 2);
}

#[test]
fn a_result_that_is_saved_while_the_file_is_hashed_is_a_hit() {
    let store = fresh();
    let clip = clip(&store);
    let meanwhile = |_| {
        let other = MediaAnalysisStorage::open(store.path()).unwrap();
        ask(&other, &clip, "a", false).unwrap();
    };
    let options = AnalyzeOptions {
        progress: Some(&meanwhile),
        ..AnalyzeOptions::default()
    };
    let answer = store
        .storage
        .get_or_analyze_with(&clip, "a", options, |_| -> io::Result<Analysis<Value>> {
            panic!("there is a result")
        })
        .unwrap();
    assert_eq!(answer.outcome, Outcome::Cached);
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 1);
}

#[test]
fn a_row_by_another_algorithm_is_a_hit_if_it_holds() {
    let store = fresh();
    let clip = clip(&store);
    let old = NewAnalysis::new(&clip, hash_file::<Md5>(&clip).unwrap(), config("a")).unwrap();
    store.storage.save(&old).unwrap();
    let ask = || ask(&store.storage, &clip, "a", false).unwrap();
    assert_eq!(ask().outcome, Outcome::Cached);

    fs::write(&clip, "other").unwrap();
    let changed = ask();
    let by_md5 = MissReason::FileChanged {
        expected: old.file_hash().clone().into(),
        actual: hash_file::<Md5>(&clip).unwrap(),
    };
    assert_eq!(changed.outcome, Outcome::Computed(by_md5));
    assert_eq!(changed.row.file_hash, crate::content("other"));

    for text in ["not-a-hash", "md4:00"] {
        store
            .stranger()
            .execute("UPDATE analysis_jobs SET file_hash = ?1", [text])
            .unwrap();
        let incomparable = MissReason::Incomparable {
            stored: text.into(),
        };
        assert_eq!(ask().outcome, Outcome::Computed(incomparable));
    }
    store
        .stranger()
        .execute_batch("UPDATE analysis_jobs SET ranges = 5")
        .unwrap();
    assert_eq!(ask().outcome, Outcome::Computed(MissReason::Unreadable));
    assert_eq!(ask().outcome, Outcome::Cached);
}

type Change = fn(&Path) -> io::Result<()>;

#[test]
fn a_file_that_changes_meanwhile_is_an_error_and_nothing_is_saved() {
    let store = fresh();
    let clip = clip(&store);
    let changes: [Change; 3] = [
        |path| fs::write(path, "other"),
        |path| fs::remove_file(path),
        |path| {
            fs::write(path.with_extension("new"), "third")?;
            fs::rename(path.with_extension("new"), path)
        },
    ];
    for change in changes {
        fs::write(&clip, "first").unwrap();
        let answer = store.storage.get_or_analyze(&clip, "a", |path| {
            change(path)?;
            Ok::<_, io::Error>(found(1.0))
        });
        assert!(matches!(answer, Err(AnalyzeError::Changed { .. })));
    }
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 0);

    // Written again with the same content, it is the same file.
    fs::write(&clip, "first").unwrap();
    let answer = store.storage.get_or_analyze(&clip, "a", |path| {
        fs::write(path, "first")?;
        Ok::<_, io::Error>(found(1.0))
    });
    assert_eq!(answer.unwrap().outcome, Outcome::Computed(MissReason::New));
}

#[test]
fn failures_save_nothing() {
    let store = fresh();
    let clip = clip(&store);
    let computed = Cell::new(0);
    let failed = store.storage.get_or_analyze(&clip, "a", |_| {
        computed.set(computed.get() + 1);
        Err::<Analysis<Value>, _>(io::Error::other("broken"))
    });
    let Err(AnalyzeError::Analyzer { path, source }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(
        (path, source.to_string()),
        (clip.clone(), "broken".to_owned())
    );
    assert_eq!(computed.get(), 1);

    let no_result = ask(
        &store.storage,
        &store.folder.path().join("none"),
        "a",
        false,
    );
    assert!(matches!(no_result, Err(AnalyzeError::File(_))));

    let unsaved = store
        .storage
        .get_or_analyze(&clip, "a", |_| Ok::<_, io::Error>(found(f64::NAN)));
    assert!(matches!(unsaved, Err(AnalyzeError::Result { .. })));
    let unhashed = store
        .storage
        .get_or_analyze(&clip, &f64::NAN, |_| Ok::<_, io::Error>(found(1.0)));
    assert!(matches!(unhashed, Err(AnalyzeError::Config(_))));
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 0);
}

#[test]
fn progress_is_told_and_cancelling_works() {
    let store = fresh();
    let clip = clip(&store);
    let (read, cancel) = (AtomicU64::new(0), AtomicBool::new(false));
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let ask = || {
        let options = AnalyzeOptions {
            progress: Some(&progress),
            cancel: Some(&cancel),
            ..AnalyzeOptions::default()
        };
        let found = |_: &Path| Ok::<_, io::Error>(found(1.0));
        store
            .storage
            .get_or_analyze_with(&clip, "a", options, found)
    };
    ask().unwrap();
    assert_eq!(read.load(Ordering::Relaxed), 5);
    cancel.store(true, Ordering::Relaxed);
    assert!(matches!(ask(), Err(AnalyzeError::File(_))));
}

/// Waits until the file system's clock has left the file's times behind.
#[cfg(unix)]
pub(crate) fn settle(path: &Path) {
    let fingerprint = media_hash::Fingerprint::of_path(path).unwrap();
    while !fingerprint.is_settled(std::time::SystemTime::now()) {
        std::thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn an_unchanged_file_is_read_once() {
    let store = fresh();
    let clip = clip(&store);
    settle(&clip);
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let ask = |configured: &str| {
        let options = AnalyzeOptions {
            progress: Some(&progress),
            ..AnalyzeOptions::default()
        };
        let found = |_: &Path| Ok::<_, io::Error>(found(1.0));
        store
            .storage
            .get_or_analyze_with(&clip, configured, options, found)
            .unwrap()
            .outcome
    };
    assert_eq!(ask("a"), Outcome::Computed(MissReason::New));
    assert_eq!(ask("a"), Outcome::Cached);
    assert_eq!(ask("b"), Outcome::Computed(MissReason::OtherConfig));
    assert_eq!(read.load(Ordering::Relaxed), 5);

    // What is remembered is only a cache.
    store
        .stranger()
        .execute_batch("DROP TABLE file_hashes")
        .unwrap();
    assert_eq!(ask("a"), Outcome::Cached);
    assert_eq!(ask("a"), Outcome::Cached);
    assert_eq!(read.load(Ordering::Relaxed), 10);

    // Whatever a peer has made of its table, results are saved and found.
    store
        .stranger()
        .execute_batch("DROP TABLE file_hashes; CREATE TABLE file_hashes (other)")
        .unwrap();
    assert_eq!(ask("c"), Outcome::Computed(MissReason::OtherConfig));
    assert_eq!(ask("c"), Outcome::Cached);
}

#[cfg(unix)]
#[test]
fn a_file_whose_analysis_failed_is_not_read_again() {
    let store = fresh();
    let clip = clip(&store);
    settle(&clip);
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let options = AnalyzeOptions {
        progress: Some(&progress),
        ..AnalyzeOptions::default()
    };
    let fail = |_: &Path| Err::<Analysis<Value>, _>(io::Error::other("no model"));
    for _ in 0..2 {
        let answer = store.storage.get_or_analyze_with(&clip, "a", options, fail);
        assert!(matches!(answer, Err(AnalyzeError::Analyzer { .. })));
        assert_eq!(read.load(Ordering::Relaxed), 5);
    }
}

#[test]
fn a_plain_save_creates_no_other_table() {
    let store = fresh();
    store
        .storage
        .save(&crate::analysis("/a.wav", "x", "a"))
        .unwrap();
    let inspection = media_sqlite::inspect(store.path()).unwrap();
    assert_eq!(inspection.tables, ["analysis_jobs"]);
}

#[test]
fn a_moved_or_copied_file_keeps_its_result() {
    let store = fresh();
    let clip = clip(&store);
    let first = ask(&store.storage, &clip, "a", false).unwrap().row;
    let [copy, moved] = ["copy.wav", "moved.wav"].map(|name| store.folder.path().join(name));
    fs::copy(&clip, &copy).unwrap();
    fs::rename(&clip, &moved).unwrap();
    for path in [copy, moved] {
        let answer = ask(&store.storage, &path, "a", false).unwrap();
        assert_eq!(answer.outcome.as_str(), "cached");
        assert!(
            answer.outcome.reason().starts_with("moved from /"),
            "{:?}",
            answer.outcome
        );
        assert_eq!(answer.row.ranges, first.ranges);
        assert_eq!(answer.row.metadata, first.metadata);
        assert_eq!(answer.row.file_path, path.to_str().unwrap());
        assert_eq!(
            ask(&store.storage, &path, "a", false).unwrap().outcome,
            Outcome::Cached
        );

        let forced = ask(&store.storage, &path, "a", true).unwrap();
        assert_eq!(forced.outcome, Outcome::Computed(MissReason::Forced));
        let other = ask(&store.storage, &path, "b", false).unwrap();
        assert_ne!(other.outcome, Outcome::Cached);
    }
    // The row of the old path stays.
    let kept = store.storage.get_cached(&clip, config("a")).unwrap();
    assert_eq!(kept, Some(first));
}

#[test]
fn a_peers_text_that_is_no_json_is_not_adopted() {
    let store = fresh();
    let clip = clip(&store);
    ask(&store.storage, &clip, "a", false).unwrap();
    for damage in ["metadata = '{\"peak\": NaN}'", "ranges = 5"] {
        store
            .stranger()
            .execute_batch(&format!("UPDATE analysis_jobs SET {damage}"))
            .unwrap();
        let copy = store.folder.path().join("copy.wav");
        fs::copy(&clip, &copy).unwrap();
        let answer = ask(&store.storage, &copy, "a", false).unwrap();
        assert_eq!(answer.outcome, Outcome::Computed(MissReason::New));
        store.storage.remove(&copy, config("a")).unwrap();
    }
}

#[test]
fn json_text_is_kept_as_it_is_or_refused() {
    let store = fresh();
    let clip = clip(&store);
    let ask = |ranges: &str, metadata: Option<&str>| {
        let (ranges, metadata) = (ranges.to_owned(), metadata.map(str::to_owned));
        let options = AnalyzeOptions::default();
        let found = |_: &Path| Ok::<_, io::Error>(AnalysisJson { ranges, metadata });
        store
            .storage
            .get_or_analyze_json(&clip, "a", options, found)
    };
    for (ranges, metadata) in [("[NaN]", None), ("{}", None), ("[]", Some("[]"))] {
        let error = ask(ranges, metadata).unwrap_err();
        assert!(matches!(error, AnalyzeError::Result { .. }), "{error}");
        assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 0);
    }
    let ranges = "[ {\"start\": 0, \"end\": 1e0, \"id\": 123456789012345678901234567890} ]";
    let answer = ask(ranges, None).unwrap();
    assert_eq!(answer.outcome, Outcome::Computed(MissReason::New));
    assert_eq!(answer.row.ranges.as_ref().unwrap().as_str(), ranges);
    assert_eq!(answer.row.metadata, None);
    assert_eq!(ask("[]", Some("{}")).unwrap().row, answer.row);
}
