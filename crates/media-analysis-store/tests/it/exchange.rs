//! Export and import.

use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_schema::{AnyRow, Imported, MediaAnalysisRow, StoreError};

use crate::{analysis, at, config, fresh};

/// All rows, as the lines that stand for them.
fn lines(storage: &MediaAnalysisStorage) -> Vec<String> {
    let mut lines = Vec::new();
    storage
        .export(|row| {
            let mut line = Vec::new();
            row.unwrap().write_json_line(&mut line).unwrap();
            lines.push(String::from_utf8(line).unwrap());
            Ok::<_, StoreError>(())
        })
        .unwrap();
    lines
}

fn rows(lines: &[String]) -> Vec<MediaAnalysisRow> {
    let rows = lines.iter().map(|line| match AnyRow::from_json_line(line) {
        Ok(AnyRow::Analysis(row)) => row,
        other => panic!("{other:?}"),
    });
    rows.collect()
}

fn python_file(folder: &Path, generation: u32) -> MediaAnalysisStorage {
    let copy = folder.join("python.db");
    let fixture = format!("../media-sqlite/tests/fixtures/python-g{generation}.db");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture), &copy).unwrap();
    MediaAnalysisStorage::open(copy).unwrap()
}

#[test]
fn what_python_stored_comes_back_to_the_byte_and_twice_is_once() {
    for generation in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let exported = lines(&python_file(folder.path(), generation));
        assert_eq!(exported.len(), 9);
        let into = fresh();
        let imported = into.storage.import(&rows(&exported)).unwrap();
        assert_eq!(imported, [Imported::Inserted; 9]);
        assert_eq!(lines(&into.storage), exported);
        let again = into.storage.import(&rows(&exported)).unwrap();
        assert_eq!(again, [Imported::Unchanged; 9]);
        assert_eq!(lines(&into.storage), exported);
    }
}

#[test]
fn rows_of_pages_come_in_the_order_of_their_ids() {
    let store = fresh();
    let new: Vec<_> = (0..1_234)
        .map(|n| at(analysis(format!("/{n}"), "x", "x"), 5.0))
        .collect();
    store.storage.save_many(&new).unwrap();
    let mut ids = Vec::new();
    store
        .storage
        .export(|row| {
            ids.push(row.unwrap().id);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert!(ids.is_sorted() && ids.len() == 1_234);

    let mut left = 3;
    let ended = store.storage.export(|_| {
        left -= 1;
        if left > 0 {
            Ok(())
        } else {
            Err(StoreError::NoCriterion)
        }
    });
    assert!(matches!(ended, Err(StoreError::NoCriterion)) && left == 0);
}

#[test]
fn the_newer_stays_and_of_equals_the_one_that_is_there() {
    let from = fresh();
    let export_of = |content: &str, seconds: f64| {
        let new = at(analysis("/a", content, "x"), seconds);
        from.storage.save(&new).unwrap();
        rows(&lines(&from.storage))
    };
    let [old, new, other_new] =
        [("1", 1.0), ("2", 2.0), ("3", 2.0)].map(|(content, at)| export_of(content, at));

    let into = fresh();
    for (rows, expected) in [
        (&new, Imported::Inserted),
        (&old, Imported::Kept),
        (&other_new, Imported::Kept),
        (&new, Imported::Unchanged),
    ] {
        assert_eq!(into.storage.import(rows).unwrap(), [expected]);
    }
    assert_eq!(lines(&into.storage).len(), 1);
    assert_eq!(rows(&lines(&into.storage)), new);
    let into = fresh();
    into.storage.import(&old).unwrap();
    let id = into
        .storage
        .get_cached("/a", config("x"))
        .unwrap()
        .unwrap()
        .id;
    assert_eq!(into.storage.import(&new).unwrap(), [Imported::Replaced]);
    let row = into.storage.get_cached("/a", config("x")).unwrap().unwrap();
    assert_eq!(
        (row.id, row.file_hash.as_str()),
        (id, new[0].file_hash.as_str())
    );
}

#[test]
fn a_bad_row_is_handed_out_as_its_error_and_stays() {
    let store = fresh();
    for path in ["/a", "/b", "/c"] {
        store.storage.save(&analysis(path, path, "x")).unwrap();
    }
    let before = rows(&lines(&store.storage));
    store
        .stranger()
        .execute_batch("UPDATE analysis_jobs SET file_hash = x'ff' WHERE file_path = '/b'")
        .unwrap();
    let mut found = Vec::new();
    store
        .storage
        .export(|row| {
            found.push(row.map_or_else(|error| error.column.to_owned(), |row| row.file_path));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(found, ["/a", "file_hash", "/c"]);
    assert_eq!(
        store.storage.import(&before).unwrap(),
        [Imported::Unchanged, Imported::Conflict, Imported::Unchanged]
    );
}
