//! Inspection: difference by difference, and nothing written.

use media_sqlite::{Generation, OpenError, inspect};

use crate::{stranger, with_tables};

#[test]
fn a_fresh_file_has_no_differences() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let _open = with_tables(&path);
    let inspection = inspect(&path).unwrap();
    assert_eq!(inspection.generation, Generation::Native);
    assert_eq!(inspection.tables, ["analysis_jobs", "processing_jobs"]);
    assert_eq!(inspection.differences, []);
}

#[test]
fn what_is_nobodys_and_what_is_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    assert!(matches!(inspect(&path), Err(OpenError::NotFound { .. })));
    std::fs::write(&path, "").unwrap();
    assert_eq!(inspect(&path).unwrap().generation, Generation::Empty);
    stranger(&path)
        .execute_batch("CREATE TABLE t (id)")
        .unwrap();
    assert_eq!(inspect(&path).unwrap().generation, Generation::Foreign);
    // What AUTOINCREMENT leaves behind is nobody's.
    stranger(&path)
        .execute_batch(
            "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE a; DROP TABLE t",
        )
        .unwrap();
    assert_eq!(inspect(&path).unwrap().generation, Generation::Empty);
    std::fs::write(&path, "text, not a database: ".repeat(200)).unwrap();
    assert!(matches!(
        inspect(&path),
        Err(OpenError::NotADatabase { .. })
    ));
}

#[test]
fn every_difference_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    stranger(&path)
        .execute_batch(
            "CREATE TABLE analysis_jobs (
                id INTEGER PRIMARY KEY, file_path TEXT, file_hash VARCHAR NOT NULL,
                config_hash TEXT NOT NULL, ranges JSON, metadata JSON NOT NULL,
                created_at REAL NOT NULL, owner TEXT NOT NULL);
             CREATE INDEX idx_analysis_created_at ON analysis_jobs(file_path);
             CREATE VIEW processing_jobs AS SELECT 1 AS id;",
        )
        .unwrap();
    let lines: Vec<_> = inspect(&path)
        .unwrap()
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "user_version is 0, expected 1",
            "analysis_jobs.file_path takes NULL, expected NOT NULL",
            "analysis_jobs.file_hash is declared \"VARCHAR\", expected TEXT",
            "analysis_jobs.metadata is NOT NULL, expected to take NULL",
            "analysis_jobs.owner is a column of another program that must be given a value",
            "analysis_jobs lacks UNIQUE(file_path, config_hash)",
            "idx_analysis_created_at covers (file_path), expected (created_at)",
            "idx_analysis_path_created_at is missing",
            "idx_analysis_hash_created_at is missing",
            "idx_analysis_config_created_at is missing",
            "processing_jobs is a view, not a table",
        ]
    );
}
