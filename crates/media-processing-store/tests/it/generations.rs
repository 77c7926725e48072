//! Files of the Python library, of either generation, from both sides.

use media_hash::config_hash;
use media_processing_store::MediaProcessingStorage;
use media_schema::{ProcessingFilter, Query, Saved, StoreError};
use rusqlite::Connection;
use serde_json::json;

use crate::{fresh, job, python_file};

const PYTHON_1_SAVE: &str = "INSERT INTO processing_jobs
    (job_id, action, input_path, input_hash, output_path, output_hash, parameters, metadata, created_at)
    VALUES ('theirs', 'convert', '/x', 'sha256:00', '/y', 'sha256:11', NULL, NULL, 1e10)";
const PYTHON_2_SAVE: &str = "INSERT OR REPLACE INTO processing_jobs
    (job_id, action, input_path, input_hash, config_hash, output_path, output_hash, parameters,
     metadata, created_at)
    VALUES ('theirs', 'convert', '/x', 'sha256:00', 'sha256:22', '/y', 'sha256:11', NULL, NULL, 1e10)";
const PYTHON_1_LIST: &str = "SELECT job_id, action, input_path, input_hash, output_path,
    output_hash, parameters, metadata, created_at
    FROM processing_jobs ORDER BY created_at DESC LIMIT 100";
const PYTHON_2_LIST: &str = "SELECT job_id, action, input_path, input_hash, config_hash,
    output_path, output_hash, parameters, metadata, created_at
    FROM processing_jobs ORDER BY created_at DESC LIMIT 100";

/// What the second generation does to a file when it opens it, if it can.
const PYTHON_2_MIGRATION: &str =
    "ALTER TABLE processing_jobs ADD COLUMN config_hash TEXT NOT NULL DEFAULT '';
     CREATE UNIQUE INDEX IF NOT EXISTS idx_processing_cache
     ON processing_jobs(action, input_path, config_hash);";

fn listed(connection: &Connection, sql: &str) -> Vec<String> {
    connection
        .prepare(sql)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn both_sides_read_what_the_other_saved() {
    for (generation, rows, save, list) in [
        (1, 10, PYTHON_1_SAVE, PYTHON_1_LIST),
        (2, 4, PYTHON_2_SAVE, PYTHON_2_LIST),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = python_file(folder.path(), generation);
        let storage = MediaProcessingStorage::open(&path).unwrap();
        let before = storage
            .list_jobs(&Query::default())
            .unwrap()
            .into_rows()
            .unwrap();
        assert_eq!(before.len(), rows);
        for row in &before {
            assert_eq!(row.config_hash.is_some(), generation == 2);
        }

        storage.save(&job("ours", "convert", "/a", "/b")).unwrap();
        let python = Connection::open(&path).unwrap();
        python.execute_batch(save).unwrap();
        assert_eq!(
            storage.get_by_job_id("theirs").unwrap().unwrap().input_path,
            "/x"
        );
        let listed = listed(&python, list);
        assert_eq!(listed[..2], ["theirs", "ours"]);
        assert_eq!(listed.len(), rows + 2);
    }
}

#[test]
fn a_save_supplies_the_hash_of_the_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let storage = MediaProcessingStorage::open(python_file(folder.path(), 2)).unwrap();
    let parameters = json!({"start": 10.0, "end": 20.0});
    let new = job("with", "cut", "/a", "/b")
        .with_parameters(&parameters)
        .unwrap();
    storage.save(&new).unwrap();
    storage.save(&job("without", "cut", "/a", "/b")).unwrap();
    let row = storage.get_by_job_id("with").unwrap().unwrap();
    assert_eq!(row.config_hash.unwrap(), config_hash(&parameters).unwrap());
    let row = storage.get_by_job_id("without").unwrap().unwrap();
    assert_eq!(row.config_hash.unwrap(), config_hash(&()).unwrap());
}

#[test]
fn the_second_generations_rule_replaces_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = python_file(folder.path(), 2);
    let storage = MediaProcessingStorage::open(&path).unwrap();
    storage.save(&job("first", "convert", "/a", "/b")).unwrap();
    let first = storage.get_by_job_id("first").unwrap().unwrap();

    assert_eq!(
        storage.save(&job("second", "convert", "/a", "/c")).unwrap(),
        Saved::Replaced
    );
    assert!(storage.get_by_job_id("first").unwrap().is_none());
    let second = storage.get_by_job_id("second").unwrap().unwrap();
    assert_eq!((second.id, second.output_path.as_str()), (first.id, "/c"));

    // A name that is taken is a conflict here too, by itself included.
    for again in [
        job("second", "convert", "/a", "/d"),
        job("second", "cut", "/z", "/d"),
    ] {
        let error = storage.save(&again).unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    }
    assert_eq!(storage.get_by_job_id("second").unwrap().unwrap(), second);
    assert_eq!(storage.count(&ProcessingFilter::default()).unwrap(), 5);
}

#[test]
fn a_file_that_is_migrated_while_it_is_open() {
    let store = fresh();
    store
        .storage
        .save(&job("before", "convert", "/a", "/b"))
        .unwrap();
    store.stranger().execute_batch(PYTHON_2_MIGRATION).unwrap();

    // Neither job may be taken for one without parameters' hash.
    for (name, input) in [("one", "/a"), ("two", "/c")] {
        store
            .storage
            .save(&job(name, "convert", input, "/b"))
            .unwrap();
        let row = store.storage.get_by_job_id(name).unwrap().unwrap();
        assert_eq!(row.config_hash.unwrap(), config_hash(&()).unwrap());
    }
    let rows = store
        .storage
        .list_jobs(&Query::default())
        .unwrap()
        .into_rows()
        .unwrap();
    let hashes: Vec<_> = rows.iter().map(|row| row.config_hash.is_some()).collect();
    assert_eq!(hashes, [true; 3]);
}

#[test]
fn a_bad_hash_of_the_parameters_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = python_file(folder.path(), 2);
    let storage = MediaProcessingStorage::open(&path).unwrap();
    storage.save(&job("j", "cut", "/a", "/b")).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("UPDATE processing_jobs SET config_hash = x'00' WHERE job_id = 'j'")
        .unwrap();
    let error = storage.get_by_job_id("j").unwrap_err();
    assert!(error.to_string().contains("column config_hash"), "{error}");
}
