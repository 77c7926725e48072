//! Rows that others write: read as they are, or refused one by one.

use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_schema::{AnalysisFilter, ColumnError, Query, StoreError};

use crate::{analysis, config, fresh};

/// Statements of the Python library, word for word in what they do.
const PYTHON_SAVE: &str = "INSERT OR REPLACE INTO analysis_jobs
    (file_path, file_hash, config_hash, ranges, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?)";
const PYTHON_LIST: &str = "SELECT file_path, file_hash, config_hash, ranges, metadata, created_at
    FROM analysis_jobs ORDER BY created_at DESC LIMIT ?";

#[test]
fn both_sides_read_what_the_other_saved() {
    for generation in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("media.db");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
            "../media-sqlite/tests/fixtures/python-g{generation}.db"
        ));
        std::fs::copy(fixture, &path).unwrap();
        let storage = MediaAnalysisStorage::open(&path).unwrap();
        let rows = storage
            .list_jobs(&Query::default())
            .unwrap()
            .into_rows()
            .unwrap();
        assert_eq!(rows.len(), 9);
        assert_eq!(rows[1].time_ranges().unwrap().len(), 3522);

        // Row 8 is of old: no hash in either column, and a relative path.
        let old = storage
            .get_cached("relative/clip.mkv", "abc123")
            .unwrap()
            .unwrap();
        assert_eq!((old.id, old.file_hash.as_str()), (8, "not-a-hash"));

        storage
            .save(
                &analysis("/ours.wav", "x", "a")
                    .with_ranges(&[crate::speech(0.0, 1.0)])
                    .unwrap(),
            )
            .unwrap();
        let python = rusqlite::Connection::open(&path).unwrap();
        python
            .execute(
                PYTHON_SAVE,
                (
                    "/theirs.wav",
                    "sha256:00",
                    "c",
                    "[{\"start\": 0, \"end\": 1}]",
                    None::<&str>,
                    1e10,
                ),
            )
            .unwrap();
        assert!(storage.get_cached("/theirs.wav", "c").unwrap().is_some());

        let mut statement = python.prepare(PYTHON_LIST).unwrap();
        let listed: Vec<(String, Option<String>)> = statement
            .query_map([100], |row| Ok((row.get(0)?, row.get(3)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(listed.len(), 11);
        assert_eq!(listed[0].0, "/theirs.wav");
        assert_eq!(
            listed[1].1.as_deref(),
            Some(r#"[{"end":1.0,"label":"speech","start":0.0}]"#)
        );
    }
}

#[test]
fn text_that_is_not_json_is_kept_and_its_parse_names_the_row() {
    let store = fresh();
    for (number, text) in [
        "[{\"start\": 0.0, \"end\": NaN}]",
        "[{\"start\": 0, \"end\": -Infinity}]",
        "[{\"start\": 0, \"end\": 1, \"label\": \"\\ud83d\"}]",
        "[{\"start\": 1e400, \"end\": 1}]",
        "[{\"end\": 1}]",
        "{\"start\": 0, \"end\": 1}",
        &"[".repeat(100_000),
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let id = i64::try_from(number).unwrap() + 1;
        store
            .storage
            .save(&analysis("/a.wav", "x", &number.to_string()))
            .unwrap();
        store
            .stranger()
            .execute(
                "UPDATE analysis_jobs SET ranges = ?1 WHERE id = ?2",
                (text, id),
            )
            .unwrap();
        let row = store
            .storage
            .get_cached("/a.wav", config(&number.to_string()))
            .unwrap()
            .unwrap();
        assert_eq!(row.ranges.as_ref().unwrap().as_str(), text);
        let error = row.time_ranges().unwrap_err();
        assert!(matches!(error.reason, ColumnError::Json(_)));
        assert_eq!(
            error.to_string(),
            format!("analysis_jobs row {id}: column ranges cannot be read")
        );
    }
}

#[test]
fn what_json_takes_in_python_only_is_read() {
    let store = fresh();
    store.storage.save(&analysis("/a.wav", "x", "a")).unwrap();
    // Integers of any length, a key twice, unknown fields, nulls.
    store
        .stranger()
        .execute_batch(
            r#"UPDATE analysis_jobs SET ranges = '[{"start": 0, "start": 1, "end": 123456789012345678901234567890,
               "label": "x", "confidence": null, "payload": null, "speaker": "Zoë"}]'"#,
        )
        .unwrap();
    let row = store
        .storage
        .get_cached("/a.wav", config("a"))
        .unwrap()
        .unwrap();
    let [range] = row.time_ranges().unwrap().try_into().unwrap();
    assert_eq!((range.start, range.end), (1.0, 1.234_567_890_123_456_8e29));
    assert_eq!(range.confidence, None);
    assert_eq!(range.extra["speaker"], "Zoë");
}

#[test]
fn a_bad_row_is_its_own_error() {
    let store = fresh();
    for (number, damage) in [
        "ranges = 5",
        "metadata = 1.5",
        "ranges = x'00'",
        "created_at = 'yesterday'",
        "created_at = x'00'",
        "created_at = 9e999",
        "created_at = CAST(x'fffe' AS TEXT)",
        "file_path = CAST(x'fffe' AS TEXT)",
        "file_hash = 7.5 || x'ff'",
        "config_hash = x'00'",
        "metadata = CAST(x'7b22ff227d' AS TEXT)",
    ]
    .into_iter()
    .enumerate()
    {
        let id = number * 2 + 1;
        store
            .storage
            .save(&analysis(format!("/bad/{id}"), "x", "a"))
            .unwrap();
        store
            .storage
            .save(&analysis(format!("/good/{id}"), "x", "a"))
            .unwrap();
        store
            .stranger()
            .execute_batch(&format!(
                "UPDATE analysis_jobs SET {damage} WHERE id = {id}"
            ))
            .unwrap();
        let (column, _) = damage.split_once(' ').unwrap();
        let page = store.storage.list_jobs(&Query::default()).unwrap();
        let wanted = format!("analysis_jobs row {id}: column {column} cannot be read");
        assert!(
            page.rows
                .iter()
                .filter_map(|row| row.as_ref().err())
                .any(|error| error.to_string() == wanted),
            "{wanted}"
        );
    }
    // In pages of one, every row comes once: a peer's text in the column that
    // orders them included.
    let mut query = Query::from(AnalysisFilter::default()).limit(1);
    let (mut good, mut bad) = (0, 0);
    loop {
        let page = store.storage.list_jobs(&query).unwrap();
        for row in page.rows {
            match row {
                Ok(row) => good += usize::from(row.file_path.starts_with("/good/")),
                Err(_) => bad += 1,
            }
        }
        match page.next {
            Some(cursor) => query = query.after(cursor),
            None => break,
        }
    }
    assert_eq!((good, bad), (11, 11));
}

#[test]
fn one_that_is_asked_for_by_key_is_the_calls_error() {
    let store = fresh();
    store.storage.save(&analysis("/a.wav", "x", "a")).unwrap();
    store
        .stranger()
        .execute_batch("UPDATE analysis_jobs SET ranges = 5")
        .unwrap();
    let error = store.storage.get_cached("/a.wav", config("a")).unwrap_err();
    assert!(matches!(error, StoreError::Row(_)));
    // Saving it anew mends it.
    store.storage.save(&analysis("/a.wav", "x", "a")).unwrap();
    assert!(
        store
            .storage
            .get_cached("/a.wav", config("a"))
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_row_that_an_index_of_a_peer_refuses_is_an_error() {
    let store = fresh();
    store.storage.save(&analysis("/a.wav", "x", "a")).unwrap();
    store
        .stranger()
        .execute_batch("CREATE UNIQUE INDEX one_path ON analysis_jobs (file_path)")
        .unwrap();
    let error = store.storage.save(&analysis("/a.wav", "x", "b"));
    assert!(matches!(error, Err(StoreError::Backend { .. })));
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 1);
}
