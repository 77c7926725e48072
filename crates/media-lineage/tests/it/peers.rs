//! Rows that this project would not write.

use std::fs;
use std::path::Path;

use media_lineage::{Direction, Lineage, Start};
use media_sqlite::{Generation, OpenOptions};
use rusqlite::{Connection, params};

use crate::support::{Store, hash, path};

const INSERT: &str = "INSERT INTO processing_jobs
    (job_id, action, input_path, input_hash, output_path, output_hash, created_at)
    VALUES (?1, 'peer', '/in', ?2, '/out', ?3, 1.0)";

#[test]
fn unusual_hash_text_is_a_content_like_any_other() {
    let long = "x".repeat(100_000);
    let texts = [
        "not-a-hash",
        "",
        "sha256",
        "MD5:00",
        "md5:00",
        "\"quoted\" \\ [1]",
        "夜\u{1f3b5}",
        "line\nbreak",
        " ",
        "NULL",
        "5",
        &long,
    ];
    let store = Store::new(&[(1, 2)], &[]);
    for (number, pair) in texts.windows(2).enumerate() {
        store.write(|connection| {
            connection.execute(INSERT, params![format!("peer-{number}"), pair[0], pair[1]])
        });
    }
    for (at, text) in texts.iter().enumerate() {
        let lineage = store.trace(Start::Hash((*text).into()), Direction::Both);
        assert_eq!(lineage.contents[0].hash.as_str(), *text);
        assert_eq!(lineage.contents.len(), texts.len(), "{text}");
        let deepest = |distance: fn(&media_lineage::Content) -> Option<usize>| {
            lineage.contents.iter().filter_map(distance).max()
        };
        assert_eq!(deepest(|content| content.above), Some(at));
        assert_eq!(deepest(|content| content.below), Some(texts.len() - 1 - at));
    }
}

#[test]
fn a_hash_with_a_nul_is_one_content() {
    let store = Store::new(&[(1, 2)], &[]);
    let text = "a\0b";
    store.write(|connection| connection.execute(INSERT, params!["peer", hash(2).as_str(), text]));
    store.write(|connection| connection.execute(INSERT, params!["peer 2", text, "end"]));
    let start = Start::Hash(hash(1).into());
    assert_eq!(store.trace(start, Direction::Down).contents.len(), 4);
    let start = Start::Hash(text.into());
    assert_eq!(store.trace(start, Direction::Both).contents.len(), 4);
}

#[test]
fn a_row_that_cannot_be_read_is_told_and_the_others_are_there() {
    let store = Store::new(&[(1, 2), (2, 3), (3, 4)], &[(2, 1), (2, 2)]);
    for sql in [
        "UPDATE processing_jobs SET output_path = CAST(x'ff' AS TEXT) WHERE id = 2",
        "UPDATE analysis_jobs SET created_at = 'yesterday' WHERE id = 1",
    ] {
        store.write(|connection| connection.execute(sql, []));
    }
    let lineage = store.trace(Start::Path(path(1)), Direction::Both);
    let mut errors: Vec<_> = lineage.unreadable.iter().map(ToString::to_string).collect();
    errors.sort();
    assert_eq!(
        errors,
        [
            "analysis_jobs row 1: column created_at cannot be read",
            "processing_jobs row 2: column output_path cannot be read",
        ]
    );
    // What only the bad row leads to is missing.
    assert_eq!(lineage.contents.len(), 2);
    assert_eq!((lineage.jobs.len(), lineage.analyses.len()), (1, 1));

    let by_name = |start| Lineage::trace(&store.database, start, Direction::Both);
    let error = by_name(Start::Job("job-1".into())).unwrap_err();
    assert_eq!(error.to_string(), errors[1]);
}

#[test]
fn files_of_the_python_library_are_traced_as_they_are() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media-sqlite/tests/fixtures");
    let folder = tempfile::tempdir().unwrap();
    for name in ["python-g1.db", "python-g2.db"] {
        let copy = folder.path().join(name);
        fs::copy(fixtures.join(name), &copy).unwrap();
        let inspection = media_sqlite::inspect(&copy).unwrap();
        assert_ne!(inspection.generation, Generation::Native);
        let connection = Connection::open(&copy).unwrap();
        let mut jobs = connection
            .prepare("SELECT job_id, input_hash, output_hash FROM processing_jobs")
            .unwrap();
        let jobs: Vec<[String; 3]> = jobs
            .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
            .unwrap()
            .filter_map(Result::ok)
            .collect();
        assert!(!jobs.is_empty());
        let database = OpenOptions::new().read_only(true).open(&copy).unwrap();
        for [job_id, input, output] in jobs {
            let start = Start::Job(job_id);
            let lineage = Lineage::trace(&database, start, Direction::Both).unwrap();
            let has = |hash: &str| lineage.contents.iter().any(|c| c.hash.as_str() == hash);
            assert!(has(&input) && has(&output));
        }
    }
}
