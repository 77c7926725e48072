//! Files that are somewhere else now.

use std::fs;
use std::ops::ControlFlow;

use media_audit::{Audit, Event, Scope, Selected, Verdict};
use media_hash::Sha256;

use crate::support::{Home, Report, sha};

/// Whoever is looked for and the copy that is found are both checked once.
#[test]
fn a_moved_file_is_found_and_checked_once() {
    let home = Home::new();
    for number in 0..50 {
        let content = format!("content {number}");
        home.add(&format!("new/{number}"), &content);
        home.analysed(&format!("old/{number}"), sha(&content));
        home.analysed(&format!("a/{number}"), sha(&content));
    }
    for threads in [1, 3, 16] {
        let audit = Audit::new(&home.database).threads(threads.try_into().unwrap());
        let report = Report::of(&home, &audit);
        assert_eq!(report.lines.len(), 150);
        for line in &report.lines {
            let (folder, number) = line.path.split_once('/').unwrap();
            let expected = (folder != "new").then(|| format!("new/{number}"));
            assert_eq!(line.found_at, expected, "{}", line.path);
        }
        let size: u64 = (0..50).map(|n| format!("content {n}").len() as u64).sum();
        assert_eq!(report.summary.totals.bytes, size);
        let audit_id = report.summary.audit_id.unwrap();
        let checks = home.query(&format!(
            "SELECT path FROM fixity_checks WHERE audit_id = {audit_id}"
        ));
        assert_eq!(checks.len(), 150);
    }
}

#[test]
fn what_is_elsewhere_must_hold_the_content() {
    let home = Home::new();
    home.analysed("lost", sha("abc"));
    home.analysed("also lost", sha("abc"));
    home.add("spoilt", "abc");
    home.write("spoilt", "abd");
    let report = home.audit();
    let expected = [
        ("also lost", "missing"),
        ("lost", "missing"),
        ("spoilt", "changed"),
    ];
    assert_eq!(report.verdicts(), expected);
    home.add("good", "abc");
    let report = home.audit();
    let expected = [
        ("also lost", "moved"),
        ("good", "intact"),
        ("lost", "moved"),
        ("spoilt", "changed"),
    ];
    assert_eq!(report.verdicts(), expected);
}

/// It is no part of the audit, and its hash is remembered from the first time.
#[test]
fn a_file_outside_the_scope_is_found_too() {
    let home = Home::new();
    for name in ["a", "b", "c"] {
        home.analysed(name, sha("abc"));
    }
    home.write("output", "abc");
    home.processed("job", ("input", sha("in")), ("output", sha("abc")));
    let audit = Audit::new(&home.database).scope(Scope::Analysis);
    let report = Report::of(&home, &audit);
    let expected = [("a", "moved"), ("b", "moved"), ("c", "moved")];
    assert_eq!(report.verdicts(), expected);
    assert_eq!(report.lines[0].found_at.as_deref(), Some("output"));
}

/// A content may be written in two ways, by other programs.
#[test]
fn a_hash_in_upper_case_is_found_under_lower_case() {
    let home = Home::new();
    home.add("here", "abc");
    home.analysed("gone", sha("abc"));
    home.peer()
        .execute(
            "UPDATE analysis_jobs SET file_hash = upper(file_hash) WHERE id = 2",
            [],
        )
        .unwrap();
    let report = home.audit();
    assert_eq!(report.verdicts(), [("gone", "moved"), ("here", "intact")]);
}

/// Both names of a swap are there, so nothing is missing.
#[test]
fn a_file_that_was_replaced_has_changed_wherever_its_content_is() {
    let home = Home::new();
    home.add("a", "one");
    home.add("b", "two");
    fs::rename(home.path("a"), home.path("c")).unwrap();
    fs::rename(home.path("b"), home.path("a")).unwrap();
    let report = home.audit();
    assert_eq!(report.verdicts(), [("a", "changed"), ("b", "missing")]);
    assert_eq!(
        media_hash::hash_file::<Sha256>(home.path("a")).unwrap(),
        sha("two")
    );
}

/// The only recorded copy is the database, which is open and is not read.
#[test]
fn a_copy_that_cannot_be_read_is_none() {
    let home = Home::new();
    for name in ["gone", "media.db"] {
        home.analysed(name, sha("abc"));
    }
    // Not even asked for before it is looked at for the other's sake.
    let audit = Audit::new(&home.database).threads(1.try_into().unwrap());
    let expected = [("gone", "missing"), ("media.db", "unreadable")];
    if cfg!(unix) {
        assert_eq!(Report::of(&home, &audit).verdicts(), expected);
    }
}

/// What was found for one file is looked at again for the next.
#[test]
fn a_copy_that_vanishes_meanwhile_is_none() {
    let home = Home::new();
    home.add("copy", "abc");
    for name in ["x", "y", "z"] {
        home.analysed(name, sha("abc"));
    }
    let mut verdicts = Vec::new();
    let audit = Audit::new(&home.database).threads(1.try_into().unwrap());
    audit
        .run(|event| {
            if let Event::Checked(file) = event {
                verdicts.push(file.verdict);
                if file.verdict == Verdict::Moved {
                    let _ = fs::remove_file(home.path("copy"));
                }
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let expected = [
        Verdict::Intact,
        Verdict::Moved,
        Verdict::Missing,
        Verdict::Missing,
    ];
    assert_eq!(verdicts, expected);
}

/// A selection has not looked at the copy itself, and an earlier audit's word of
/// it may be out of date.
#[test]
fn a_copy_that_was_intact_once_is_hashed_again() {
    let home = Home::new();
    home.add("copy", "abc");
    home.analysed("gone", sha("abc"));
    let gone = || Audit::new(&home.database).only([Selected::Path(home.text("gone"))]);
    home.audit();
    assert_eq!(Report::of(&home, &gone()).verdicts(), [("gone", "moved")]);
    home.write("copy", "abd");
    assert_eq!(Report::of(&home, &gone()).verdicts(), [("gone", "missing")]);
}
