//! Export and import, from and into files of each generation.

use media_hash::{Sha256, config_hash, hash_bytes};
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnyRow, Imported, MediaProcessingRow, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{at, fresh, job, python_file};

fn lines(storage: &MediaProcessingStorage) -> Vec<String> {
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

fn rows(storage: &MediaProcessingStorage) -> Vec<MediaProcessingRow> {
    let row = |line: &String| match AnyRow::from_json_line(line) {
        Ok(AnyRow::Processing(row)) => row,
        other => panic!("{other:?}"),
    };
    lines(storage).iter().map(row).collect()
}

/// A file of a generation with its rows, or without.
fn python(generation: u32, empty: bool) -> (TempDir, MediaProcessingStorage) {
    let folder = tempfile::tempdir().unwrap();
    let path = python_file(folder.path(), generation);
    if empty {
        let python = Connection::open(&path).unwrap();
        python.execute_batch("DELETE FROM processing_jobs").unwrap();
    }
    (folder, MediaProcessingStorage::open(path).unwrap())
}

#[test]
fn what_python_stored_comes_back_to_the_byte_and_twice_is_once() {
    for generation in [1, 2] {
        let (_folder, from) = python(generation, false);
        let (_folder, into) = python(generation, true);
        for expected in [Imported::Inserted, Imported::Unchanged] {
            let imported = into.import(&rows(&from)).unwrap();
            assert!(imported.iter().all(|imported| *imported == expected));
            assert_eq!(lines(&into), lines(&from));
        }
    }
}

#[test]
fn a_hash_of_parameters_is_left_out_and_found_again() {
    let (_folder, from) = python(2, false);
    let between = fresh();
    let between = &between.storage;
    between.import(&rows(&from)).unwrap();
    assert!(rows(between).iter().all(|row| row.config_hash.is_none()));
    for (left, right) in rows(between).into_iter().zip(rows(&from)) {
        assert_eq!(
            (&left.job_id, &left.parameters),
            (&right.job_id, &right.parameters)
        );
    }
    // The file has what Python computed, and we compute the same.
    let (_folder, back) = python(2, true);
    back.import(&rows(between)).unwrap();
    assert_eq!(lines(&back), lines(&from));
    assert_eq!(
        back.import(&rows(between)).unwrap(),
        [Imported::Unchanged; 4]
    );
}

#[test]
fn parameters_that_are_no_json_have_a_hash_of_their_own() {
    let from = fresh();
    from.storage.save(&job("a", "cut", "/a", "/b")).unwrap();
    from.storage.save(&job("b", "cut", "/a", "/c")).unwrap();
    from.stranger()
        .execute_batch("UPDATE processing_jobs SET parameters = '{\"x\": NaN}' WHERE job_id = 'a'")
        .unwrap();
    let (_folder, into) = python(2, true);
    assert_eq!(
        into.import(&rows(&from.storage)).unwrap(),
        [Imported::Inserted; 2]
    );
    let hashes: Vec<_> = rows(&into)
        .into_iter()
        .map(|row| row.config_hash.unwrap())
        .collect();
    assert_eq!(hashes[0], hash_bytes::<Sha256>(r#"{"x": NaN}"#));
    assert_eq!(hashes[1], config_hash(&()).unwrap());
}

#[test]
fn another_job_of_the_same_name_is_a_conflict() {
    for generation in [1, 2] {
        let (_folder, into) = python(generation, true);
        into.save(&at(job("j", "cut", "/a", "/b"), 1.0)).unwrap();
        let before = lines(&into);
        let from = fresh();
        let from = &from.storage;
        from.save(&at(job("j", "cut", "/a", "/other"), 2.0))
            .unwrap();
        from.save(&at(job("k", "join", "/a", "/c"), 2.0)).unwrap();
        assert_eq!(
            into.import(&rows(from)).unwrap(),
            [Imported::Conflict, Imported::Inserted]
        );
        assert_eq!(lines(&into)[..1], before);
    }
}

#[test]
fn the_second_generations_rule_keeps_the_newest() {
    let (_folder, into) = python(2, true);
    let from = fresh();
    let from = &from.storage;
    for (name, seconds) in [
        ("old", 1.0),
        ("new", 3.0),
        ("as new", 3.0),
        ("between", 2.0),
    ] {
        from.save(&at(job(name, "cut", "/a", "/b"), seconds))
            .unwrap();
    }
    assert_eq!(
        into.import(&rows(from)).unwrap(),
        [
            Imported::Inserted,
            Imported::Replaced,
            Imported::Kept,
            Imported::Kept
        ]
    );
    let once = lines(&into);
    assert_eq!((once.len(), &*rows(&into)[0].job_id), (1, "new"));
    assert_eq!(
        into.import(&rows(from)).unwrap(),
        [
            Imported::Kept,
            Imported::Unchanged,
            Imported::Kept,
            Imported::Kept
        ]
    );
    assert_eq!(lines(&into), once);
}
