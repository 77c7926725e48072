//! Many rows by one statement.

use std::thread;

use media_postgres::ConnectOptions;
use media_schema::{
    AnalysisFilter, AnalysisJob, AnalysisKey, Imported, InvalidValue, JsonText, NewAnalysis,
    NewProcessing, ProcessingFilter, ProcessingJob, ProcessingKey, Saved, StoreError,
};
use postgres_cluster::Cluster;

use crate::samples::{all, analyses, analysis, fresh, get_analysis, get_job, hash, job, jobs};

/// Statements that a server was sent, those apart by which a session begins.
fn statements(server: &Cluster) -> Vec<String> {
    let log = server.log();
    log.lines()
        .filter(|line| line.contains("execute ") || line.contains("statement: "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_batch_is_one_statement_at_any_size() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .setting("log_statement", "all")
        .start()
        .unwrap();
    let database = ConnectOptions::new().open(&server.url()).unwrap();
    let paths: Vec<_> = (0..5000).map(|number| format!("/media/{number}")).collect();
    let new_analyses: Vec<_> = paths.iter().map(|path| analysis(path, path, 1.0)).collect();
    let new_jobs: Vec<_> = paths
        .iter()
        .map(|path| job(path, path, "/out", 1.0))
        .collect();
    let config = hash("config");
    // The connection is made, and its greeting logged.
    analyses(&database).save(&new_analyses[0]).unwrap();

    let one = |action: &dyn Fn()| {
        let before = statements(&server).len();
        action();
        let sent = statements(&server).split_off(before);
        assert_eq!(sent.len(), 1, "{}", sent.join("\n"));
    };
    one(&|| {
        let saved = analyses(&database).save_many(&new_analyses).unwrap();
        assert_eq!(saved[..2], [Saved::Replaced, Saved::Inserted]);
    });
    one(&|| {
        jobs(&database).save_many(&new_jobs).unwrap();
    });
    one(&|| {
        let keys: Vec<_> = paths
            .iter()
            .map(|file_path| AnalysisKey {
                file_path,
                config_hash: config.as_str(),
            })
            .collect();
        let found = analyses(&database).get_many(&keys).unwrap();
        assert_eq!(found.len(), paths.len());
        for (found, path) in found.into_iter().zip(&paths) {
            assert_eq!(found.unwrap().unwrap().file_path, *path);
        }
    });
    let rows: Vec<_> = all::<AnalysisJob>(&database)
        .into_iter()
        .map(|walked| walked.row)
        .collect();
    one(&|| {
        let imported = analyses(&database).import(&rows).unwrap();
        assert_eq!(imported, vec![Imported::Unchanged; 5000]);
    });
    one(&|| {
        let (row, _) = media_schema::ProcessingBackend::record_and_get(
            &database,
            &job("another", "/in", "/out", 1.0),
            &[],
            None,
        )
        .unwrap();
        assert_eq!(Some(row.id), get_id(&rows));
    });
}

/// Jobs are numbered from 1 too, and there is one more of them.
fn get_id(rows: &[media_schema::MediaAnalysisRow]) -> Option<i64> {
    i64::try_from(rows.len() + 1).ok()
}

#[test]
fn new_rows_are_numbered_in_the_order_given() {
    let Some(database) = fresh() else { return };
    let paths: Vec<_> = (0..1200).rev().map(|number| format!("/{number}")).collect();
    let new_analyses: Vec<_> = paths.iter().map(|path| analysis(path, path, 1.0)).collect();
    let new_jobs: Vec<_> = paths
        .iter()
        .map(|path| job(path, path, path, 1.0))
        .collect();
    analyses(&database).save_many(&new_analyses).unwrap();
    jobs(&database).save_many(&new_jobs).unwrap();
    let walked: Vec<_> = all::<AnalysisJob>(&database)
        .into_iter()
        .map(|walked| walked.row.file_path)
        .collect();
    assert_eq!(walked, paths);
    let walked: Vec<_> = all::<ProcessingJob>(&database)
        .into_iter()
        .map(|walked| walked.row.job_id)
        .collect();
    assert_eq!(walked, paths);
}

#[test]
fn of_a_key_that_comes_again_the_last_stays() {
    use Saved::{Inserted, Replaced};
    let Some(database) = fresh() else { return };
    let batch = [
        analysis("/a", "one", 1.0),
        analysis("/b", "one", 1.0),
        analysis("/a", "two", 0.5),
        analysis("/a", "three", 0.25),
    ];
    let saved = analyses(&database).save_many(&batch).unwrap();
    assert_eq!(saved, [Inserted, Inserted, Replaced, Replaced]);
    assert_eq!(
        get_analysis(&database, "/a").unwrap().file_hash,
        hash("three")
    );
    let saved = analyses(&database).save_many(&batch).unwrap();
    assert_eq!(saved, [Replaced; 4]);
    assert_eq!(
        analyses(&database)
            .count(&AnalysisFilter::default())
            .unwrap(),
        2
    );
}

#[test]
fn a_name_that_comes_again_refuses_the_batch() {
    let Some(database) = fresh() else { return };
    jobs(&database)
        .save(&job("there", "/in", "/out", 1.0))
        .unwrap();
    let new = |name| job(name, "/other", "/other", 2.0);
    for (batch, taken) in [
        (vec![new("a"), new("b"), new("a")], "a"),
        (vec![new("a"), new("there"), new("a")], "there"),
        (vec![new("a"), new("a"), new("there")], "a"),
    ] {
        let error = jobs(&database).save_many(&batch).unwrap_err();
        assert!(
            matches!(&error, StoreError::Conflict { job_id, .. } if job_id == taken),
            "{error:?}"
        );
        assert_eq!(
            jobs(&database).count(&ProcessingFilter::default()).unwrap(),
            1
        );
    }
    // What was refused is not taken.
    jobs(&database).save_many(&[new("a"), new("b")]).unwrap();
    assert!(
        jobs(&database)
            .remove(ProcessingKey { job_id: "a" })
            .unwrap()
    );
    jobs(&database).save(&new("a")).unwrap();
}

#[test]
fn nothing_and_everything_twice() {
    let Some(database) = fresh() else { return };
    assert!(
        analyses(&database)
            .save_many(&[] as &[NewAnalysis])
            .unwrap()
            .is_empty()
    );
    assert!(
        jobs(&database)
            .save_many(&[] as &[NewProcessing])
            .unwrap()
            .is_empty()
    );
    let none: [ProcessingKey<'_>; 0] = [];
    assert!(jobs(&database).get_many(&none).unwrap().is_empty());
    jobs(&database).save(&job("a", "/in", "/out", 1.0)).unwrap();
    let keys = ["a", "b", "a", "a\0"].map(|job_id| ProcessingKey { job_id });
    let found = jobs(&database).get_many(&keys).unwrap();
    let found: Vec<_> = found
        .into_iter()
        .map(|found| found.unwrap().is_some())
        .collect();
    assert_eq!(found, [true, false, true, false]);
}

#[test]
fn an_import_of_repeated_keys_is_one_row_after_the_other() {
    use Imported::{Conflict, Inserted, Kept, Replaced, Unchanged};
    let Some(database) = fresh() else { return };
    let Some(other) = fresh() else { return };
    let row = |content: &str, seconds| {
        let new = analysis("/a", content, seconds);
        media_schema::AnalysisBackend::save_and_get(&other, &new, &[], None)
            .unwrap()
            .0
    };
    let rows = [
        row("one", 2.0),
        row("one", 2.0),
        row("two", 2.0),
        row("two", 3.0),
        row("one", 2.0),
    ];
    let imported = analyses(&database).import(&rows).unwrap();
    assert_eq!(imported, [Inserted, Unchanged, Kept, Replaced, Kept]);
    assert_eq!(
        analyses(&database).import(&rows[3..4]).unwrap(),
        [Unchanged]
    );

    let row = |output| {
        jobs(&other).save(&job("a", "/in", output, 1.0)).unwrap();
        let row = get_job(&other, "a").unwrap();
        assert!(jobs(&other).remove(ProcessingKey { job_id: "a" }).unwrap());
        row
    };
    let rows = [row("/out"), row("/out"), row("/elsewhere")];
    assert_eq!(
        jobs(&database).import(&rows).unwrap(),
        [Inserted, Unchanged, Conflict]
    );
    assert_eq!(
        jobs(&database).import(&rows).unwrap(),
        [Unchanged, Unchanged, Conflict]
    );
}

#[test]
fn the_same_rows_are_imported_by_many_at_once() {
    let Some(database) = fresh() else { return };
    let Some(other) = fresh() else { return };
    let paths: Vec<_> = (0..300).map(|number| format!("/{number}")).collect();
    let new_analyses: Vec<_> = paths.iter().map(|path| analysis(path, path, 1.0)).collect();
    let new_jobs: Vec<_> = paths
        .iter()
        .map(|path| job(path, path, path, 1.0))
        .collect();
    analyses(&other).save_many(&new_analyses).unwrap();
    jobs(&other).save_many(&new_jobs).unwrap();
    let analysis_rows: Vec<_> = all::<AnalysisJob>(&other)
        .into_iter()
        .map(|walked| walked.row)
        .collect();
    let job_rows: Vec<_> = all::<ProcessingJob>(&other)
        .into_iter()
        .map(|walked| walked.row)
        .collect();
    let imported: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..6)
            .map(|client| {
                let (mut analysis_rows, mut job_rows, database) =
                    (analysis_rows.clone(), job_rows.clone(), &database);
                scope.spawn(move || {
                    if client % 2 == 1 {
                        analysis_rows.reverse();
                        job_rows.reverse();
                    }
                    let mut imported = analyses(database).import(&analysis_rows).unwrap();
                    imported.extend(jobs(database).import(&job_rows).unwrap());
                    imported
                })
            })
            .collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    let count = |outcome| {
        imported
            .iter()
            .filter(|imported| **imported == outcome)
            .count()
    };
    assert_eq!(count(Imported::Inserted), 600);
    assert_eq!(count(Imported::Unchanged), 5 * 600);
}

#[test]
fn a_row_with_nul_refuses_the_import() {
    let Some(database) = fresh() else { return };
    let (mut row, _) = media_schema::AnalysisBackend::save_and_get(
        &database,
        &analysis("/a", "a", 1.0),
        &[],
        None,
    )
    .unwrap();
    let good = row.clone();
    row.file_path = "/b".to_owned();
    row.metadata = Some(JsonText::from_stored("{}\0".to_owned()));
    let fine = media_schema::MediaAnalysisRow::from_columns(
        1,
        "/c".to_owned(),
        ["md5:1".into(), "md5:2".into()],
        [None, None],
        good.created_at,
    );
    let error = analyses(&database).import(&[fine, row]).unwrap_err();
    let StoreError::Invalid { job, source } = error else {
        panic!("{error:?}");
    };
    assert!(job.starts_with("/b with config "), "{job}");
    assert!(
        matches!(
            source,
            InvalidValue::Nul {
                column: "metadata",
                offset: 2
            }
        ),
        "{source:?}"
    );
    assert_eq!(
        analyses(&database)
            .count(&AnalysisFilter::default())
            .unwrap(),
        1
    );
}
