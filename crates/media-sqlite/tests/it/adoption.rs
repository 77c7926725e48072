//! Files of the Python library: every row kept, and still theirs to use.

use std::path::Path;

use media_sqlite::{ConnectionSource, Generation, Journal, OpenOptions, inspect};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::{python_file, stranger};

/// Every value of both tables, as the library's own SELECT gives it.
fn rows(connection: &Connection) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for table in ["analysis_jobs", "processing_jobs"] {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {table} ORDER BY id"))
            .unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            all.push((0..columns).map(|index| row.get(index).unwrap()).collect());
        }
    }
    all
}

/// The rows as they were noted when the file was made.
fn noted(generation: u32) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/fixtures/python-g{generation}.rows.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_row_is_kept_value_for_value() {
    for generation in [1, 2] {
        for journal in [Journal::Wal, Journal::Rollback] {
            let folder = tempfile::tempdir().unwrap();
            let path = python_file(folder.path(), generation);
            let before = rows(&stranger(&path));
            drop(OpenOptions::new().journal(journal).open(&path).unwrap());

            let connection = stranger(&path);
            assert_eq!(rows(&connection), before);
            for table in ["analysis_jobs", "processing_jobs"] {
                let noted = noted(generation);
                let noted = noted[table].as_array().unwrap();
                let total: u32 = connection
                    .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                        row.get(0)
                    })
                    .unwrap();
                assert_eq!(total as usize, noted.len());
                for row in noted {
                    for (column, value) in row.as_object().unwrap() {
                        let real: Value = connection
                            .query_row(
                                &format!("SELECT {column} FROM {table} WHERE id = ?1"),
                                [row["id"].as_i64().unwrap()],
                                |row| row.get(0),
                            )
                            .unwrap();
                        let same = match &real {
                            Value::Null => value.is_null(),
                            Value::Integer(integer) => value.as_i64() == Some(*integer),
                            Value::Real(real) => value.as_f64() == Some(*real),
                            Value::Text(text) => value.as_str() == Some(text),
                            Value::Blob(_) => false,
                        };
                        assert!(same, "{table}.{column} of {row}: {real:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_shape_is_known_afterwards_and_adoption_happens_once() {
    for (generation, known) in [(1, Generation::Python1), (2, Generation::Python2)] {
        let folder = tempfile::tempdir().unwrap();
        let path = python_file(folder.path(), generation);
        let before = inspect(&path).unwrap();
        assert_eq!((before.generation, before.version), (known, 0));
        assert!(!before.differences.is_empty());

        for _ in 0..2 {
            drop(OpenOptions::new().open(&path).unwrap());
            let after = inspect(&path).unwrap();
            assert_eq!((after.generation, after.version), (known, 1));
            assert_eq!(after.differences, []);
        }
    }
}

#[test]
fn reading_adopts_nothing() {
    for generation in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = python_file(folder.path(), generation);
        let before = std::fs::read(&path).unwrap();
        let database = OpenOptions::new().read_only(true).open(&path).unwrap();
        for table in [&media_schema::ANALYSIS_JOBS, &media_schema::PROCESSING_JOBS] {
            database.ensure_table(table).unwrap();
        }
        assert_eq!(crate::count(&database, "analysis_jobs"), 9);
        drop(database);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_half_made_file_of_the_library_is_adopted() {
    // The library makes each table with its own class: one may be all there is.
    let folder = tempfile::tempdir().unwrap();
    let path = python_file(folder.path(), 1);
    stranger(&path)
        .execute_batch("DROP TABLE processing_jobs")
        .unwrap();
    let database = OpenOptions::new().open(&path).unwrap();
    assert_eq!(inspect(&path).unwrap().tables, ["analysis_jobs"]);
    database
        .ensure_table(&media_schema::PROCESSING_JOBS)
        .unwrap();
    let after = inspect(&path).unwrap();
    assert_eq!(after.tables, ["analysis_jobs", "processing_jobs"]);
    assert_eq!(after.differences, []);
}
