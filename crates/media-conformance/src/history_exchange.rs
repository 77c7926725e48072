//! What audits have found, out of a database and into another.

use std::ops::ControlFlow;
use std::thread;

use media_audit::{Audit, export_audits, export_checks, import_audits, import_checks};
use media_lineage::{Direction, Lineage, Start};
use media_schema::Imported::{self, Conflict, Inserted, Kept, Replaced, Unchanged};
use media_schema::{
    AnyRow, AuditKey, BegunAudit, ExportedCheck, FixityBackend, FoundByAudit, MediaBackend,
    NewCheck, NewProcessing, PastAudit, PastCheck, Scope, StoreError, StoredHash, Totals, Verdict,
};

use crate::home::Home;
use crate::samples::{at, jobs, rows, sha};
use crate::{Fixture, Suite};

/// Every audit and every check as a line of JSON.
fn export(backend: &impl MediaBackend) -> Vec<String> {
    let mut lines = Vec::new();
    let last = export_audits(backend, |audit| {
        audit.unwrap().write_json_line(&mut lines).unwrap();
        Ok::<_, StoreError>(())
    })
    .unwrap();
    export_checks(backend, last, |check| {
        check.unwrap().write_json_line(&mut lines).unwrap();
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let text = String::from_utf8(lines).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn import(backend: &impl MediaBackend, lines: &[String]) -> Vec<Imported> {
    let (mut audits, mut checks) = (Vec::new(), Vec::new());
    for line in lines {
        match AnyRow::from_json_line(line).unwrap() {
            AnyRow::Audit(audit) => audits.push(audit),
            AnyRow::Check(check) => checks.push(check),
            other => panic!("{other:?}"),
        }
    }
    let mut outcome = import_audits(backend, &audits).unwrap();
    outcome.extend(import_checks(backend, &checks).unwrap());
    outcome
}

fn past_audit(started: f64, finished: Option<f64>, files: u64) -> PastAudit {
    PastAudit {
        key: key(started),
        finished_at: finished.map(at),
        totals: Totals {
            files,
            bytes: 1 << 40,
            verdicts: [1, 2, 3, 4, 5, files],
            unreadable_rows: 7,
        },
    }
}

fn key(started: f64) -> AuditKey {
    AuditKey {
        scope: "all".into(),
        started_at: at(started),
    }
}

fn past_check(started: f64, path: &str, verdict: Verdict, checked: f64) -> ExportedCheck {
    ExportedCheck {
        audit: key(started),
        check: PastCheck {
            audit_id: 999,
            path: path.into(),
            expected: sha("a").into(),
            actual: None,
            verdict: verdict.as_str().into(),
            found_at: None,
            problem: None,
            checked_at: at(checked),
        },
    }
}

/// Checks, whatever the numbers of their audits.
fn anywhere(checks: Vec<PastCheck>) -> Vec<PastCheck> {
    let without = |check| PastCheck {
        audit_id: 0,
        ..check
    };
    checks.into_iter().map(without).collect()
}

/// A chain of files of which the first has changed, audited twice, with strange
/// texts and a check that was made before an earlier one by the clock.
fn fill(backend: &impl MediaBackend, home: &Home) {
    let mut last = "a";
    home.write("a", "a");
    for next in ["b", "c"] {
        home.write(next, next);
        let file = |name: &str| (home.path(name), sha(name));
        let new = NewProcessing::new(next, "cut", file(last), file(next));
        jobs(backend).save(&new.unwrap()).unwrap();
        last = next;
    }
    let audit = || {
        let audit = Audit::new(backend);
        audit.run(|_| ControlFlow::Continue(())).unwrap();
    };
    audit();
    home.write("a", "changed");
    audit();
    let selection = backend.begin_audit(None, false).unwrap().unwrap();
    let expected = StoredHash::from("not-a-hash ' é");
    let long = "/long\n\"".repeat(6_000);
    for time in [1e300, 0.1, -5e-324] {
        let actual = sha("b");
        let check = NewCheck {
            path: &long,
            expected: &expected,
            actual: Some(&actual),
            verdict: Verdict::Moved,
            found_at: Some("/é🎬"),
            problem: Some("why\nnot"),
        };
        keep(backend, &selection, check, time);
    }
}

fn keep(backend: &impl MediaBackend, audit: &BegunAudit, check: NewCheck<'_>, time: f64) {
    let mut more = Totals::default();
    more.add(check.verdict);
    let found = FoundByAudit {
        audit,
        queue: None,
        checks: &[check],
        checked: &[],
        unnamed: &[],
        more: &more,
        now: at(time),
    };
    backend.keep_checks(&found).unwrap();
}

/// For each content above `c` whether it has changed, and from which changed
/// one it comes.
fn marks(backend: &impl MediaBackend) -> Vec<(bool, Option<StoredHash>)> {
    let start = Start::Hash(sha("c").into());
    let lineage = Lineage::trace(backend, start, Direction::Up).unwrap();
    let contents = lineage.contents.iter();
    contents
        .map(|content| (content.is_changed(), content.changed_ancestor.clone()))
        .collect()
}

/// What is asked of a history is answered alike by both.
fn assert_same(one: &impl MediaBackend, other: &impl MediaBackend, home: &Home) {
    for name in ["a", "b", "c"] {
        let hash = sha(name);
        let latest = |backend: &dyn MediaBackend| {
            let checks = backend.latest_checks(hash.as_str()).unwrap();
            assert_eq!(checks.len(), 1);
            anywhere(checks)
        };
        assert_eq!(latest(one), latest(other));
        let history = |backend: &dyn MediaBackend| {
            let checks = backend.history(&home.text(name), 9).unwrap();
            assert_eq!(checks.len(), 2);
            anywhere(checks)
        };
        assert_eq!(history(one), history(other));
    }
    let from = || Some(StoredHash::from(sha("a")));
    assert_eq!(marks(one), [(false, from()), (false, from()), (true, None)]);
    assert_eq!(marks(one), marks(other));
    let audit = |backend: &dyn MediaBackend| backend.statistics().unwrap().audit.unwrap();
    assert_eq!(audit(one), audit(other));
    assert_eq!(audit(one).verdicts, [("moved", 3)]);
}

/// A history that is imported comes as it was, in its order; imported again, it
/// changes nothing.
pub fn a_history_is_moved_complete_and_once<F: Fixture>(suite: &Suite<F>) {
    let (from, into, home) = (suite.open(), suite.open(), Home::new());
    // The numbers of the two are not the same, and what was begun last is.
    let own = into.prepare_audits().unwrap() && into.begin_audit(None, false).unwrap().is_some();
    assert!(own);
    fill(&from, &home);
    let lines = export(&from);
    assert_eq!(lines.len(), 3 + 2 * 3 + 3);
    jobs(&into).import(&rows(jobs(&from))).unwrap();
    let outcome = import(&into, &lines);
    assert!(outcome.iter().all(|what| *what == Inserted));
    let exported = export(&into);
    assert_eq!(exported[1..], lines);
    assert_same(&from, &into, &home);
    let again = import(&into, &lines);
    assert!(again.iter().all(|what| *what == Unchanged));
    assert_eq!(export(&into), exported);
    let back = import(&from, &exported[1..]);
    assert!(back.iter().all(|what| *what == Unchanged));
    assert_eq!(export(&from), lines);
}

/// Moves a history from one backend to another and back: each time it is the
/// same to the byte, and answers alike.
pub fn between<A: Fixture, B: Fixture>() {
    let (Some(one), Some(other)) = (A::start(), B::start()) else {
        return;
    };
    let home = Home::new();
    let from = crate::fixture::open::<A>(&one.create());
    fill(&from, &home);
    let there = crate::fixture::open::<B>(&other.create());
    jobs(&there).import(&rows(jobs(&from))).unwrap();
    let lines = export(&from);
    let outcome = import(&there, &lines);
    assert!(outcome.iter().all(|what| *what == Inserted));
    assert_eq!(export(&there), lines);
    assert_same(&from, &there, &home);
    let back = crate::fixture::open::<A>(&one.create());
    jobs(&back).import(&rows(jobs(&there))).unwrap();
    import(&back, &export(&there));
    assert_eq!(export(&back), lines);
    assert_same(&from, &back, &home);
    let again = import(&there, &export(&back));
    assert!(again.iter().all(|what| *what == Unchanged));
}

/// An audit that is there and not finished gives way to the same one finished,
/// and keeps its number; nothing else does.
pub fn an_audit_that_is_finished_takes_the_place<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let import = |audit: PastAudit| import_audits(&backend, &[audit]).unwrap()[0];
    assert_eq!(import(past_audit(1.0, None, 3)), Inserted);
    let check = past_check(1.0, "/a", Verdict::Changed, 1.5);
    import_checks(&backend, std::slice::from_ref(&check)).unwrap();
    assert_eq!(import(past_audit(1.0, None, 3)), Unchanged);
    assert_eq!(import(past_audit(1.0, None, 4)), Kept);
    assert_eq!(import(past_audit(1.0, Some(9.0), 5)), Replaced);
    assert_eq!(import(past_audit(1.0, Some(9.0), 5)), Unchanged);
    assert_eq!(import(past_audit(1.0, None, 6)), Kept);
    assert_eq!(import(past_audit(1.0, Some(8.0), 6)), Kept);
    let outcome = import_checks(&backend, &[check]).unwrap();
    assert_eq!(outcome, [Unchanged]);
    let page = backend.export_audits(i64::MIN).unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(
        page[0].row.as_ref().unwrap(),
        &past_audit(1.0, Some(9.0), 5)
    );
    assert_eq!(backend.export_audits(page[0].id).unwrap().len(), 1);
    assert_eq!(backend.export_audits(page[0].id + 1).unwrap().len(), 0);
}

/// An audit that was imported unfinished is not resumed, for its queue is
/// elsewhere; one that was begun here is, whatever was imported since.
pub fn an_imported_audit_is_not_resumed<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let begin = |resume| {
        let begun = backend.begin_audit(Some(Scope::All), resume);
        begun.unwrap().unwrap()
    };
    import_audits(&backend, &[past_audit(1.0, None, 3)]).unwrap();
    let own = begin(true);
    assert_eq!((own.is_resumed, own.before), (false, Totals::default()));
    let later = [past_audit(2.0, Some(3.0), 3), past_audit(3.0, None, 3)];
    import_audits(&backend, &later).unwrap();
    let resumed = begin(true);
    assert_eq!((resumed.is_resumed, resumed.id), (true, own.id));
    backend.finish_audit(own.id).unwrap();
    assert!(!begin(true).is_resumed);
}

/// Of two checks of one audit, file, hash and time the one that is there stays;
/// any other is another check.
pub fn what_is_there_stays<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let audits = [past_audit(1.0, None, 3), past_audit(2.0, None, 3)];
    import_audits(&backend, &audits).unwrap();
    let check = past_check(1.0, "/a", Verdict::Changed, 1.5);
    let outcome = import_checks(&backend, std::slice::from_ref(&check));
    assert_eq!(outcome.unwrap(), [Inserted]);
    let mut other_hash = check.clone();
    other_hash.check.expected = sha("b").into();
    let outcome = import_checks(
        &backend,
        &[
            past_check(1.0, "/a", Verdict::Intact, 1.5),
            other_hash,
            past_check(1.0, "/b", Verdict::Changed, 1.5),
            past_check(2.0, "/a", Verdict::Changed, 1.5),
            past_check(1.0, "/a", Verdict::Changed, 1.25),
            check,
        ],
    );
    assert_eq!(
        outcome.unwrap(),
        [Kept, Inserted, Inserted, Inserted, Inserted, Unchanged]
    );
    // Those that came last are the latest, whatever the clock said.
    let history = backend.history("/a", 9).unwrap();
    let times = history.iter().map(|check| check.checked_at);
    assert!(times.eq([1.25, 1.5, 1.5, 1.5].map(at)));
    assert!(history.iter().all(|check| check.verdict == "changed"));
}

/// A check whose audit is not there is not saved.
pub fn a_check_needs_its_audit<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    import_audits(&backend, &[past_audit(1.0, None, 3)]).unwrap();
    let mut other_scope = past_check(1.0, "/a", Verdict::Intact, 5.0);
    other_scope.audit.scope = "analysis".into();
    let checks = [
        past_check(2.0, "/a", Verdict::Intact, 5.0),
        past_check(1.0, "/a", Verdict::Intact, 5.0),
        other_scope,
    ];
    let outcome = import_checks(&backend, &checks).unwrap();
    assert_eq!(outcome, [Conflict, Inserted, Conflict]);
    assert_eq!(backend.history("/a", 9).unwrap().len(), 1);
}

/// The same twice in one import comes to what two imports would.
pub fn the_same_twice_in_an_import<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let audits = [
        past_audit(1.0, None, 3),
        past_audit(1.0, None, 3),
        past_audit(1.0, Some(5.0), 4),
        past_audit(1.0, Some(5.0), 4),
    ];
    assert_eq!(
        import_audits(&backend, &audits).unwrap(),
        [Inserted, Unchanged, Replaced, Unchanged]
    );
    let check = past_check(1.0, "/a", Verdict::Intact, 5.0);
    let outcome = import_checks(&backend, &[check.clone(), check]).unwrap();
    assert_eq!(outcome, [Inserted, Unchanged]);
    assert_eq!(import_audits(&backend, &[]).unwrap(), []);
    assert_eq!(import_checks(&backend, &[]).unwrap(), []);
}

/// Several who import the same at once double nothing.
pub fn imports_of_the_same_at_once<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    drop(place.open());
    let backends: Vec<_> = (0..4).map(|_| place.open()).collect();
    let checks: Vec<_> = (0..300)
        .map(|number| past_check(1.0, &format!("/{number}"), Verdict::Intact, 5.0))
        .collect();
    let inserted: usize = thread::scope(|scope| {
        let import = |backend| {
            let mut outcome = import_audits(backend, &[past_audit(1.0, None, 3)]).unwrap();
            outcome.extend(import_checks(backend, &checks).unwrap());
            let is_new = |what: &&Imported| **what == Inserted;
            outcome.iter().filter(is_new).count()
        };
        let threads: Vec<_> = backends
            .iter()
            .map(|backend| scope.spawn(move || import(backend)))
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(inserted, 301);
    assert_eq!(export(&backends[0]).len(), 301);
}

/// A history may be of any size, and is handed out in pages.
pub fn many_checks_are_imported<F: Fixture>(suite: &Suite<F>) {
    let (from, into) = (suite.open(), suite.open());
    let audits: Vec<_> = (0..1_200_u32)
        .map(|number| past_audit(f64::from(number), Some(1e9), 1))
        .collect();
    import_audits(&from, &audits).unwrap();
    let long = "x".repeat(10_000);
    let checks: Vec<_> = (0..3_000_u32)
        .map(|number| {
            let path = format!("/{number}/{long}");
            past_check(f64::from(number % 1_200), &path, Verdict::Moved, 1e9)
        })
        .collect();
    import_checks(&from, &checks).unwrap();
    let page = from.export_checks(i64::MIN).unwrap();
    let held: u64 = page.iter().map(|walked| walked.bytes).sum();
    assert!((1..16 << 20).contains(&held), "{held}");
    let lines = export(&from);
    assert_eq!(lines.len(), 4_200);
    let outcome = import(&into, &lines);
    assert!(outcome.iter().all(|what| *what == Inserted));
    assert!(export(&into) == lines);
}

/// An export beside an audit that begins has no check whose audit it has not.
pub fn an_audit_that_begins_meanwhile_waits<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let begin = || backend.begin_audit(None, false).unwrap().unwrap();
    let expected = StoredHash::from("a");
    let check = |audit: &BegunAudit| {
        let check = NewCheck {
            path: "/a",
            expected: &expected,
            actual: None,
            verdict: Verdict::Missing,
            found_at: None,
            problem: None,
        };
        keep(&backend, audit, check, 1.0);
    };
    assert!(backend.prepare_audits().unwrap());
    let first = begin();
    check(&first);
    let last = export_audits(&backend, |_| Ok::<_, StoreError>(())).unwrap();
    assert_eq!(last, first.id);
    check(&begin());
    check(&first);
    let mut audits = Vec::new();
    export_checks(&backend, last, |check| {
        audits.push(check.unwrap().check.audit_id);
        Ok::<_, StoreError>(())
    })
    .unwrap();
    assert_eq!(audits, [first.id, first.id]);
}

/// Where nothing was ever audited there is no history.
pub fn a_history_of_nothing<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    assert!(export(&backend).is_empty());
    drop(backend);
    let read_only = place.open_read_only();
    assert!(export(&read_only).is_empty());
    let error = import_audits(&read_only, &[past_audit(1.0, None, 3)]).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
}
