//! Audits: pages over many paths, and batches that must not count twice.

use std::collections::{BTreeMap, BTreeSet};

use media_schema::{
    BegunAudit, Cursor, FixityBackend, FoundByAudit, JobName, NewCheck, Role, Scope, Selected,
    StoreError, StoredHash, Timestamp, Totals, Verdict,
};

use crate::replay::between;
use crate::rows::{Jobs, analyses, hash_of};
use crate::support::{Fresh, fresh};

/// Jobs 0..30000, each read a file and wrote the next; each third was analysed;
/// many were made of file 0.
fn many() -> Option<Fresh> {
    let fresh = fresh()?;
    Jobs {
        numbers: "0, 29999",
        input: "n",
        output: "n + 1",
    }
    .make(&fresh);
    Jobs {
        numbers: "30000, 35000",
        input: "0",
        output: "n + 1",
    }
    .make(&fresh);
    analyses(&fresh, "0, 29999, 3");
    Some(fresh)
}

#[test]
fn pages_of_named_paths_hold_each_path_once() {
    let Some(fresh) = many() else { return };
    for (scope, expected) in [
        (Scope::All, 35002),
        (Scope::Analysis, 10000),
        (Scope::Processing, 35002),
    ] {
        let mut seen = BTreeSet::new();
        let mut after = None;
        loop {
            let (paths, next) = fresh.database.named_paths(scope, after.as_ref()).unwrap();
            assert!(paths.len() <= 2000);
            for path in paths {
                assert!(seen.insert(path));
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), expected, "{scope:?}");
    }
}

#[test]
fn all_rows_of_a_path_are_in_one_page() {
    let Some(fresh) = many() else { return };
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut after = None;
    loop {
        let (page, next) = fresh
            .database
            .naming_rows(Scope::All, after.as_ref())
            .unwrap();
        let mut here: BTreeMap<String, usize> = BTreeMap::new();
        for row in page {
            *here.entry(row.unwrap().path).or_default() += 1;
        }
        for (path, count) in here {
            assert!(rows.insert(path, count).is_none());
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(rows.len(), 35002);
    assert_eq!(rows.values().sum::<usize>(), 2 * 35001 + 10000);
    assert_eq!(rows["/media/0.wav"], 5001 + 1 + 1);
}

#[test]
fn a_cursor_of_another_walk_is_refused() {
    let Some(fresh) = fresh() else { return };
    let database = &fresh.database;
    for text in ["", "0", "dxyz", "t00", "0:0000000000000000:1"] {
        let cursor = Cursor::new(text);
        let error = database.named_paths(Scope::All, Some(&cursor)).unwrap_err();
        assert!(matches!(error, StoreError::BadCursor { .. }));
        let error = database.naming_rows(Scope::All, Some(&cursor)).unwrap_err();
        assert!(matches!(error, StoreError::BadCursor { .. }));
    }
    for text in [
        "",
        "0",
        "3:0000000000000000:1",
        "0:0:1",
        "0:0000000000000000:x",
    ] {
        let error = database
            .paths_of_content(&["sha256:00"], Some(&Cursor::new(text)))
            .unwrap_err();
        assert!(matches!(error, StoreError::BadCursor { .. }), "{text}");
    }
}

#[test]
fn a_queue_is_worked_off_in_pages_and_each_file_once() {
    let Some(fresh) = many() else { return };
    let database = &fresh.database;
    let audit = begin(database);
    assert!(database.enqueue(Scope::All).unwrap().is_empty());
    assert!(database.enqueue(Scope::All).unwrap().is_empty());
    assert_eq!(
        database.files_left(Scope::All, audit.last_place).unwrap(),
        35002
    );
    let mut seen = BTreeSet::new();
    let mut after = None;
    loop {
        let page = database
            .queued(Scope::All, audit.last_place, after.as_ref(), 5000)
            .unwrap();
        let Some(last) = page.last().cloned() else {
            break;
        };
        let paths: Vec<_> = page.iter().map(|file| file.path.as_str()).collect();
        keep(database, &audit, &[], &paths);
        seen.extend(page.into_iter().map(|file| file.path));
        after = Some(last);
    }
    assert_eq!(seen.len(), 35002);
    assert_eq!(
        database.files_left(Scope::All, audit.last_place).unwrap(),
        0
    );
    assert_eq!(database.last_place(Scope::All).unwrap(), 35002);
    let mut surveyed = BTreeSet::new();
    let mut after = None;
    loop {
        let page = database
            .survey_queue(Scope::All, after.as_ref(), 5000)
            .unwrap();
        after = page.last().cloned();
        surveyed.extend(page.into_iter().map(|file| file.path));
        if after.is_none() {
            break;
        }
    }
    assert_eq!(surveyed, seen);
}

fn begin(database: &impl FixityBackend) -> BegunAudit {
    database
        .begin_audit(Some(Scope::All), false)
        .unwrap()
        .unwrap()
}

fn keep(
    database: &impl FixityBackend,
    audit: &BegunAudit,
    checks: &[NewCheck<'_>],
    checked: &[&str],
) {
    let mut more = Totals {
        files: checked.len() as u64,
        ..Totals::default()
    };
    for check in checks {
        more.add(check.verdict);
    }
    database
        .keep_checks(&FoundByAudit {
            audit,
            queue: Some(Scope::All),
            checks,
            checked,
            unnamed: &[],
            more: &more,
            now: Timestamp::now(),
        })
        .unwrap();
}

#[test]
fn what_an_audit_found_is_kept_by_one_statement() {
    let Some(fresh) = fresh() else { return };
    let database = &fresh.database;
    analyses(&fresh, "1, 4");
    let audit = begin(database);
    database.enqueue(Scope::All).unwrap();
    let expected = StoredHash::from(hash_of(1).as_str());
    let check = |verdict| NewCheck {
        path: "/media/1.wav",
        expected: &expected,
        actual: None,
        verdict,
        found_at: None,
        problem: None,
    };
    let more = Totals {
        files: 2,
        bytes: 10,
        verdicts: [2, 0, 0, 0, 0, 1],
        unreadable_rows: 1,
    };
    database
        .keep_checks(&FoundByAudit {
            audit: &audit,
            queue: Some(Scope::All),
            checks: &[check(Verdict::Intact), check(Verdict::Changed)],
            checked: &["/media/2.wav", "/media/1.wav", "/media/3.wav"],
            unnamed: &["/media/3.wav"],
            more: &more,
            now: Timestamp::now(),
        })
        .unwrap();
    assert_eq!(database.history("/media/1.wav", 9).unwrap().len(), 1);
    assert_eq!(database.place(Scope::All, "/media/2.wav").unwrap(), Some(1));
    assert_eq!(database.place(Scope::All, "/media/1.wav").unwrap(), Some(2));
    assert_eq!(database.place(Scope::All, "/media/3.wav").unwrap(), None);
    assert_eq!(database.place(Scope::All, "/media/4.wav").unwrap(), Some(0));
    assert_eq!(database.files_left(Scope::All, 0).unwrap(), 1);
    let resumed = database
        .begin_audit(Some(Scope::All), true)
        .unwrap()
        .unwrap();
    assert!(resumed.is_resumed);
    assert_eq!((resumed.id, resumed.before), (audit.id, more));
    database.finish_audit(audit.id).unwrap();
    let next = database
        .begin_audit(Some(Scope::All), true)
        .unwrap()
        .unwrap();
    assert_eq!((next.is_resumed, next.last_place), (false, 2));
}

#[test]
fn the_rows_of_paths_and_jobs_answer_each_question() {
    let Some(fresh) = fresh() else { return };
    Jobs {
        numbers: "1, 3",
        input: "n",
        output: "n + 1",
    }
    .make(&fresh);
    analyses(&fresh, "2, 2");
    let asked = [
        Selected::Job("job-1".into()),
        Selected::Path("/media/2.wav".into()),
        Selected::Path("/media/9.wav".into()),
        Selected::Job("/media/2.wav".into()),
    ];
    let roles = |scope| -> Vec<Vec<(Role, bool)>> {
        let answers = fresh.database.rows_of(scope, &asked).unwrap();
        let answer = |rows: Vec<Result<media_schema::NamingRow, _>>| {
            rows.into_iter()
                .map(|row| {
                    let row = row.unwrap();
                    (row.role, matches!(row.job, JobName::Processing { .. }))
                })
                .collect()
        };
        answers.into_iter().map(answer).collect()
    };
    let (source, output, input) = (
        (Role::Source, false),
        (Role::Output, true),
        (Role::Input, true),
    );
    assert_eq!(
        roles(Scope::All),
        [
            vec![output, input],
            vec![source, output, input],
            vec![],
            vec![]
        ]
    );
    assert_eq!(
        roles(Scope::Analysis),
        [vec![], vec![source], vec![], vec![]]
    );
    assert_eq!(
        roles(Scope::Processing),
        [vec![output, input], vec![output, input], vec![], vec![]]
    );
}

#[test]
fn paths_of_a_content_come_newest_first_way_by_way() {
    let Some(fresh) = fresh() else { return };
    Jobs {
        numbers: "1, 200",
        input: "7",
        output: "n",
    }
    .make(&fresh);
    analyses(&fresh, "7, 7");
    fresh.run(
        "UPDATE processing_jobs SET input_path = '/in/' || id, created_at = 'NaN' WHERE id = 200;
         UPDATE processing_jobs SET input_path = '/in/' || id;
         UPDATE processing_jobs SET input_hash = upper(input_hash) WHERE id <= 2",
    );
    let upper = hash_of(7).to_uppercase();
    let lower = hash_of(7);
    let mut paths = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = fresh
            .database
            .paths_of_content(&[&upper, &lower], after.as_ref())
            .unwrap();
        assert!(page.len() <= 64);
        paths.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let mut expected = vec!["/in/2".to_owned(), "/in/1".to_owned()];
    expected.extend(["/media/7.wav".to_owned(), "/media/7.wav".to_owned()]);
    expected.extend((3..=200).rev().map(|id| format!("/in/{id}")));
    assert_eq!(paths, expected);
}

#[test]
fn checks_are_walked_with_the_number_of_later_ones() {
    let Some(fresh) = fresh() else { return };
    let database = &fresh.database;
    let audit = begin(database);
    let one = StoredHash::from("sha256:1");
    for round in 0..600 {
        let path = if round % 2 == 0 { "/b" } else { "/a" };
        let check = NewCheck {
            path,
            expected: &one,
            actual: None,
            verdict: if round < 598 {
                Verdict::Missing
            } else {
                Verdict::Intact
            },
            found_at: None,
            problem: Some("why"),
        };
        keep(database, &audit, &[check], &[]);
    }
    let page = database.walk_checks(0, 3).unwrap();
    let newer: Vec<_> = page.iter().map(|check| check.newer).collect();
    assert_eq!(newer, [2, 2, 1, 1, 0, 0]);
    let last = page.last().unwrap().id;
    assert!(database.walk_checks(last, 3).unwrap().is_empty());
    assert!(database.walk_checks(0, 0).unwrap().is_empty());
    assert_eq!(database.walk_checks(0, usize::MAX).unwrap().len(), 500);
    let latest = database.latest_checks("sha256:1").unwrap();
    let latest: Vec<_> = latest
        .iter()
        .map(|check| (check.path.as_str(), check.verdict.as_str()))
        .collect();
    assert_eq!(latest, [("/a", "intact"), ("/b", "intact")]);
    let verdict = database.latest_verdict("/a", "sha256:1").unwrap();
    assert_eq!(verdict, Some((audit.id, "intact".to_owned())));
    assert_eq!(database.latest_verdict("/a", "sha256:2").unwrap(), None);
}

/// What is kept of a file that was found missing, and moves in the queue.
fn keep_one(database: &impl FixityBackend, audit: &BegunAudit, path: &str) {
    let expected = StoredHash::from("sha256:1");
    let check = NewCheck {
        path,
        expected: &expected,
        actual: None,
        verdict: Verdict::Missing,
        found_at: None,
        problem: None,
    };
    keep(database, audit, &[check], &[path]);
}

#[test]
fn what_was_kept_unheard_is_not_kept_twice() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let first = begin(&database);
    database.enqueue(Scope::All).unwrap();
    keep_one(&database, &first, "/in");
    database.finish_audit(first.id).unwrap();

    between.swallow_next();
    let audit = database
        .begin_audit(Some(Scope::All), true)
        .unwrap()
        .unwrap();
    assert!(between.has_swallowed());
    assert_eq!((audit.id, audit.is_resumed), (first.id + 1, false));
    // A replay, which may have been tried in vain, prepares its statements anew.
    keep_one(&database, &audit, "/out");
    between.swallow_next();
    keep_one(&database, &audit, "/in");
    assert!(between.has_swallowed());
    // Files alone, of which the queue tells.
    keep(&database, &audit, &[], &["/out"]);
    between.swallow_next();
    keep(&database, &audit, &[], &["/out"]);
    assert!(between.has_swallowed());

    assert_eq!(database.history("/in", 9).unwrap().len(), 2);
    assert_eq!(database.place(Scope::All, "/in").unwrap(), Some(3));
    assert_eq!(database.place(Scope::All, "/out").unwrap(), Some(5));
    let resumed = database
        .begin_audit(Some(Scope::All), true)
        .unwrap()
        .unwrap();
    assert_eq!((resumed.id, resumed.before.files), (audit.id, 4));
    assert_eq!(resumed.before.of(Verdict::Missing), 2);
}

#[test]
fn no_history_is_kept_where_nothing_is_written() {
    let Some(fresh) = fresh() else { return };
    let audit = begin(&fresh.database);
    let reading = media_postgres::ConnectOptions::new().read_only(true);
    let reading = reading.open(&fresh.url).unwrap();
    assert!(reading.prepare_audits().unwrap());
    assert_eq!(reading.begin_audit(Some(Scope::All), true).unwrap(), None);
    assert_eq!(reading.last_place(Scope::All).unwrap(), 0);
    let error = reading.finish_audit(audit.id).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }));
}
