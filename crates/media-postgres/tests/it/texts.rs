//! Texts that are longer than an entry of an index, or no text for a server.

use media_hash::ContentHash;
use media_schema::{
    AnalysisBackend as _, AnalysisFilter, AnalysisJob, AnalysisKey, AuditKey, ExportedCheck,
    FixityBackend as _, InvalidValue, NewAnalysis, NewProcessing, PastAudit, PastCheck,
    ProcessingBackend as _, ProcessingFilter, ProcessingJob, ProcessingKey, Query, StoreError,
    Timestamp, Totals,
};

use crate::samples::{all, analyses, analysis, fresh, get_analysis, hash, job, jobs, listed, time};

#[test]
fn paths_and_names_of_any_length() {
    let Some(database) = fresh() else { return };
    let long = |last: char| format!("/{}{last}", "ä/".repeat(33_000));
    for (seconds, last) in [(1.0, 'a'), (2.0, 'b')] {
        let path = long(last);
        analyses(&database)
            .save(&analysis(&path, &path, seconds))
            .unwrap();
        let new = NewProcessing::new(
            &*path,
            &*path,
            (&path, hash(&path)),
            (format!("{path}.out"), hash("out")),
        );
        jobs(&database).save(&new.unwrap()).unwrap();
    }
    for last in ['a', 'b'] {
        let path = long(last);
        assert_eq!(
            get_analysis(&database, &path).unwrap().file_hash,
            hash(&path)
        );
        assert!(database.knows_path(&path).unwrap());
        assert!(database.knows_input(&path, &path).unwrap());
        assert!(database.knows_content(&path, hash(&path).as_str()).unwrap());
        let filter = || ProcessingFilter {
            action: Some(path.clone()),
            ..ProcessingFilter::default()
        };
        let found = listed::<ProcessingJob>(&database, filter);
        let found: Vec<_> = found.iter().map(|row| &row.job_id).collect();
        assert_eq!(found, [&path]);
        let filter = || ProcessingFilter {
            path: Some(format!("{path}.out")),
            ..ProcessingFilter::default()
        };
        assert_eq!(listed::<ProcessingJob>(&database, filter).len(), 1);
    }
    assert!(!database.knows_path(&long('c')).unwrap());
    assert!(
        !database
            .knows_content(&long('a'), hash(&long('b')).as_str())
            .unwrap()
    );
}

#[test]
fn hashes_that_begin_alike() {
    let Some(database) = fresh() else { return };
    let long = |last: char| -> ContentHash {
        format!("mine:{}{last}", "0".repeat(20_000))
            .parse()
            .unwrap()
    };
    let config = long('9');
    for (path, last) in [("/a", 'a'), ("/b", 'b'), ("/other", 'b')] {
        let new = NewAnalysis::new(path, long(last), config.clone()).unwrap();
        analyses(&database)
            .save(&new.with_created_at(time(1.0)))
            .unwrap();
        let new = NewProcessing::new(path, "cut", (path, long(last)), ("/out", long('c')));
        jobs(&database).save(&new.unwrap()).unwrap();
    }
    for (last, newest, count) in [
        ('a', Some("/a"), 1),
        ('b', Some("/other"), 2),
        ('d', None, 0),
    ] {
        let hash = long(last);
        let found = database
            .newest_of_content(hash.as_str(), config.as_str())
            .unwrap();
        assert_eq!(found.as_ref().map(|row| &*row.file_path), newest);
        let filter = || AnalysisFilter {
            file_hash: Some(hash.as_str().to_owned()),
            ..AnalysisFilter::default()
        };
        assert_eq!(listed::<AnalysisJob>(&database, filter).len(), count);
        let mut done = 0;
        database
            .done_jobs("cut", hash.as_str(), &mut |_| done += 1)
            .unwrap();
        assert_eq!(done, count);
    }
    let filter = || ProcessingFilter {
        hash: Some(long('c').as_str().to_owned()),
        ..ProcessingFilter::default()
    };
    assert_eq!(listed::<ProcessingJob>(&database, filter).len(), 3);
}

#[test]
fn nothing_is_found_under_nul() {
    let Some(database) = fresh() else { return };
    analyses(&database).save(&analysis("/a", "a", 1.0)).unwrap();
    jobs(&database).save(&job("a", "/a", "/b", 1.0)).unwrap();
    let key = AnalysisKey {
        file_path: "/a\0",
        config_hash: "md5:1",
    };
    assert_eq!(analyses(&database).get(key).unwrap(), None);
    assert!(!analyses(&database).remove(key).unwrap());
    assert!(!database.knows_path("/a\0").unwrap());
    assert!(!database.knows_input("cut", "/a\0").unwrap());
    assert!(!database.knows_content("cut\0", "").unwrap());
    assert_eq!(database.newest_of_content("\0", "").unwrap(), None);
    database
        .done_jobs("cut", "\0", &mut |_| panic!("found"))
        .unwrap();
    let key = ProcessingKey { job_id: "a\0" };
    assert_eq!(jobs(&database).get(key).unwrap(), None);
    assert!(!jobs(&database).remove(key).unwrap());
    let filter = || ProcessingFilter {
        path: Some("/a\0".to_owned()),
        ..ProcessingFilter::default()
    };
    assert!(listed::<ProcessingJob>(&database, filter).is_empty());
    assert_eq!(jobs(&database).count(&filter()).unwrap(), 0);
}

#[test]
fn rows_of_a_hundred_megabytes_come_one_at_a_time() {
    let Some(database) = fresh() else { return };
    let huge = format!("[\"{}\"]", "ab".repeat(25 << 20));
    let more = format!("{{\"a\":\"{}\"}}", "cd".repeat(25 << 20));
    for path in ["/a", "/b"] {
        let new = analysis(path, path, 1.0)
            .with_ranges_json(huge.clone())
            .unwrap()
            .with_metadata_json(more.clone())
            .unwrap();
        if path == "/a" {
            analyses(&database).save(&new).unwrap();
        } else {
            // More than a statement is given at once.
            analyses(&database)
                .save_many(&[new, analysis("/c", "c", 1.0)])
                .unwrap();
        }
    }
    let first = analyses(&database).walk(0).unwrap();
    assert_eq!(first.len(), 1);
    assert!(first[0].bytes > 100 << 20);
    let row = first.into_iter().next().unwrap().row.unwrap();
    assert!(row.ranges.unwrap().as_str() == huge && row.metadata.unwrap().as_str() == more);
    let paths: Vec<_> = all::<AnalysisJob>(&database)
        .into_iter()
        .map(|walked| walked.row.file_path)
        .collect();
    assert_eq!(paths, ["/a", "/b", "/c"]);
}

#[test]
fn a_walk_takes_as_many_rows_as_fit() {
    let Some(database) = fresh() else { return };
    let megabyte = format!("[\"{}\"]", "x".repeat(1 << 20));
    let new: Vec<_> = (0..10)
        .map(|number| {
            analysis(&format!("/{number}"), "a", 1.0)
                .with_ranges_json(megabyte.clone())
                .unwrap()
        })
        .collect();
    analyses(&database).save_many(&new).unwrap();
    let page = analyses(&database).walk(i64::MIN).unwrap();
    assert_eq!(page.len(), 4);
    let walked = all::<AnalysisJob>(&database);
    assert_eq!(walked.len(), 10);
    let texts = |row: &media_schema::MediaAnalysisRow| {
        row.file_path.len() + row.file_hash.as_str().len() + row.config_hash.as_str().len()
    };
    for walked in walked {
        let bytes = texts(&walked.row) + megabyte.len();
        assert_eq!(walked.bytes, bytes as u64);
    }
}

#[test]
fn a_time_that_is_none_is_that_rows_error() {
    let Some(fresh) = crate::support::fresh() else {
        return;
    };
    let database = &fresh.database;
    for (path, seconds) in [("/a", 1.0), ("/b", 2.0), ("/c", 3.0)] {
        analyses(database)
            .save(&analysis(path, path, seconds))
            .unwrap();
    }
    fresh.run("UPDATE analysis_jobs SET created_at = 'NaN' WHERE file_path = '/b'");
    let mut query = Query::<AnalysisFilter>::default().limit(1);
    let mut seen = Vec::new();
    loop {
        let page = analyses(database).list(&query).unwrap();
        seen.extend(page.rows.into_iter().map(|row| match row {
            Ok(row) => row.file_path,
            Err(error) => error.to_string(),
        }));
        match page.next {
            Some(next) => query = query.after(next),
            None => break,
        }
    }
    let problem = "analysis_jobs row 2: column created_at cannot be read";
    assert_eq!(seen, [problem, "/c", "/a"]);
    let config = hash("config");
    let key = AnalysisKey {
        file_path: "/b",
        config_hash: config.as_str(),
    };
    let error = analyses(database).get(key).unwrap_err();
    assert!(matches!(error, StoreError::Row(_)), "{error:?}");
    // What is there and cannot be read is not replaced.
    let (mut row, _) = database
        .save_and_get(&analysis("/d", "d", 9.0), &[], None)
        .unwrap();
    row.file_path = "/b".to_owned();
    assert_eq!(
        analyses(database).import(&[row]).unwrap(),
        [media_schema::Imported::Conflict]
    );
}

/// A peer's SQLite file may hold one.
#[test]
fn a_history_with_nul_is_refused() {
    let Some(database) = fresh() else { return };
    let audit = PastAudit {
        key: AuditKey {
            scope: "all".into(),
            started_at: Timestamp::now(),
        },
        finished_at: None,
        totals: Totals::default(),
    };
    let mut strange = audit.clone();
    strange.key.scope.push('\0');
    let both = [audit.clone(), strange];
    let column = |error| match error {
        StoreError::Invalid {
            source: InvalidValue::Nul { column, .. },
            ..
        } => column,
        error => panic!("{error}"),
    };
    assert_eq!(column(database.import_audits(&both).unwrap_err()), "scope");
    assert_eq!(database.export_audits(i64::MIN).unwrap().len(), 0);
    database.import_audits(&both[..1]).unwrap();
    let check = ExportedCheck {
        audit: audit.key,
        check: PastCheck {
            audit_id: 0,
            path: "/a".into(),
            expected: "h".into(),
            actual: None,
            verdict: "intact".into(),
            found_at: None,
            problem: Some("why\0not".into()),
            checked_at: Timestamp::now(),
        },
    };
    let error = database.import_checks(&[check]).unwrap_err();
    assert_eq!(column(error), "problem");
    assert_eq!(database.export_checks(i64::MIN).unwrap().len(), 0);
}
