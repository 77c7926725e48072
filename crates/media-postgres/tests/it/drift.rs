//! Differences: what is told of tables that somebody changed, and what keeps
//! them from being opened.

use media_postgres::{ConnectError, ConnectOptions, inspect};
use media_schema::postgres::{TABLES, VERSION};

use crate::support::{Fresh, fresh};

fn differences(fresh: &Fresh) -> Vec<(String, bool)> {
    let inspection = inspect(&fresh.url).unwrap();
    inspection
        .differences
        .iter()
        .map(|difference| (difference.to_string(), difference.is_obstacle))
        .collect()
}

#[test]
fn what_was_created_differs_in_nothing() {
    let Some(fresh) = fresh() else { return };
    let inspection = inspect(&fresh.url).unwrap();
    assert_eq!(inspection.differences, []);
    assert_eq!(inspection.version, i64::from(VERSION));
    assert_eq!(inspection.tables.len(), TABLES.len());
    assert_eq!(inspection.schema.as_deref(), Some("public"));
    assert!(
        inspection
            .server_version
            .starts_with(|c: char| c.is_ascii_digit())
    );
}

#[test]
fn inspecting_creates_nothing() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let inspection = inspect(&url).unwrap();
    assert_eq!((inspection.version, inspection.tables.len()), (0, 0));
    assert_eq!(inspection.differences, []);
    let error = ConnectOptions::new()
        .read_only(true)
        .open(&url)
        .unwrap_err();
    assert!(matches!(error, ConnectError::NoTables { .. }), "{error}");
}

#[test]
fn each_change_is_told_and_only_obstacles_are_refused() {
    for (change, told, is_obstacle) in [
        ("DROP TABLE fixity_files", "fixity_files is missing", true),
        (
            "ALTER TABLE analysis_jobs DROP COLUMN ranges",
            "analysis_jobs.ranges is missing",
            true,
        ),
        (
            "ALTER TABLE analysis_jobs ALTER ranges TYPE jsonb USING ranges::jsonb",
            "analysis_jobs.ranges is jsonb, not text",
            true,
        ),
        (
            "ALTER TABLE processing_jobs ALTER metadata SET NOT NULL",
            "processing_jobs.metadata takes no NULL",
            true,
        ),
        (
            "ALTER TABLE processing_jobs ADD colour text NOT NULL",
            "processing_jobs.colour is no column of ours, and must not be NULL",
            true,
        ),
        (
            "ALTER TABLE processing_jobs ALTER id DROP DEFAULT",
            "processing_jobs.id has no default",
            true,
        ),
        (
            "ALTER TABLE analysis_jobs ALTER id DROP DEFAULT, \
             ALTER id ADD GENERATED ALWAYS AS IDENTITY",
            "analysis_jobs.id is not numbered by a sequence that the column owns, as a \
             bigserial is",
            true,
        ),
        (
            "ALTER SEQUENCE analysis_jobs_id_seq OWNED BY NONE",
            "analysis_jobs.id is not numbered by a sequence that the column owns, as a \
             bigserial is",
            true,
        ),
        (
            "ALTER TABLE processing_jobs ALTER action DROP NOT NULL",
            "processing_jobs.action takes NULL",
            false,
        ),
        (
            "ALTER TABLE processing_jobs ALTER action TYPE text COLLATE \"POSIX\"",
            "processing_jobs.action has the collation POSIX, not C",
            false,
        ),
        (
            "DROP INDEX idx_processing_id",
            "idx_processing_id is missing",
            false,
        ),
        (
            "DROP INDEX idx_processing_id; CREATE INDEX idx_processing_id ON processing_jobs (action)",
            "idx_processing_id is over action, not id",
            false,
        ),
        (
            "DROP INDEX idx_analysis_hash_created_at; CREATE INDEX idx_analysis_hash_created_at \
             ON analysis_jobs (left(file_hash, 160), created_at, id) WHERE id > 5",
            "idx_analysis_hash_created_at is missing",
            false,
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_analysis_id'::regclass",
            "idx_analysis_id was not built to its end",
            false,
        ),
    ] {
        let Some(fresh) = fresh() else { return };
        fresh.run(change);
        assert_eq!(
            differences(&fresh),
            [(told.to_owned(), is_obstacle)],
            "{change}"
        );
        match ConnectOptions::new().open(&fresh.url) {
            Err(ConnectError::Schema { difference, .. }) => {
                assert!(is_obstacle, "{change}");
                assert_eq!(difference.to_string(), told);
            }
            opened => assert!(opened.is_ok() && !is_obstacle, "{change}: {opened:?}"),
        }
    }
}

#[test]
fn a_key_that_is_gone_is_told() {
    let Some(fresh) = fresh() else { return };
    fresh.run("ALTER TABLE analysis_jobs DROP CONSTRAINT analysis_jobs_pkey");
    let told = "analysis_jobs has no unique key over path_digest, config_digest";
    assert_eq!(differences(&fresh), [(told.to_owned(), true)]);
}

#[test]
fn what_serves_as_well_is_no_difference() {
    let Some(fresh) = fresh() else { return };
    fresh.run(
        "ALTER INDEX idx_processing_id RENAME TO of_mine;
         ALTER TABLE processing_jobs ADD colour text, ADD size bigint NOT NULL DEFAULT 0;
         ALTER TABLE analysis_jobs DROP CONSTRAINT analysis_jobs_pkey;
         CREATE UNIQUE INDEX pair ON analysis_jobs (config_digest, path_digest);
         DROP INDEX idx_analysis_path_created_at;
         CREATE INDEX longer ON analysis_jobs (path_digest, created_at, id, file_hash);
         CREATE TABLE of_somebody_else (id int);",
    );
    assert_eq!(differences(&fresh), []);
    ConnectOptions::new().open(&fresh.url).unwrap();
}

#[test]
fn a_partitioned_table_counts_as_one() {
    let Some(fresh) = fresh() else { return };
    fresh.run(
        "DROP TABLE analysis_jobs;
         CREATE TABLE analysis_jobs (
             id bigserial NOT NULL, path_digest bytea NOT NULL, config_digest bytea NOT NULL,
             file_path text COLLATE \"C\" NOT NULL, file_hash text COLLATE \"C\" NOT NULL,
             config_hash text COLLATE \"C\" NOT NULL, ranges text COLLATE \"C\",
             metadata text COLLATE \"C\", created_at double precision NOT NULL,
             revision bigint NOT NULL, PRIMARY KEY (path_digest, config_digest)
         ) PARTITION BY HASH (path_digest);
         CREATE TABLE part_0 PARTITION OF analysis_jobs FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE part_1 PARTITION OF analysis_jobs FOR VALUES WITH (MODULUS 2, REMAINDER 1);
         CREATE INDEX a ON analysis_jobs (id);
         CREATE INDEX b ON analysis_jobs (created_at, id);
         CREATE INDEX c ON analysis_jobs (path_digest, created_at, id);
         CREATE INDEX d ON analysis_jobs (left(file_hash, 160), created_at, id);
         CREATE INDEX e ON analysis_jobs (config_digest, created_at, id);",
    );
    assert_eq!(differences(&fresh), []);
    let database = ConnectOptions::new().open(&fresh.url).unwrap();
    crate::rows::analyses(&fresh, "1, 100");
    let statistics = media_schema::MediaBackend::statistics(&database).unwrap();
    assert_eq!((statistics.analyses.rows, statistics.files), (100, 100));
}
