//! What is kept of audits.

use std::ops::ControlFlow;
use std::sync::Arc;

use media_audit::{Audit, Ending, Scope, history, is_recorded, latest_checks};
use media_schema::MediaBackend;

use crate::support::{Home, Report, sha};

#[test]
fn old_verdicts_stay() {
    let home = Home::new();
    home.add("a", "abc");
    home.audit();
    home.write("a", "abd");
    home.audit();
    let path = home.text("a");
    let checks = history(&home.database, &path, 10).unwrap();
    let verdicts: Vec<_> = checks
        .iter()
        .map(|check| (check.audit_id, check.verdict.as_str()))
        .collect();
    assert_eq!(verdicts, [(2, "changed"), (1, "intact")]);
    assert_eq!(checks[0].expected, sha("abc"));
    assert_eq!(checks[0].actual.as_ref().unwrap(), &sha("abd"));
    assert!(checks[0].checked_at >= checks[1].checked_at);
    assert_eq!(history(&home.database, &path, 1).unwrap().len(), 1);

    let latest = latest_checks(&home.database, sha("abc").as_str()).unwrap();
    assert_eq!(latest, checks[..1]);
    assert_eq!(
        home.query(
            "SELECT concat(scope, files, changed, finished_at >= started_at) FROM fixity_audits"
        ),
        ["all101", "all111"]
    );
}

#[test]
fn what_was_never_audited_has_no_history() {
    let home = Home::new();
    assert_eq!(history(&home.database, "/a", 10).unwrap(), []);
    assert_eq!(latest_checks(&home.database, "sha256:00").unwrap(), []);
}

#[test]
fn the_longest_unchecked_come_first() {
    let home = Home::new();
    for name in ["a", "b", "c", "d", "e"] {
        home.add(name, name);
    }
    let one = 1.try_into().unwrap();
    let audit = || Audit::new(&home.database).threads(one);
    let first = Report::first(&home, &audit(), 2);
    assert_eq!(first.paths(), ["a", "b"]);
    assert_eq!(first.summary.ending, Ending::Stopped);
    assert_eq!(first.summary.files_left, Some(3));
    home.add("bb", "new");
    let second = Report::first(&home, &audit(), 5);
    assert_eq!(second.paths(), ["bb", "c", "d", "e", "a"]);
    let third = Report::of(&home, &audit());
    assert_eq!(third.paths(), ["b", "bb", "c", "d", "e", "a"]);
}

#[test]
fn an_audit_goes_on_where_it_was_stopped() {
    let home = Home::new();
    for name in ["a", "b", "c", "d", "e"] {
        home.add(name, name);
    }
    home.write("b", "changed");
    let one = 1.try_into().unwrap();
    let resumed = || Audit::new(&home.database).threads(one).resume(true);
    let begun = Report::first(&home, &resumed(), 2);
    assert!(!begun.is_resumed, "there is none to go on with");
    home.add("aa", "new");
    let rest = Report::of(&home, &resumed());
    assert!(rest.is_resumed);
    assert_eq!(rest.summary.audit_id, begun.summary.audit_id);
    assert_eq!(rest.paths(), ["aa", "c", "d", "e"]);
    let totals = rest.summary.totals;
    assert_eq!((totals.files, totals.checks()), (6, 6));
    assert!(!totals.is_all_intact(), "the part before counts");
    let next = Report::of(&home, &resumed());
    assert!(!next.is_resumed, "the last one was finished");
    assert_eq!(next.lines.len(), 6);
}

/// A part that is audited in between is another audit.
#[test]
fn scopes_have_queues_of_their_own() {
    let home = Home::new();
    home.add("a", "a");
    home.add("b", "b");
    home.processed("job", ("a", sha("a")), ("b", sha("b")));
    let audit = || Audit::new(&home.database).threads(1.try_into().unwrap());
    Report::first(&home, &audit(), 1);
    Report::of(&home, &audit().scope(Scope::Processing));
    let only = [media_audit::Selected::Path(home.text("b"))];
    Report::of(&home, &audit().only(only));
    let rest = Report::of(&home, &audit().resume(true));
    assert!(rest.is_resumed);
    assert!(rest.verdicts().contains(&("b", "intact")));
}

#[test]
fn a_path_that_no_row_names_any_more_is_dropped() {
    let home = Home::new();
    home.add("a", "a");
    home.add("b", "b");
    home.audit();
    home.peer()
        .execute("DELETE FROM analysis_jobs WHERE id = 1", [])
        .unwrap();
    let report = home.audit();
    assert_eq!(report.paths(), ["b"]);
    assert_eq!(report.summary.ending, Ending::Finished);
    assert_eq!(
        home.query("SELECT path FROM fixity_files"),
        [home.text("b")]
    );
    assert_eq!(
        history(&home.database, &home.text("a"), 9).unwrap().len(),
        1
    );
}

/// The order does not hang on the clock.
#[test]
fn a_clock_that_was_set_back_changes_nothing() {
    let home = Home::new();
    home.add("a", "a");
    home.add("b", "b");
    home.audit();
    home.peer()
        .execute_batch(
            "UPDATE fixity_files SET checked_at = checked_at + 1e9;
             UPDATE fixity_audits SET started_at = started_at + 1e9;
             UPDATE fixity_checks SET checked_at = checked_at + 1e9;",
        )
        .unwrap();
    let report = home.audit();
    assert_eq!(report.lines.len(), 2);
    assert_eq!(report.summary.ending, Ending::Finished);
}

#[test]
fn any_backend_is_audited() {
    let home = Home::new();
    home.add("a", "abc");
    let backend: Arc<dyn MediaBackend> = Arc::new(home.database.clone());
    let path = home.text("a");
    for round in 1..=2 {
        let summary = if round == 1 {
            Audit::new(&backend).run(|_| ControlFlow::Continue(()))
        } else {
            Audit::new(&*backend).run(|_| ControlFlow::Continue(()))
        };
        assert!(summary.unwrap().totals.is_all_intact());
        assert_eq!(history(&backend, &path, 9).unwrap().len(), round);
    }
    assert_eq!(
        latest_checks(&*backend, sha("abc").as_str()).unwrap().len(),
        1
    );
    assert!(is_recorded(&backend, Scope::Analysis, &path).unwrap());
    assert!(!is_recorded(&*backend, Scope::Processing, &path).unwrap());
}
