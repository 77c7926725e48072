//! The queue of an audit: which file is next.

use media_schema::{
    BegunAudit, FixityBackend, FoundByAudit, MediaBackend, QueuedFile, Scope, Timestamp, Totals,
};

use crate::samples::{analysis, job, jobs, noise, results};
use crate::{Fixture, Suite};

/// A backend with tables of audits, in which rows name these paths.
fn naming<B: MediaBackend>(backend: B, paths: &[&str]) -> B {
    assert!(backend.prepare_audits().unwrap());
    let new: Vec<_> = paths.iter().map(|path| analysis(path, "a", "x")).collect();
    results(&backend).save_many(&new).unwrap();
    backend
}

fn begin(backend: &impl FixityBackend) -> BegunAudit {
    let begun = backend.begin_audit(Some(Scope::All), false);
    begun.unwrap().unwrap()
}

/// Notes that these files were checked, and that no row names those any more.
fn check(backend: &impl FixityBackend, audit: &BegunAudit, checked: &[&str], unnamed: &[&str]) {
    let found = FoundByAudit {
        audit,
        queue: Some(Scope::All),
        checks: &[],
        checked,
        unnamed,
        more: &Totals::default(),
        now: Timestamp::now(),
    };
    backend.keep_checks(&found).unwrap();
}

fn next(backend: &impl FixityBackend, last_place: i64, limit: usize) -> Vec<QueuedFile> {
    let next = backend.queued(Scope::All, last_place, None, limit);
    next.unwrap()
}

fn paths(files: &[QueuedFile]) -> Vec<&str> {
    files.iter().map(|file| &*file.path).collect()
}

/// Before anything was audited there is nothing in a queue, even before the
/// tables of audits are made.
pub fn at_first_it_is_empty<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    for _ in 0..2 {
        assert_eq!(next(&backend, i64::MAX, 9), []);
        assert_eq!(backend.files_left(Scope::All, i64::MAX).unwrap(), 0);
        assert_eq!(backend.last_place(Scope::All).unwrap(), 0);
        assert_eq!(backend.place(Scope::All, "/a").unwrap(), None);
        let all = backend.survey_queue(Scope::All, None, 9).unwrap();
        assert_eq!(all, []);
        assert_eq!(backend.history("/a", 9).unwrap(), []);
        assert_eq!(backend.latest_checks("a").unwrap(), []);
        assert_eq!(backend.latest_verdict("/a", "a").unwrap(), None);
        assert_eq!(backend.walk_checks(i64::MIN, 9).unwrap().len(), 0);
        assert!(backend.prepare_audits().unwrap());
    }
}

/// The paths of a scope's rows are put into its queue once, at place 0.
pub fn paths_are_queued_once<F: Fixture>(suite: &Suite<F>) {
    let backend = naming(suite.open(), &["/a", "/b", "/in"]);
    jobs(&backend).save(&job("j", "cut", "in", "out")).unwrap();
    for scope in [Scope::All, Scope::Analysis, Scope::Processing] {
        for _ in 0..2 {
            assert_eq!(backend.enqueue(scope).unwrap().len(), 0);
        }
        let expected: &[&str] = match scope {
            Scope::All => &["/a", "/b", "/in", "/out"],
            Scope::Analysis => &["/a", "/b", "/in"],
            Scope::Processing => &["/in", "/out"],
        };
        let queued = backend.queued(scope, 0, None, 99).unwrap();
        assert!(queued.iter().all(|file| file.place == 0));
        let mut found = paths(&queued);
        found.sort_unstable();
        assert_eq!(found, expected);
        let left = backend.files_left(scope, 0).unwrap();
        assert_eq!(left, expected.len() as u64);
        assert_eq!(backend.last_place(scope).unwrap(), 0);
        assert_eq!(backend.place(scope, "/in").unwrap(), Some(0));
    }
    assert_eq!(backend.place(Scope::Analysis, "/out").unwrap(), None);
}

/// A file that was checked goes to the end, each behind the one before, and is
/// not met again by the audit that checked it.
pub fn the_checked_go_to_the_end<F: Fixture>(suite: &Suite<F>) {
    let backend = naming(suite.open(), &["/a", "/b", "/c", "/d"]);
    let first = begin(&backend);
    assert_eq!((first.last_place, first.is_resumed), (0, false));
    backend.enqueue(Scope::All).unwrap();
    check(&backend, &first, &["/c", "/a"], &[]);
    let place = |path: &str| backend.place(Scope::All, path).unwrap().unwrap();
    assert!(0 < place("/c") && place("/c") < place("/a"));
    assert_eq!(backend.last_place(Scope::All).unwrap(), place("/a"));
    let mut left = next(&backend, first.last_place, 9);
    left.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(paths(&left), ["/b", "/d"]);
    assert_eq!(backend.files_left(Scope::All, 0).unwrap(), 2);
    check(&backend, &first, &["/b", "/d"], &[]);
    assert_eq!(next(&backend, first.last_place, 9), []);

    let second = begin(&backend);
    assert_eq!(second.last_place, place("/d"));
    assert!(second.id > first.id);
    let all = next(&backend, second.last_place, 9);
    assert_eq!(paths(&all), ["/c", "/a", "/b", "/d"]);
    check(&backend, &second, &["/c"], &["/b"]);
    let all = next(&backend, second.last_place, 9);
    assert_eq!(paths(&all), ["/a", "/d"]);
    assert_eq!(backend.place(Scope::All, "/b").unwrap(), None);
    assert!(place("/c") > second.last_place);
}

/// Each of these names is met, and none twice.
fn all_once(mut met: Vec<String>, names: &[&str]) {
    met.sort_unstable();
    let mut names = names.to_vec();
    names.sort_unstable();
    assert_eq!(met, names);
}

/// Turning its pages, whoever works off a queue meets each file once, though
/// the files before go to the end meanwhile.
pub fn pages_of_a_queue<F: Fixture>(suite: &Suite<F>) {
    const FILES: usize = 700;
    let names: Vec<_> = (0..FILES).map(|number| format!("/{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let backend = naming(suite.open(), &names);
    let mut rounds = Vec::new();
    for limit in [64, 100] {
        let audit = begin(&backend);
        backend.enqueue(Scope::All).unwrap();
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let page = backend.queued(Scope::All, audit.last_place, after.as_ref(), limit);
            let page = page.unwrap();
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            check(&backend, &audit, &paths(&page), &[]);
            after = Some(last.clone());
            met.extend(page.into_iter().map(|file| file.path));
        }
        rounds.push(met);
    }
    assert_eq!(rounds[0], rounds[1]);
    all_once(rounds.remove(0), &names);
}

/// A survey meets each file once, in an order that stays while they are
/// checked.
pub fn a_survey_of_a_queue<F: Fixture>(suite: &Suite<F>) {
    let names: Vec<_> = (0..50).map(|number| format!("/{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let backend = naming(suite.open(), &names);
    let audit = begin(&backend);
    backend.enqueue(Scope::All).unwrap();
    let survey = || {
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let page = backend.survey_queue(Scope::All, after.as_ref(), 7).unwrap();
            let Some(last) = page.last() else { break met };
            after = Some(last.clone());
            check(&backend, &audit, &[&last.path], &[]);
            met.extend(page.into_iter().map(|file| file.path));
        }
    };
    let met = survey();
    // By now some have other places than when they were met.
    assert_eq!(survey(), met);
    all_once(met, &names);
}

/// Paths of any length and script can be queued, those that begin alike too.
pub fn any_path_can_be_queued<F: Fixture>(suite: &Suite<F>) {
    let long = noise(100_000);
    let longer = format!("{long}er");
    let names = [
        "",
        "'",
        "/é",
        "/e\u{301}",
        "/🎬",
        "/A",
        "/a",
        "/a ",
        &long,
        &longer,
    ];
    let backend = naming(suite.open(), &names);
    let audit = begin(&backend);
    backend.enqueue(Scope::All).unwrap();
    let queued = next(&backend, 0, 99);
    assert_eq!(queued.len(), names.len());
    check(&backend, &audit, &names, &[]);
    assert_eq!(next(&backend, 0, 99), []);
    assert_eq!(paths(&next(&backend, i64::MAX, 99)), names);
    for path in names {
        assert!(backend.place(Scope::All, path).unwrap().is_some());
    }
}
