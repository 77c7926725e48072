//! Saving and finding again.

use std::sync::Barrier;
use std::thread;

use media_analysis_store::MediaAnalysisStorage;
use media_schema::{AnalysisFilter, AnalysisJob, JobStore, Saved, StoreError};
use media_sqlite::OpenOptions;
use serde_json::json;

use crate::{analysis, config, fresh, speech};

#[test]
fn save_get_save_again_and_a_second_configuration() {
    let store = fresh();
    let path = "/tmp/test_audio.mp3";
    let two = [speech(0.5, 2.0), speech(3.0, 4.0)];
    let new = analysis(path, "audio", "a")
        .with_ranges(&two)
        .unwrap()
        .with_metadata(&json!({"segment_count": 2}))
        .unwrap();
    assert_eq!(store.storage.save(&new).unwrap(), Saved::Inserted);

    let row = store
        .storage
        .get_cached(path, config("a"))
        .unwrap()
        .unwrap();
    assert_eq!(row.time_ranges().unwrap(), two);
    assert_eq!(
        row.metadata_as::<serde_json::Value>().unwrap(),
        Some(json!({"segment_count": 2}))
    );
    assert_eq!(row.file_hash, crate::content("audio"));
    let id = row.id;

    assert!(
        store
            .storage
            .get_cached(path, config("b"))
            .unwrap()
            .is_none()
    );

    let one = analysis(path, "audio", "a")
        .with_ranges(&[speech(0.0, 3.0)])
        .unwrap();
    assert_eq!(store.storage.save(&one).unwrap(), Saved::Replaced);
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 1);
    let row = store
        .storage
        .get_cached(path, config("a"))
        .unwrap()
        .unwrap();
    assert_eq!(row.time_ranges().unwrap(), [speech(0.0, 3.0)]);
    assert_eq!(row.metadata, None);
    assert_eq!(row.id, id);

    store.storage.save(&analysis(path, "audio", "b")).unwrap();
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 2);
}

#[test]
fn found_nothing_is_a_result() {
    let store = fresh();
    store
        .storage
        .save(&analysis("/none.wav", "x", "a").with_ranges(&[]).unwrap())
        .unwrap();
    let row = store
        .storage
        .get_cached("/none.wav", config("a"))
        .unwrap()
        .unwrap();
    assert_eq!(row.ranges.unwrap().as_str(), "[]");

    store
        .storage
        .save(&analysis("/null.wav", "x", "a"))
        .unwrap();
    let row = store
        .storage
        .get_cached("/null.wav", config("a"))
        .unwrap()
        .unwrap();
    assert_eq!(row.ranges, None);
    assert_eq!(row.time_ranges().unwrap(), []);
}

#[test]
fn what_is_no_result_is_refused_before_anything_is_written() {
    let new = || analysis("/a.wav", "x", "a");
    for (problem, refused) in [
        (
            "NaN",
            new().with_ranges(&[speech(0.0, f64::NAN)]).unwrap_err(),
        ),
        (
            "infinity",
            new().with_metadata(&json_infinity()).unwrap_err(),
        ),
        ("an array", new().with_metadata(&json!([1])).unwrap_err()),
        ("a number", new().with_ranges_json("5").unwrap_err()),
        ("an object", new().with_ranges_json("{}").unwrap_err()),
        ("a literal", new().with_ranges_json("[NaN]").unwrap_err()),
        ("1e400", new().with_ranges_json("[1e400]").unwrap_err()),
        (
            "a lone surrogate",
            new().with_ranges_json(r#"["\ud83d"]"#).unwrap_err(),
        ),
        (
            "a deep array",
            new().with_ranges_json("[".repeat(100_000)).unwrap_err(),
        ),
        (
            "a deep object",
            new()
                .with_metadata_json(r#"{"a":"#.repeat(100_000))
                .unwrap_err(),
        ),
    ] {
        let column = if problem.contains("infinity")
            || problem.contains("an array")
            || problem.contains("deep object")
        {
            "metadata"
        } else {
            "ranges"
        };
        assert!(
            refused.to_string().starts_with(column),
            "{problem}: {refused}"
        );
    }
}

fn json_infinity() -> std::collections::BTreeMap<&'static str, f64> {
    [("peak", f64::NEG_INFINITY)].into()
}

#[test]
fn texts_are_kept_verbatim_or_refused() {
    let store = fresh();
    for path in [
        "/it's; DROP TABLE analysis_jobs; --\"",
        "/%_*?[a]/\\n",
        "/été/夜の歌 🎧.flac",
        " leading and trailing ",
        "",
        "relative/../path",
        &"/long".repeat(20_000),
    ] {
        store.storage.save(&analysis(path, "x", "a")).unwrap();
        let row = store
            .storage
            .get_cached(path, config("a"))
            .unwrap()
            .unwrap();
        assert_eq!(row.file_path, path);
    }
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 7);

    let nul = media_schema::NewAnalysis::new("/a\0b", crate::content("x"), config("a"));
    assert!(nul.unwrap_err().to_string().contains("NUL"));
    let nul = store.storage.get_cached("/a\0b", config("a")).unwrap_err();
    assert!(matches!(nul, StoreError::Invalid { .. }));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_text_is_an_error() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let path = OsStr::from_bytes(b"/caf\xe9.wav");
    let error = media_schema::NewAnalysis::new(path, crate::content("x"), config("a")).unwrap_err();
    assert!(error.to_string().contains("not UTF-8"), "{error}");
    let error = fresh().storage.get_cached(path, config("a")).unwrap_err();
    assert!(matches!(error, StoreError::Invalid { .. }));
}

#[test]
fn many_are_saved_together_or_not_at_all() {
    let store = fresh();
    let batch: Vec<_> = (0..100)
        .map(|number| analysis(format!("/{}.wav", number % 60), "x", "a"))
        .collect();
    let saved = store.storage.save_many(&batch).unwrap();
    assert_eq!(
        saved
            .iter()
            .filter(|saved| **saved == Saved::Inserted)
            .count(),
        60
    );
    assert_eq!(saved[60..], [Saved::Replaced; 40]);
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 60);
    assert_eq!(store.storage.save_many(&[]).unwrap(), []);

    store
        .stranger()
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON analysis_jobs WHEN NEW.file_path = '/bad'
             BEGIN SELECT raise(ABORT, 'refused'); END",
        )
        .unwrap();
    let batch = ["/good", "/bad", "/better"].map(|path| analysis(path, "x", "a"));
    assert!(store.storage.save_many(&batch).is_err());
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 60);
}

#[test]
fn removing() {
    let store = fresh();
    store.storage.save(&analysis("/a.wav", "x", "a")).unwrap();
    assert!(!store.storage.remove("/a.wav", config("b")).unwrap());
    assert!(store.storage.remove("/a.wav", config("a")).unwrap());
    assert!(!store.storage.remove("/a.wav", config("a")).unwrap());
    assert!(
        store
            .storage
            .get_cached("/a.wav", config("a"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn as_a_contract_behind_a_pointer() {
    let store = fresh();
    let any: Box<dyn JobStore<AnalysisJob>> = Box::new(store.storage.clone());
    any.save(&analysis("/a.wav", "x", "a")).unwrap();
    let configured = config("a");
    let key = media_schema::AnalysisKey {
        file_path: "/a.wav",
        config_hash: configured.as_str(),
    };
    assert_eq!(any.get(key).unwrap().unwrap().file_path, "/a.wav");
    assert!(any.remove(key).unwrap());
}

#[test]
fn threads_share_a_store() {
    let store = fresh();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for worker in 0..8 {
            let (storage, start) = (&store.storage, &start);
            scope.spawn(move || {
                start.wait();
                for number in 0..50 {
                    let path = format!("/{worker}/{number}");
                    storage.save(&analysis(&path, "x", "a")).unwrap();
                    storage.save(&analysis("/shared", &path, "a")).unwrap();
                    assert!(storage.get_cached(&path, config("a")).unwrap().is_some());
                }
            });
        }
    });
    assert_eq!(
        store.storage.count(&AnalysisFilter::default()).unwrap(),
        401
    );
}

#[test]
fn a_store_that_only_reads() {
    let store = fresh();
    store.storage.save(&analysis("/a.wav", "x", "a")).unwrap();
    let database = OpenOptions::new()
        .read_only(true)
        .open(store.path())
        .unwrap();
    let reading = MediaAnalysisStorage::with_source(database).unwrap();
    assert!(reading.get_cached("/a.wav", config("a")).unwrap().is_some());
    let error = reading.save(&analysis("/b.wav", "x", "a")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }));
}
