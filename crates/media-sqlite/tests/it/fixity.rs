//! What audits ask of a database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use media_schema::{
    Cursor, FixityBackend, Imported, LineageBackend, NamingRow, Role, Scope, Selected, StoreError,
};
use media_sqlite::{Database, OpenOptions};
use rusqlite::params;

use crate::{open, stranger, with_tables};

const ANALYSIS: &str = "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at)
    VALUES (?1, ?2, ?3, ?4)";

const JOB: &str = "INSERT INTO processing_jobs
    (job_id, action, input_path, input_hash, output_path, output_hash, created_at)
    VALUES (?1, 'cut', ?2, ?3, ?4, ?5, ?6)";

/// Five thousand sources and inputs, half of which are the same, and rows that
/// cannot be read.
fn crowd(path: &Path) -> Database {
    let database = with_tables(path);
    let mut peer = stranger(path);
    let peer = peer.transaction().unwrap();
    for number in 0..5000 {
        let source = format!("/{:05}", number * 3);
        let input = format!("/{:05}", number * 3 + number % 2);
        let values = params![source, "sha256:00", number.to_string(), 1.0];
        peer.execute(ANALYSIS, values).unwrap();
        let values = params![
            format!("job-{number}"),
            input,
            "sha256:00",
            "/out",
            "sha256:01",
            1.0
        ];
        peer.execute(JOB, values).unwrap();
    }
    peer.execute_batch(
        "UPDATE analysis_jobs SET file_path = x'ff' WHERE id = 5;
         UPDATE processing_jobs SET input_path = CAST(x'2fff' AS TEXT) WHERE id = 7;
         UPDATE processing_jobs SET input_hash = x'00' WHERE id = 9;",
    )
    .unwrap();
    peer.commit().unwrap();
    database
}

/// Asks for page after page.
fn pages<T>(
    mut page: impl FnMut(Option<&Cursor>) -> Result<(Vec<T>, Option<Cursor>), StoreError>,
) -> Vec<Vec<T>> {
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let (rows, next) = page(after.as_ref()).unwrap();
        pages.push(rows);
        if next.is_none() {
            return pages;
        }
        after = next;
    }
}

#[test]
fn every_row_comes_once_and_those_of_a_path_together() {
    let folder = tempfile::tempdir().unwrap();
    let database = crowd(&folder.path().join("media.db"));
    let pages = pages(|after| database.naming_rows(Scope::All, after));
    assert!(pages.len() > 2);
    let mut page_of = BTreeMap::new();
    let (mut rows, mut errors) = (0, Vec::new());
    for (number, page) in pages.iter().enumerate() {
        for row in page {
            match row {
                Ok(NamingRow { path, .. }) => {
                    assert_eq!(*page_of.entry(path).or_insert(number), number, "{path}");
                    rows += 1;
                }
                Err(error) => errors.push(error.to_string()),
            }
        }
    }
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            "analysis_jobs row 5: column file_path cannot be read",
            "processing_jobs row 7: column input_path cannot be read",
            "processing_jobs row 9: column input_hash cannot be read",
        ]
    );
    assert_eq!(rows, 3 * 5000 - 3);
}

#[test]
fn every_path_comes_once_but_those_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let database = crowd(&folder.path().join("media.db"));
    let paths = pages(|after| database.named_paths(Scope::All, after)).concat();
    let distinct: BTreeSet<_> = paths.iter().collect();
    // 5,000 sources, 2,500 inputs that are none, and the output. A path that
    // cannot be read in one column stands in another.
    assert_eq!((paths.len(), distinct.len()), (7501, 7501));
    let jobs = pages(|after| database.named_paths(Scope::Processing, after)).concat();
    assert_eq!(jobs.len(), 5000);
    assert!(jobs.is_sorted());
}

#[test]
fn each_question_for_rows_has_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let database = crowd(&folder.path().join("media.db"));
    let path = |path: &str| Selected::Path(path.to_owned());
    let asked = [
        path("/00000"),
        path("/nowhere"),
        Selected::Job("job-1".to_owned()),
        path("/00024"),
    ];
    let answers = database.rows_of(Scope::All, &asked).unwrap();
    let counts: Vec<_> = answers.iter().map(Vec::len).collect();
    assert_eq!(counts, [2, 0, 2, 2]);
    assert!(answers[3].iter().any(Result::is_err));
    let answers = database.rows_of(Scope::Analysis, &asked).unwrap();
    let counts: Vec<_> = answers.iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 0, 0, 1]);
    assert!(database.rows_of(Scope::All, &[]).unwrap().is_empty());
}

#[test]
fn the_paths_of_a_content_come_hash_by_hash_and_role_by_role() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    let peer = stranger(&path);
    let mut expected = Vec::new();
    for hash in ["sha256:0a", "SHA256:0A"] {
        for role in [Role::Source, Role::Output, Role::Input] {
            for number in 0..64 {
                expected.push(format!("/{hash}/{role}/{:02}", 63 - number));
            }
        }
        for number in 0..64 {
            let path = |role| format!("/{hash}/{role}/{number:02}");
            let job_id = format!("{hash} {number}");
            let time = f64::from(number);
            let values = params![path(Role::Source), hash, "", time];
            peer.execute(ANALYSIS, values).unwrap();
            let values = params![
                job_id,
                path(Role::Input),
                hash,
                path(Role::Output),
                hash,
                time
            ];
            peer.execute(JOB, values).unwrap();
        }
    }
    let hashes = ["sha256:0a", "SHA256:0A"];
    let paths = pages(|after| database.paths_of_content(&hashes, after));
    assert_eq!(paths.concat(), expected);
    let unknown = pages(|after| database.paths_of_content(&["md5:00"], after));
    assert_eq!(unknown, [[""; 0]]);
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    for text in ["", "7", "x:", "0:y", "夜"] {
        let cursor = Cursor::new(text);
        let refused = [
            database.named_paths(Scope::All, Some(&cursor)).err(),
            database.naming_rows(Scope::All, Some(&cursor)).err(),
            database.paths_of_content(&["md5:00"], Some(&cursor)).err(),
        ];
        for error in refused {
            assert!(
                matches!(error, Some(StoreError::BadCursor { .. })),
                "{text}"
            );
        }
    }
}

#[test]
fn tables_that_are_not_there_are_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(open(&path));
    let database = OpenOptions::new().read_only(true).open(&path).unwrap();
    assert!(!database.prepare_audits().unwrap());
    assert_eq!(database.begin_audit(None, false).unwrap(), None);
    let scope = Scope::All;
    assert_eq!(database.queued(scope, 9, None, 9).unwrap(), []);
    assert_eq!(database.survey_queue(scope, None, 9).unwrap(), []);
    assert_eq!(database.files_left(scope, 9).unwrap(), 0);
    assert_eq!(database.last_place(scope).unwrap(), 0);
    assert_eq!(database.place(scope, "/a").unwrap(), None);
    assert_eq!(database.named_paths(scope, None).unwrap(), (vec![], None));
    let (rows, next) = database.naming_rows(scope, None).unwrap();
    assert!(rows.is_empty() && next.is_none());
    let paths = database.paths_of_content(&["md5:00"], None).unwrap();
    assert_eq!(paths, (vec![], None));
    assert_eq!(database.latest_verdict("/a", "md5:00").unwrap(), None);
    assert_eq!(database.history("/a", 9).unwrap(), []);
    assert_eq!(database.latest_checks("md5:00").unwrap(), []);
    assert!(database.walk_checks(0, 9).unwrap().is_empty());
    database
        .read_lineage(&mut |rows| {
            assert!(!rows.has_checks()?);
            assert!(!rows.knows("md5:00")?);
            assert!(rows.files_written(&["md5:00".into()], true)?.is_empty());
            let checks = rows.checks(&[(&"md5:00".into(), "/a")])?;
            assert!(matches!(checks[..], [Ok(None)]));
            Ok(())
        })
        .unwrap();
}

#[test]
fn old_checks_are_left_out_of_a_walk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = open(&path);
    assert!(database.prepare_audits().unwrap());
    let peer = stranger(&path);
    for number in 0..1200 {
        peer.execute(
            "INSERT INTO fixity_checks (audit_id, path, expected, verdict, checked_at)
             VALUES (1, ?1, 'sha256:00', 'intact', 1.0)",
            [format!("/{}", number % 400)],
        )
        .unwrap();
    }
    peer.execute(
        "UPDATE fixity_checks SET verdict = x'00' WHERE id = 1200",
        [],
    )
    .unwrap();
    let (mut after, mut met) = (0, Vec::new());
    loop {
        let page = database.walk_checks(after, 2).unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        met.extend(page);
    }
    let newer: Vec<_> = met.iter().map(|walked| (walked.id, walked.newer)).collect();
    let expected: Vec<_> = (401..=1200)
        .map(|id| (id, usize::from(id <= 800)))
        .collect();
    assert_eq!(newer, expected);
    let errors: Vec<_> = met
        .iter()
        .filter_map(|walked| walked.check.as_ref().err())
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0].to_string(),
        "fixity_checks row 1200: column verdict cannot be read"
    );
}

#[test]
fn what_cannot_be_read_of_a_history_is_its_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    assert!(database.prepare_audits().unwrap());
    stranger(&path)
        .execute_batch(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3)
             INSERT INTO fixity_audits (scope, started_at, last_place, files, bytes, intact,
                 changed, missing, moved, unreadable, unverifiable, unreadable_rows)
             SELECT 'all', n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM n;
             UPDATE fixity_audits SET moved = -1 WHERE id = 2;
             UPDATE fixity_audits SET scope = x'00' WHERE id = 3;
             WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5)
             INSERT INTO fixity_checks (audit_id, path, expected, verdict, checked_at)
             SELECT n, '/a', 'h', 'intact', 1.0 FROM n;
             UPDATE fixity_checks SET verdict = x'00' WHERE id = 5",
        )
        .unwrap();
    let page = database.export_audits(i64::MIN).unwrap();
    let audits: Vec<_> = page.into_iter().map(|walked| walked.row).collect();
    let first = audits[0].as_ref().unwrap().clone();
    let errors = audits.iter().filter_map(|audit| audit.as_ref().err());
    let errors: Vec<_> = errors.map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "fixity_audits row 2: column moved cannot be read",
            "fixity_audits row 3: column scope cannot be read"
        ]
    );
    let page = database.export_checks(i64::MIN).unwrap();
    let errors = page.iter().map(|walked| match &walked.row {
        Ok(check) => check.audit.started_at.as_unix_seconds().to_string(),
        Err(error) => error.to_string(),
    });
    let errors: Vec<_> = errors.collect();
    assert_eq!(
        errors,
        [
            "1",
            "2",
            "fixity_checks row 3: column audit_id cannot be read",
            "fixity_checks row 4: column audit_id cannot be read",
            "fixity_checks row 5: column verdict cannot be read",
        ]
    );
    // What is there and cannot be read stays.
    let mut second = first;
    second.key.started_at = page[1].row.as_ref().unwrap().audit.started_at;
    let outcome = database.import_audits(&[second]).unwrap();
    assert_eq!(outcome, [Imported::Conflict]);
}
