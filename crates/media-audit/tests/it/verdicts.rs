//! What an audit says of files.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use media_audit::{Audit, AuditError, Ending, Scope, Selected};
use media_hash::{Md5, hash_bytes};
use media_schema::Role;
use media_sqlite::OpenOptions;

use crate::support::{Home, Report, sha};

fn home() -> Home {
    let home = Home::new();
    home.add("intact", "abc");
    home.add("changed", "then");
    home.write("changed", "now");
    home.analysed("missing", sha("gone"));
    home.analysed("moved", sha("abc"));
    fs::create_dir(home.path("folder")).unwrap();
    home.analysed("folder", sha("folder"));
    home.write("foreign", "abc");
    home.analysed("foreign", "tiger:00ff".parse().unwrap());
    home
}

#[test]
fn every_verdict_is_given() {
    let home = home();
    let report = home.audit();
    let expected = [
        ("changed", "changed"),
        ("folder", "unreadable"),
        ("foreign", "unverifiable"),
        ("intact", "intact"),
        ("missing", "missing"),
        ("moved", "moved"),
    ];
    assert_eq!(report.verdicts(), expected);
    let line = |name: &str| report.lines.iter().find(|line| line.path == name).unwrap();
    assert_eq!(line("moved").found_at.as_deref(), Some("intact"));
    assert!(
        line("folder")
            .problem
            .as_ref()
            .unwrap()
            .contains("directory")
    );
    assert!(line("foreign").problem.as_ref().unwrap().contains("tiger"));
    let totals = report.summary.totals;
    assert_eq!(
        (totals.files, totals.verdicts, totals.is_all_intact()),
        (6, [1; 6], false)
    );
    assert_eq!(report.summary.ending, Ending::Finished);
    assert_eq!(report.summary.files_left, Some(0));
}

#[test]
fn the_two_tables_stay_as_they_are() {
    let home = home();
    home.processed("job", ("intact", sha("abc")), ("changed", sha("now")));
    let dump = || {
        ["analysis_jobs", "processing_jobs"].map(|table| {
            let columns = if table == "analysis_jobs" {
                "id, file_path, file_hash, config_hash, ranges, metadata, created_at"
            } else {
                "id, job_id, action, input_path, input_hash, output_path, output_hash, \
                 parameters, metadata, created_at"
            };
            let quoted: Vec<_> = columns
                .split(", ")
                .map(|column| format!("quote({column})"))
                .collect();
            home.query(&format!(
                "SELECT concat_ws(' ', {}) FROM {table}",
                quoted.join(", ")
            ))
        })
    };
    let before = dump();
    home.audit();
    assert_eq!(dump(), before);
    assert_eq!(
        home.query("SELECT verdict FROM fixity_checks").len(),
        7,
        "the hash that two roles share is one check"
    );
}

#[test]
fn a_file_is_read_once_for_all_rows_and_algorithms() {
    let home = Home::new();
    home.add("a", "abc");
    home.analysed("a", sha("abc"));
    home.analysed("a", hash_bytes::<Md5>("abc"));
    home.analysed("a", sha("other"));
    home.processed("job", ("a", sha("abc")), ("a", hash_bytes::<Md5>("abc")));
    let bytes = AtomicU64::new(0);
    let files = AtomicU64::new(0);
    let progress = |now: media_audit::Progress| {
        bytes.fetch_max(now.bytes_done, Relaxed);
        files.fetch_max(now.files_done, Relaxed);
    };
    let report = Report::of(&home, &Audit::new(&home.database).progress(&progress));
    assert_eq!(
        (
            bytes.into_inner(),
            files.into_inner(),
            report.summary.totals.bytes
        ),
        (3, 1, 3)
    );
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| (line.role, line.verdict, line.jobs))
        .collect();
    let expected = [
        (Role::Source, "changed", 1),
        (Role::Source, "intact", 1),
        (Role::Source, "intact", 2),
        (Role::Input, "intact", 1),
        (Role::Output, "intact", 1),
    ];
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

#[test]
fn a_row_that_cannot_be_read_does_not_stop_the_others() {
    let home = Home::new();
    home.add("a", "abc");
    home.add("b", "abc");
    home.add("c", "abc");
    home.peer()
        .execute_batch(
            "UPDATE analysis_jobs SET file_hash = x'00' WHERE id = 1;
             UPDATE analysis_jobs SET file_path = x'ff00' WHERE id = 2;
             UPDATE analysis_jobs SET created_at = 'noon' WHERE id = 3;",
        )
        .unwrap();
    for round in 1..=2 {
        let report = home.audit();
        assert_eq!(report.verdicts(), [("c", "intact")], "round {round}");
        assert_eq!(report.unreadable.len(), 2, "{:?}", report.unreadable);
        assert_eq!(report.summary.totals.unreadable_rows, 2);
        assert!(!report.summary.totals.is_all_intact());
    }
}

#[test]
fn scopes_and_selections_are_parts() {
    let home = home();
    home.processed("job", ("intact", sha("abc")), ("changed", sha("now")));
    let audit = || Audit::new(&home.database);
    let analysis = Report::of(&home, &audit().scope(Scope::Analysis));
    assert_eq!(analysis.lines.len(), 6);
    let processing = Report::of(&home, &audit().scope(Scope::Processing));
    assert_eq!(
        processing.verdicts(),
        [("changed", "intact"), ("intact", "intact")]
    );
    let only = [
        Selected::Path(home.text("changed")),
        Selected::Job("job".to_owned()),
    ];
    let selected = Report::of(&home, &audit().only(only));
    assert_eq!(
        selected.verdicts(),
        [
            ("changed", "changed"),
            ("changed", "intact"),
            ("intact", "intact")
        ]
    );
    assert!(selected.lines.iter().all(|line| line.jobs == 1));
    let unknown = audit().only([Selected::Path("/nowhere".to_owned())]);
    let error = unknown.run(|_| std::ops::ControlFlow::Continue(()));
    assert!(matches!(error, Err(AuditError::UnknownPath { .. })));
    let unknown = audit().only([Selected::Job("none".to_owned())]);
    let error = unknown.run(|_| std::ops::ControlFlow::Continue(()));
    assert!(matches!(error, Err(AuditError::UnknownJob { .. })));
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let home = home();
    for number in 0..100 {
        home.add(&format!("files/{number:03}"), &format!("content {number}"));
    }
    let alone = home.audit();
    for threads in [1, 16, 200] {
        let audit = Audit::new(&home.database).threads(threads.try_into().unwrap());
        let report = Report::of(&home, &audit);
        assert_eq!(report.verdicts(), alone.verdicts());
    }
}

/// Nothing is created, and no history kept, in a database that takes no writes.
#[test]
fn a_database_that_is_only_read_is_audited_without_history() {
    let home = home();
    home.processed("job", ("intact", sha("abc")), ("changed", sha("now")));
    for number in 0..3000 {
        home.analysed_bulk(number);
    }
    let path = home.database.path().to_owned();
    let read_only = OpenOptions::new().read_only(true).open(path).unwrap();
    let report = Report::of(&home, &Audit::new(&read_only).resume(true));
    assert_eq!(report.summary.audit_id, None);
    assert!(!report.is_resumed);
    assert_eq!(report.lines.len(), 8 + 3000);
    assert_eq!(
        report.verdicts()[..2],
        [("bulk/0", "moved"), ("bulk/1", "moved")]
    );
    assert_eq!(report.paths().len(), 3008);
    assert!(
        home.query("SELECT name FROM sqlite_master WHERE name LIKE 'fixity%'")
            .is_empty()
    );
}

/// The hasher refuses it: closing it would drop this process's locks.
#[test]
fn the_open_database_itself_is_unreadable() {
    let home = Home::new();
    home.analysed("media.db", sha("other"));
    let report = home.audit();
    if cfg!(unix) {
        assert_eq!(report.verdicts(), [("media.db", "unreadable")]);
        let problem = report.lines[0].problem.as_ref().unwrap();
        assert!(
            problem.contains("database open in this process"),
            "{problem}"
        );
    }
}
