//! What a database holds.

use media_sqlite::{ConnectionSource, Database, OpenOptions, Statistics, statistics_statements};

use crate::{open, python_file, stranger, with_tables};

fn read(path: &std::path::Path) -> Statistics {
    let database = OpenOptions::new().read_only(true).open(path).unwrap();
    database.statistics().unwrap()
}

fn rows(database: &Database, number: u32, sql: &str) {
    stranger(database.path())
        .execute_batch(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {number}) \
             {sql}"
        ))
        .unwrap();
}

#[test]
fn what_the_python_library_wrote_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    for generation in [1, 2] {
        let path = python_file(folder.path(), generation);
        let connection = stranger(&path);
        let number = |sql: &str| -> u64 {
            let number: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
            number.try_into().unwrap()
        };
        let found = read(&path);
        assert_eq!(
            found.analyses.rows,
            number("SELECT count(*) FROM analysis_jobs")
        );
        assert_eq!(
            found.jobs.rows,
            number("SELECT count(*) FROM processing_jobs")
        );
        assert_eq!(
            found.files,
            number(
                "SELECT count(*) FROM (SELECT file_path FROM analysis_jobs UNION
                 SELECT input_path FROM processing_jobs UNION
                 SELECT output_path FROM processing_jobs)"
            )
        );
        assert_eq!(
            found.contents,
            number(
                "SELECT count(*) FROM (SELECT file_hash FROM analysis_jobs UNION
                 SELECT input_hash FROM processing_jobs UNION
                 SELECT output_hash FROM processing_jobs)"
            )
        );
        assert_eq!(
            found.analyses.json_bytes,
            number(
                "SELECT sum(length(cast(coalesce(ranges, '') AS BLOB))
                 + length(cast(coalesce(metadata, '') AS BLOB))) FROM analysis_jobs"
            )
        );
        assert_eq!(
            found.actions.total,
            number("SELECT count(DISTINCT action) FROM processing_jobs")
        );
        assert_eq!(found.file_hashes, 0);
        assert_eq!(found.audit, None);
        assert_eq!(
            found.space.database_bytes,
            std::fs::metadata(&path).unwrap().len()
        );
    }
}

#[test]
fn the_largest_groups_come_first_and_the_others_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    // Of seven configurations, 0 has one row, 1 has two, …
    rows(
        &database,
        28,
        "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at)
         SELECT '/' || n, 'sha256:00', (n > 1) + (n > 3) + (n > 6) + (n > 10) + (n > 15) + (n > 21), n FROM n",
    );
    let found = database.statistics().unwrap();
    let groups: Vec<_> = found
        .configs
        .top
        .iter()
        .map(|group| {
            (
                &*group.name,
                group.rows,
                group.newest.unwrap().as_unix_seconds(),
            )
        })
        .collect();
    assert_eq!(found.configs.total, 7);
    assert_eq!(
        groups,
        [
            ("6", 7, 28.0),
            ("5", 6, 21.0),
            ("4", 5, 15.0),
            ("3", 4, 10.0),
            ("2", 3, 6.0)
        ]
    );
    assert_eq!((found.files, found.contents), (28, 1));
    let newest = found.analyses.newest.unwrap().as_unix_seconds();
    assert!((newest - 28.0).abs() < f64::EPSILON);
    assert_eq!(found.jobs, media_sqlite::RowStatistics::default());
}

#[test]
fn a_time_that_is_none_is_neither_the_oldest_nor_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    for time in ["'noon'", "9e999", "x'00'", "5.5"] {
        rows(
            &database,
            1,
            &format!(
                "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at)
                 SELECT {time}, 'h', 'c', {time} FROM n"
            ),
        );
    }
    let found = database.statistics().unwrap();
    assert_eq!(found.analyses.rows, 4);
    assert_eq!(found.analyses.oldest, found.analyses.newest);
    assert_eq!(found.configs.top[0].newest, found.analyses.newest);
    let newest = found.analyses.newest.unwrap().as_unix_seconds();
    assert!((newest - 5.5).abs() < f64::EPSILON);
}

#[test]
fn the_text_of_many_rows_is_estimated() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    rows(
        &database,
        5000,
        "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, ranges, created_at)
         SELECT '/' || n, 'h', 'c', '[\"' || hex(zeroblob(n % 49)) || '\"]', n FROM n",
    );
    let exact: i64 = stranger(database.path())
        .query_row("SELECT sum(length(ranges)) FROM analysis_jobs", [], |row| {
            row.get(0)
        })
        .unwrap();
    let estimate = database.statistics().unwrap().analyses.json_bytes;
    let off = estimate.abs_diff(exact.unsigned_abs());
    assert!(off * 20 < exact.unsigned_abs(), "{estimate} for {exact}");
}

#[test]
fn what_was_never_saved_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let found = open(&folder.path().join("media.db")).statistics().unwrap();
    assert_eq!((found.analyses.rows, found.jobs.rows), (0, 0));
    assert_eq!((found.files, found.contents, found.file_hashes), (0, 0, 0));
    assert_eq!(found.audit, None);
}

#[test]
fn the_newest_audit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    database.ensure_table(&media_schema::FIXITY_AUDITS).unwrap();
    stranger(database.path())
        .execute_batch(
            "INSERT INTO fixity_audits (id, scope, started_at, finished_at, last_place, files,
                bytes, intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows)
             VALUES (1, 'all', 1.5, 2.5, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
                (2, 'all', 3.5, NULL, 9, 9, 9, 7, 0, 0, 2, 0, 0, 9);",
        )
        .unwrap();
    let audit = database.statistics().unwrap().audit.unwrap();
    assert!((audit.started_at.unwrap().as_unix_seconds() - 3.5).abs() < f64::EPSILON);
    assert_eq!(audit.finished_at, None);
    assert_eq!(audit.verdicts, [("intact", 7), ("moved", 2)]);
}

#[test]
fn no_table_is_walked() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    let connection = stranger(database.path());
    for (name, sql) in statistics_statements() {
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap()
            .query_map([], |row| row.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for step in &plan {
            let table = ["analysis_jobs", "processing_jobs"]
                .iter()
                .any(|table| step.contains(&format!("SCAN {table}")));
            assert!(
                !table || step.contains("COVERING INDEX"),
                "{name}: {plan:#?}"
            );
            assert!(!step.contains("UNION USING TEMP"), "{name}: {plan:#?}");
            assert!(!step.contains("FOR GROUP BY"), "{name}: {plan:#?}");
        }
    }
}

#[test]
fn what_repeats_in_one_table_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = open(&path);
    database.ensure_table(&media_schema::ANALYSIS_JOBS).unwrap();
    rows(
        &database,
        6,
        "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at)
         SELECT '/a' || (n % 2), 'h', n, n FROM n",
    );
    let found = read(&path);
    assert_eq!(
        (found.analyses.rows, found.files, found.contents),
        (6, 2, 1)
    );
}
