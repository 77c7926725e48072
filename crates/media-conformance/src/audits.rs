//! Audits of files, on any backend.

use std::fs;
use std::num::NonZero;
use std::ops::ControlFlow;

use media_audit::{Audit, AuditError, Ending, Event, history, latest_checks};
use media_hash::ContentHash;
use media_schema::{FixityBackend, NewAnalysis, Scope, Selected, StoreError, Verdict};

use crate::recorded::Recorded;
use crate::samples::{config, results, sha};
use crate::{Fixture, Suite};

/// Each recorded file gets its verdict, and the totals agree.
pub fn each_file_has_its_verdict<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    recorded.add("intact");
    recorded.add("changed");
    recorded.home.write("changed", "bit-rotten");
    recorded.analysed("missing", sha("missing"));
    recorded.analysed("folder", sha("folder"));
    fs::create_dir(recorded.home.path("folder")).unwrap();
    recorded.analysed("unknown", "unheard-of:00".parse().unwrap());
    recorded.home.write("unknown", "unknown");
    recorded.analysed("moved", sha("intact"));
    let report = recorded.run_all(&recorded.audit());
    let expected = [
        ("changed", Verdict::Changed),
        ("folder", Verdict::Unreadable),
        ("intact", Verdict::Intact),
        ("missing", Verdict::Missing),
        ("moved", Verdict::Moved),
        ("unknown", Verdict::Unverifiable),
    ];
    assert_eq!(report.verdicts(), expected);
    let moved = report.checks.iter().find(|check| check.name == "moved");
    assert_eq!(moved.unwrap().found_at.as_deref(), Some("intact"));
    assert_eq!(report.summary.ending, Ending::Finished);
    assert_eq!(report.summary.files_left, Some(0));
    let totals = report.summary.totals;
    assert_eq!((totals.files, totals.checks()), (6, 6));
    for verdict in Verdict::ALL {
        assert_eq!(totals.of(verdict), 1, "{verdict}");
    }
}

/// Both files of a job are checked, and a path that rows of both kinds name
/// once, however many they are.
pub fn jobs_are_checked_too<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    recorded.add("in");
    recorded.home.write("out", "out");
    recorded.processed("j1", "in", "out");
    recorded.processed("j2", "in", "out");
    let report = recorded.run_all(&recorded.audit());
    assert_eq!(report.summary.totals.files, 2);
    assert_eq!(report.summary.totals.bytes, 5);
    assert!(report.summary.totals.is_all_intact());
    // One for each role: the source and the input are the same file.
    assert_eq!(report.summary.totals.checks(), 3);
}

/// What was found is kept, the latest first, and an old verdict is not altered.
pub fn there_is_a_history<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    let path = recorded.home.text("a");
    recorded.add("a");
    assert_eq!(history(&recorded.backend, &path, 10).unwrap(), []);
    assert_eq!(latest_checks(&recorded.backend, "none").unwrap(), []);
    let first = recorded.run_all(&recorded.audit()).summary;
    recorded.home.write("a", "changed");
    let second = recorded.run_all(&recorded.audit()).summary;
    assert!(second.audit_id > first.audit_id);
    let checks = history(&recorded.backend, &path, 10).unwrap();
    let found: Vec<_> = checks
        .iter()
        .map(|check| (Some(check.audit_id), &*check.verdict))
        .collect();
    let expected = [(second.audit_id, "changed"), (first.audit_id, "intact")];
    assert_eq!(found, expected);
    assert_eq!(checks[0].path, path);
    assert_eq!(checks[0].expected, sha("a"));
    assert_eq!(checks[0].actual.as_ref().unwrap(), &sha("changed"));
    assert!(checks[0].checked_at >= checks[1].checked_at);
    let limited = history(&recorded.backend, &path, 1).unwrap();
    assert_eq!(limited, checks[..1]);
    let latest = latest_checks(&recorded.backend, sha("a").as_str()).unwrap();
    assert_eq!(latest, checks[..1]);
}

/// An audit that was stopped goes on where it was, with what was recorded
/// meanwhile; one that was finished does not.
pub fn an_audit_is_resumed<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    for name in ["a", "b", "c", "d", "e"] {
        recorded.add(name);
    }
    let resumed = || recorded.audit().resume(true);
    let begun = recorded.run(&resumed(), 2);
    assert!(!begun.resumed, "there is none to go on with");
    assert_eq!(begun.summary.ending, Ending::Stopped);
    assert_eq!(begun.summary.files_left, Some(3));
    recorded.add("new");
    let rest = recorded.run_all(&resumed());
    assert!(rest.resumed);
    assert_eq!(rest.summary.audit_id, begun.summary.audit_id);
    let mut all = [begun.names(), rest.names()].concat();
    all.sort_unstable();
    assert_eq!(all, ["a", "b", "c", "d", "e", "new"]);
    let totals = rest.summary.totals;
    assert_eq!((totals.files, totals.checks()), (6, 6));
    let next = recorded.run_all(&resumed());
    assert!(!next.resumed, "the last one was finished");
    assert_ne!(next.summary.audit_id, rest.summary.audit_id);
    assert_eq!(next.checks.len(), 6);
}

/// The files that were not checked for the longest time come first, new ones
/// before all others.
pub fn the_longest_unchecked_come_first<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    for name in ["a", "b", "c", "d", "e"] {
        recorded.add(name);
    }
    let first = recorded.run(&recorded.audit(), 2);
    let first = first.names();
    recorded.add("new");
    let second = recorded.run(&recorded.audit(), 5);
    let second = second.names();
    assert!(second[..4].contains(&"new"));
    assert_eq!(second[4], first[0]);
    let third = recorded.run_all(&recorded.audit());
    let expected: Vec<_> = first[1..].iter().chain(&second).copied().collect();
    assert_eq!(third.names(), expected);
}

/// A scope has a queue and an audit of its own, and so has a selection.
pub fn scopes_are_apart<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    for name in ["a", "b"] {
        recorded.add(name);
    }
    recorded.home.write("out", "out");
    recorded.processed("job", "a", "out");
    let begun = recorded.run(&recorded.audit(), 1);
    let scope = recorded.audit().scope(Scope::Processing);
    let processing = recorded.run_all(&scope);
    assert_eq!(
        processing.verdicts(),
        [("a", Verdict::Intact), ("out", Verdict::Intact)]
    );
    let scope = recorded.audit().scope(Scope::Analysis);
    let mut names = recorded.run_all(&scope).names().join(" ");
    assert!(["a b", "b a"].contains(&&*names), "{names}");
    let path = Selected::Path(recorded.home.text("b"));
    names = recorded
        .run_all(&recorded.audit().only([path]))
        .names()
        .join(" ");
    assert_eq!(names, "b");
    let job = Selected::Job("job".into());
    let of_job = recorded.run_all(&recorded.audit().only([job]));
    assert_eq!(of_job.summary.totals.files, 2);
    let rest = recorded.run_all(&recorded.audit().resume(true));
    assert!(rest.resumed);
    assert_eq!(rest.summary.audit_id, begun.summary.audit_id);
    assert_eq!(rest.summary.totals.files, 3);
}

/// What is selected and not recorded is an error.
pub fn what_is_not_recorded_cannot_be_selected<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    recorded.add("a");
    let select = |selected| {
        let audit = recorded.audit().only([selected]);
        audit.run(|_| ControlFlow::Continue(())).unwrap_err()
    };
    let error = select(Selected::Path("/none".into()));
    assert!(matches!(error, AuditError::UnknownPath { .. }), "{error:?}");
    let error = select(Selected::Job("none".into()));
    assert!(matches!(error, AuditError::UnknownJob { .. }), "{error:?}");
}

/// Two audits of a scope do not run at once; those of different scopes do.
pub fn a_scope_is_audited_once_at_a_time<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let recorded = Recorded::new(place.open());
    let other = place.open();
    recorded.add("a");
    recorded.processed("job", "a", "a");
    let mut outcomes = Vec::new();
    let outcome = recorded.audit().run(|event| {
        if let Event::Checked(_) = event {
            for scope in [Scope::All, Scope::Processing] {
                let audit = Audit::new(&other).scope(scope);
                outcomes.push(audit.run(|_| ControlFlow::Continue(())).map(drop));
            }
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    outcome.unwrap();
    assert!(
        matches!(
            outcomes[0],
            Err(AuditError::Running {
                scope: Scope::All,
                ..
            })
        ),
        "{outcomes:?}"
    );
    assert!(outcomes[1].is_ok(), "{outcomes:?}");
}

/// A path that no row names any more leaves the queue; its history stays.
pub fn an_unnamed_path_leaves_the_queue<F: Fixture>(suite: &Suite<F>) {
    let recorded = Recorded::new(suite.open());
    for name in ["a", "b", "c", "d"] {
        recorded.add(name);
    }
    let before = recorded.run_all(&recorded.audit());
    let [first, stays, third, last] = before.names()[..] else {
        panic!("{:?}", before.names());
    };
    let x = config("x");
    for name in [first, third, last] {
        let path = recorded.home.text(name);
        let key = media_schema::AnalysisKey {
            file_path: &path,
            config_hash: x.as_str(),
        };
        assert!(results(&recorded.backend).remove(key).unwrap());
    }
    let report = recorded.run_all(&recorded.audit());
    assert_eq!(report.names(), [stays]);
    assert_eq!(report.summary.ending, Ending::Finished);
    for name in [first, third, last] {
        let path = recorded.home.text(name);
        let place = recorded.backend.place(Scope::All, &path).unwrap();
        assert_eq!(place, None, "{name}");
        let checks = history(&recorded.backend, &path, 9).unwrap();
        assert_eq!(checks.len(), 1);
    }
}

/// A database that takes no writes is audited too, and keeps no history.
pub fn read_only_there_is_no_history<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let recorded = Recorded::new(place.open());
    recorded.add("a");
    recorded.add("b");
    recorded.home.write("b", "changed");
    let reader = Recorded {
        backend: place.open_read_only(),
        home: recorded.home,
    };
    for _ in 0..2 {
        let report = reader.run_all(&reader.audit());
        assert_eq!(report.summary.audit_id, None);
        assert_eq!(
            report.verdicts(),
            [("a", Verdict::Intact), ("b", Verdict::Changed)]
        );
    }
    let path = reader.home.text("a");
    assert_eq!(history(&recorded.backend, &path, 9).unwrap(), []);
}

/// An audit of many files keeps a check of each.
pub fn many_files_are_audited<F: Fixture>(suite: &Suite<F>) {
    const FILES: usize = 600;
    let recorded = Recorded::new(suite.open());
    let new: Vec<_> = (0..FILES)
        .map(|number| {
            let path = recorded.home.path(&format!("{number}"));
            NewAnalysis::new(path, sha("a"), config("x")).unwrap()
        })
        .collect();
    results(&recorded.backend).save_many(&new).unwrap();
    let four = NonZero::new(4).unwrap();
    let summary = Audit::new(&recorded.backend)
        .threads(four)
        .run(|_| ControlFlow::Continue(()));
    let totals = summary.unwrap().totals;
    assert_eq!(totals.of(Verdict::Missing), FILES as u64);
    let (mut after, mut walked) = (i64::MIN, 0);
    loop {
        let page = recorded.backend.walk_checks(after, usize::MAX).unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        walked += page.len();
    }
    assert_eq!(walked, FILES);
    let latest = latest_checks(&recorded.backend, sha("a").as_str()).unwrap();
    assert_eq!(latest.len(), FILES);
    assert!(latest.is_sorted_by(|a, b| a.path < b.path));
}

/// A file that cannot be verified is an error of that file's, with its job.
pub fn what_cannot_be_verified_is_said<F: Fixture>(suite: &Suite<F>) {
    use media_schema::{AnalysisJob, AnalysisKey, FixityExt, Role};
    let recorded = Recorded::new(suite.open());
    recorded.analysed("unknown", "unheard-of:00".parse().unwrap());
    let (path, x) = (recorded.home.text("unknown"), config("x"));
    let key = AnalysisKey {
        file_path: &path,
        config_hash: x.as_str(),
    };
    let store = results(&recorded.backend);
    let verify = |path: &std::path::Path, hash: &ContentHash| media_hash::verify_file(path, hash);
    let error = FixityExt::<AnalysisJob>::verify_with(store, key, Role::Source, verify);
    let error = error.unwrap_err();
    assert!(
        matches!(&error, StoreError::Verify { job, .. } if job.contains("unknown")),
        "{error:?}"
    );
}
