//! Tables that somebody has partitioned: no statement changes by that.

use std::num::NonZero;

use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::postgres::DDL;
use media_schema::{
    AnalysisBackend as _, AnalysisFilter, AnalysisJob, Imported, Job, JobStore,
    ProcessingBackend as _, ProcessingFilter, ProcessingJob, ProcessingKey, Prune, Saved,
    StoreError,
};

use crate::samples::{
    all, analyses, analysis, fresh, get_analysis, get_job, hash, job, jobs, listed,
};

/// The tables as they are made, `analysis_jobs` and `processing_jobs` each in
/// four parts.
fn ddl() -> String {
    let mut sql = String::new();
    for ddl in DDL {
        let by = match ddl.table.name {
            "analysis_jobs" => "path_digest",
            "processing_jobs" => "input_hash",
            _ => {
                sql += ddl.sql;
                continue;
            }
        };
        for statement in ddl.sql.split_inclusive(";\n") {
            let name = ddl.table.name;
            if statement.starts_with(&format!("CREATE TABLE IF NOT EXISTS {name} ")) {
                let table = statement.trim_end().trim_end_matches(';');
                let parts = (0..4).map(|part| {
                    format!(
                        "CREATE TABLE {name}_{part} PARTITION OF {name} \
                         FOR VALUES WITH (MODULUS 4, REMAINDER {part});\n"
                    )
                });
                sql.extend([format!("{table} PARTITION BY HASH ({by});\n")]);
                sql.extend(parts);
            } else {
                sql += statement;
            }
        }
    }
    sql + "INSERT INTO media_store_schema (version) VALUES (1);\n"
}

fn partitioned() -> Option<PostgresDatabase> {
    let server = postgres_cluster::shared()?;
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    server.psql_in(name, &ddl()).unwrap();
    Some(ConnectOptions::new().open(&url).unwrap())
}

#[test]
fn analyses_in_parts() {
    let Some(database) = partitioned() else {
        return;
    };
    let new: Vec<_> = (0..50)
        .map(|number| {
            let content = if number % 2 == 0 { "even" } else { "odd" };
            analysis(&format!("/{number}"), content, f64::from(number))
        })
        .collect();
    assert_eq!(analyses(&database).save(&new[0]).unwrap(), Saved::Inserted);
    let saved = analyses(&database).save_many(&new).unwrap();
    assert_eq!(saved[..2], [Saved::Replaced, Saved::Inserted]);
    let (row, saved) = database.save_and_get(&new[7], &[], None).unwrap();
    assert_eq!(saved, Saved::Replaced);
    assert_eq!(get_analysis(&database, "/7"), Some(row));

    let filter = || AnalysisFilter {
        file_hash: Some(hash("odd").as_str().to_owned()),
        ..AnalysisFilter::default()
    };
    let paths: Vec<_> = listed::<AnalysisJob>(&database, filter)
        .into_iter()
        .map(|row| row.file_path)
        .collect();
    let expected: Vec<_> = (0..25)
        .map(|number| format!("/{}", 49 - 2 * number))
        .collect();
    assert_eq!(paths, expected);
    assert_eq!(analyses(&database).count(&filter()).unwrap(), 25);
    let newest = database
        .newest_of_content(hash("odd").as_str(), hash("config").as_str())
        .unwrap();
    assert_eq!(newest.unwrap().file_path, "/49");

    let rows = moved::<AnalysisJob>(&database);
    assert_eq!(rows.len(), 50);
    assert_eq!(
        analyses(&database).import(&rows).unwrap(),
        vec![Imported::Unchanged; 50]
    );
    let Some(other) = fresh() else { return };
    assert_eq!(
        analyses(&other).import(&rows).unwrap(),
        vec![Imported::Inserted; 50]
    );

    let prune = Prune {
        older_than: media_schema::Timestamp::from_unix_seconds(40.0),
        ..Prune::default()
    };
    assert_eq!(pruned::<AnalysisJob>(&database, &prune), 40);
}

#[test]
fn jobs_in_parts() {
    let Some(database) = partitioned() else {
        return;
    };
    let new: Vec<_> = (0..50)
        .map(|number| {
            let input = if number % 2 == 0 { "/even" } else { "/odd" };
            job(
                &number.to_string(),
                input,
                &format!("/out/{number}"),
                f64::from(number),
            )
        })
        .collect();
    jobs(&database).save(&new[0]).unwrap();
    let error = jobs(&database).save_many(&new).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    jobs(&database).save_many(&new[1..]).unwrap();
    let error = database.record_and_get(&new[3], &[], None).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    let filter = || ProcessingFilter {
        path: Some("/odd".to_owned()),
        ..ProcessingFilter::default()
    };
    assert_eq!(listed::<ProcessingJob>(&database, filter).len(), 25);
    let rows = moved::<ProcessingJob>(&database);
    assert_eq!(
        jobs(&database).import(&rows).unwrap(),
        vec![Imported::Unchanged; 50]
    );
    let Some(other) = fresh() else { return };
    assert_eq!(
        jobs(&other).import(&rows).unwrap(),
        vec![Imported::Inserted; 50]
    );

    let prune = Prune {
        keep_latest: NonZero::new(2),
        missing: true,
        ..Prune::default()
    };
    assert_eq!(pruned::<ProcessingJob>(&database, &prune), 46);
    // The names of what went can be used again.
    jobs(&database).save(&new[3]).unwrap();
    assert!(
        jobs(&database)
            .remove(ProcessingKey { job_id: "3" })
            .unwrap()
    );
    assert_eq!(get_job(&database, "3"), None);
    jobs(&database).save(&new[3]).unwrap();
}

fn moved<J: Job>(database: &PostgresDatabase) -> Vec<J::Row>
where
    PostgresDatabase: JobStore<J>,
{
    all::<J>(database)
        .into_iter()
        .map(|walked| walked.row)
        .collect()
}

/// How many rows go, of files that are all missing.
fn pruned<J: Job>(database: &PostgresDatabase, prune: &Prune) -> u64
where
    PostgresDatabase: JobStore<J>,
{
    let gone = prune.run::<J, StoreError>(database, |_| true, |_| Ok(()));
    gone.unwrap().rows
}
