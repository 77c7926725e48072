//! What is kept of audits.

use media_schema::{
    BegunAudit, FixityBackend, FoundByAudit, NewCheck, Scope, StoredHash, Totals, Verdict,
};

use crate::samples::{at, noise, sha};
use crate::{Fixture, Suite};

fn begin(backend: &impl FixityBackend, resume: bool) -> BegunAudit {
    assert!(backend.prepare_audits().unwrap());
    let begun = backend.begin_audit(Some(Scope::All), resume);
    begun.unwrap().unwrap()
}

/// A check of a file, of which only the verdict is known.
fn plain<'a>(path: &'a str, expected: &'a StoredHash, verdict: Verdict) -> NewCheck<'a> {
    NewCheck {
        path,
        expected,
        actual: None,
        verdict,
        found_at: None,
        problem: None,
    }
}

fn keep(backend: &impl FixityBackend, audit: &BegunAudit, checks: &[NewCheck<'_>], time: f64) {
    let mut more = Totals::default();
    for check in checks {
        more.add(check.verdict);
        more.files += 1;
        more.bytes += 1 << 40;
    }
    more.unreadable_rows = 1;
    let found = FoundByAudit {
        audit,
        queue: None,
        checks,
        checked: &[],
        unnamed: &[],
        more: &more,
        now: at(time),
    };
    backend.keep_checks(&found).unwrap();
}

/// A check comes back with all that was found; one of the same file and hash
/// that is kept in the same call is not kept again.
pub fn a_check_comes_back<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let audit = begin(&backend, false);
    let (expected, actual) = (StoredHash::from(sha("a")), sha("b"));
    let odd = StoredHash::from(format!("not-a-hash ' é {}", noise(10_000)));
    let long = noise(100_000);
    let whole = NewCheck {
        path: &long,
        expected: &expected,
        actual: Some(&actual),
        verdict: Verdict::Changed,
        found_at: Some("/é🎬"),
        problem: Some("why\nnot"),
    };
    let checks = [
        whole,
        NewCheck {
            verdict: Verdict::Intact,
            ..whole
        },
        plain(&long, &odd, Verdict::Unverifiable),
    ];
    keep(&backend, &audit, &checks, 1.1);
    let found = backend.history(&long, 9).unwrap();
    assert_eq!(found.len(), 2);
    let (second, first) = (&found[0], &found[1]);
    assert_eq!(first.audit_id, audit.id);
    assert_eq!((&first.path, &first.expected), (&long, &expected));
    assert_eq!(first.actual.as_ref().unwrap(), &actual);
    assert_eq!(first.verdict, "changed");
    assert_eq!(first.found_at.as_deref(), Some("/é🎬"));
    assert_eq!(first.problem.as_deref(), Some("why\nnot"));
    assert_eq!(first.checked_at, at(1.1));
    assert_eq!((&second.expected, &*second.verdict), (&odd, "unverifiable"));
    assert_eq!((&second.actual, &second.found_at), (&None, &None));
    let latest = backend.latest_verdict(&long, odd.as_str()).unwrap();
    assert_eq!(latest, Some((audit.id, "unverifiable".into())));
    let latest = backend.latest_checks(odd.as_str()).unwrap();
    assert_eq!(latest, found[..1]);
}

/// The latest check of a file is the one that was made last, whatever the
/// clock said.
pub fn the_latest_check_is_the_last<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let (a, b) = (StoredHash::from(sha("a")), StoredHash::from(sha("b")));
    let first = begin(&backend, false);
    let checks = [
        plain("/z", &a, Verdict::Intact),
        plain("/a", &a, Verdict::Intact),
        plain("/a", &b, Verdict::Changed),
    ];
    keep(&backend, &first, &checks, 9.0);
    let second = begin(&backend, false);
    let checks = [plain("/a", &a, Verdict::Missing)];
    keep(&backend, &second, &checks, 5.0);
    let latest = |path: &str, expected: &StoredHash| {
        let found = backend.latest_verdict(path, expected.as_str());
        found.unwrap()
    };
    assert_eq!(latest("/a", &a), Some((second.id, "missing".into())));
    assert_eq!(latest("/a", &b), Some((first.id, "changed".into())));
    assert_eq!(latest("/z", &a), Some((first.id, "intact".into())));
    assert_eq!(latest("/z", &b), None);
    assert_eq!(latest("/A", &a), None);
    let verdicts: Vec<_> = backend.history("/a", 9).unwrap();
    let verdicts: Vec<_> = verdicts.iter().map(|check| &*check.verdict).collect();
    assert_eq!(verdicts, ["missing", "changed", "intact"]);
    assert_eq!(backend.history("/a", 0).unwrap(), []);
    let of_content = backend.latest_checks(a.as_str()).unwrap();
    let of_content: Vec<_> = of_content
        .iter()
        .map(|check| (&*check.path, &*check.verdict))
        .collect();
    assert_eq!(of_content, [("/a", "missing"), ("/z", "intact")]);
}

/// The totals of an audit add up, and come back when it is resumed; one that is
/// finished is not resumed, and neither is one of another scope.
pub fn totals_add_up<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let a = StoredHash::from(sha("a"));
    let audit = begin(&backend, true);
    assert_eq!((audit.is_resumed, audit.before), (false, Totals::default()));
    for verdict in Verdict::ALL {
        keep(&backend, &audit, &[plain("/a", &a, verdict)], 1.0);
    }
    keep(&backend, &audit, &[plain("/b", &a, Verdict::Moved)], 1.0);
    let other = place.open();
    let of = |scope, resume| other.begin_audit(scope, resume).unwrap().unwrap();
    assert!(!of(Some(Scope::Analysis), true).is_resumed);
    assert!(!of(None, false).is_resumed);
    let resumed = begin(&other, true);
    assert_eq!((resumed.id, resumed.is_resumed), (audit.id, true));
    let before = resumed.before;
    assert_eq!((before.files, before.bytes), (7, 7 << 40));
    assert_eq!(before.verdicts, [1, 1, 1, 2, 1, 1]);
    assert_eq!(before.unreadable_rows, 7);
    backend.finish_audit(audit.id).unwrap();
    let next = begin(&backend, true);
    assert!(!next.is_resumed && next.id > audit.id);
    let anew = begin(&backend, false);
    assert!(!anew.is_resumed && anew.id > next.id);
}

/// A walk meets every check in the order of their making, without those that so
/// many later ones of the same file and hash follow.
pub fn a_walk_meets_the_checks<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let (a, b) = (StoredHash::from(sha("a")), StoredHash::from(sha("b")));
    for round in 0..4 {
        let audit = begin(&backend, false);
        let checks = [
            plain("/a", &a, Verdict::Intact),
            plain("/a", &b, Verdict::Changed),
            plain("/b", &a, Verdict::Intact),
        ];
        let checks = if round == 3 { &checks[..1] } else { &checks };
        keep(&backend, &audit, checks, f64::from(round));
    }
    let walk = |newest: usize| {
        let (mut after, mut met) = (i64::MIN, Vec::new());
        loop {
            let page = backend.walk_checks(after, newest).unwrap();
            let Some(last) = page.last() else { break };
            after = last.id;
            met.extend(page.into_iter().map(|walked| {
                let check = walked.check.unwrap();
                let letter = if check.expected == a { "a" } else { "b" };
                let time = check.checked_at.as_unix_seconds();
                (format!("{} {letter} {time}", check.path), walked.newer)
            }));
        }
        met
    };
    let pair = |text: &str, newer: usize| (text.to_owned(), newer);
    assert_eq!(
        walk(1),
        [pair("/a b 2", 0), pair("/b a 2", 0), pair("/a a 3", 0)]
    );
    assert_eq!(
        walk(2),
        [
            pair("/a b 1", 1),
            pair("/b a 1", 1),
            pair("/a a 2", 1),
            pair("/a b 2", 0),
            pair("/b a 2", 0),
            pair("/a a 3", 0)
        ]
    );
    assert_eq!(walk(usize::MAX).len(), 10);
    assert_eq!(walk(usize::MAX)[0], pair("/a a 0", 3));
    assert_eq!(walk(0).len(), 0);
}

/// Many checks are kept at once, and those of a content come in the order of
/// their paths.
pub fn many_checks_are_kept<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let audit = begin(&backend, false);
    let names: Vec<_> = (0..1_500).map(|number| format!("/{number}")).collect();
    let a = StoredHash::from(sha("a"));
    let checks: Vec<_> = names
        .iter()
        .map(|path| plain(path, &a, Verdict::Intact))
        .collect();
    keep(&backend, &audit, &checks, 1.0);
    assert_eq!(begin(&backend, true).before.files, 1_500);
    let latest = backend.latest_checks(a.as_str()).unwrap();
    assert_eq!(latest.len(), 1_500);
    assert!(latest.is_sorted_by(|a, b| a.path < b.path));
}
