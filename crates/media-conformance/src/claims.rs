//! The right to compute: one has it, the others wait.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use media_schema::{Backend, Claim, ClaimError, MediaBackend, Waiting};

use crate::child::{listen, say, wait_for};
use crate::samples::{analysis, job, noise};
use crate::{Fixture, Suite};

/// The role of a child that claims a result and keeps it.
pub(crate) const HOLD: &str = "hold a claim";

/// Long enough for anything that does happen.
const PATIENT: Waiting<'static> = Waiting {
    patience: Some(Duration::from_secs(60)),
    cancel: None,
};

const AT_ONCE: Waiting<'static> = Waiting {
    patience: Some(Duration::ZERO),
    cancel: None,
};

/// Claims a result, and holds it until the parent says so.
pub(crate) fn hold(backend: &impl Backend, part: &str) {
    let _claim = backend.claim(&[part], PATIENT).unwrap();
    say("claimed");
    listen();
}

fn is_taken(claimed: &Result<Claim, ClaimError>) -> bool {
    matches!(claimed, Err(ClaimError::TimedOut { .. }))
}

/// Of many threads, be it with one handle or with several, one has a claim at a
/// time.
pub fn threads_exclude_each_other<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let handles = [place.open(), place.open()];
    let inside: Vec<_> = (0..5).map(|_| AtomicUsize::new(0)).collect();
    thread::scope(|scope| {
        for number in 0..16 {
            let (backend, inside) = (&handles[number % 2], &inside);
            scope.spawn(move || {
                for round in 0..5 {
                    let which = (number + round) % inside.len();
                    let part = format!("{which}");
                    let claim = backend.claim(&["work", &part], PATIENT).unwrap();
                    assert_eq!(inside[which].fetch_add(1, SeqCst), 0);
                    thread::yield_now();
                    assert_eq!(inside[which].fetch_sub(1, SeqCst), 1);
                    drop(claim);
                }
            });
        }
    });
}

/// A claim says whether it was waited for.
pub fn a_claim_says_whether_it_was_waited_for<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let mut a_while = Duration::from_millis(50);
    loop {
        let first = backend.claim(&["a"], AT_ONCE).unwrap();
        assert!(!first.has_waited());
        let has_waited = thread::scope(|scope| {
            let waits = scope.spawn(|| backend.claim(&["a"], PATIENT).map(|c| c.has_waited()));
            // Time for the other to find that it is taken.
            let taken = backend.claim(
                &["a"],
                Waiting {
                    patience: Some(a_while),
                    cancel: None,
                },
            );
            drop(first);
            assert!(is_taken(&taken), "{taken:?}");
            waits.join().unwrap().unwrap()
        });
        if has_waited {
            break;
        }
        a_while *= 2;
        assert!(a_while < Duration::from_secs(10), "it never says so");
    }
}

/// Claims on different results do not wait for each other, so that one can be
/// had within another, and many at once.
pub fn different_results_do_not_wait<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let (backend, other) = (place.open(), place.open());
    let mut held = Vec::new();
    for number in 0..60 {
        let part = format!("{number}");
        held.push(backend.claim(&["nested", &part], AT_ONCE).unwrap());
    }
    assert!(is_taken(&other.claim(&["nested", "7"], AT_ONCE)));
    let _also = other.claim(&["nested", "60"], AT_ONCE).unwrap();
    drop(held.swap_remove(7));
    let _now = other.claim(&["nested", "7"], AT_ONCE).unwrap();
    assert!(is_taken(&other.claim(&["nested", "8"], AT_ONCE)));
}

/// All parts count, and where one ends.
pub fn every_part_counts<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let long = noise(100_000);
    let keys: [&[&str]; 11] = [
        &["ab", "c"],
        &["a", "bc"],
        &["abc"],
        &["a", "b", "c"],
        &["abc", ""],
        &["", "abc"],
        &["ABC"],
        &["abc "],
        &["é🎬'\\"],
        &[&long],
        &[&long, "y"],
    ];
    let claims = keys.map(|parts| backend.claim(parts, AT_ONCE).unwrap());
    for parts in keys {
        let again = backend.claim(parts, AT_ONCE);
        assert!(is_taken(&again), "{parts:.20?}");
    }
    drop(claims);
    for parts in keys {
        backend.claim(parts, AT_ONCE).unwrap();
    }
}

/// Databases have claims of their own.
pub fn databases_do_not_wait_for_each_other<F: Fixture>(suite: &Suite<F>) {
    let (one, other) = (suite.open(), suite.open());
    let _claim = one.claim(&["a"], AT_ONCE).unwrap();
    other.claim(&["a"], AT_ONCE).unwrap();
}

/// Who has no more patience is told so, with how long they waited.
pub fn patience_ends<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let _claim = backend.claim(&["a"], PATIENT).unwrap();
    let patience = Duration::from_millis(200);
    let error = backend
        .claim(
            &["a"],
            Waiting {
                patience: Some(patience),
                cancel: None,
            },
        )
        .unwrap_err();
    let ClaimError::TimedOut { waited } = error else {
        panic!("{error:?}");
    };
    let bounds = patience..Duration::from_secs(30);
    assert!(bounds.contains(&waited), "{waited:?}");
}

/// Who waits can be told to stop; who need not wait is not stopped.
pub fn waiting_can_be_cancelled<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let cancel = AtomicBool::new(true);
    let waiting = || Waiting {
        patience: None,
        cancel: Some(&cancel),
    };
    for is_told_before in [true, false] {
        cancel.store(is_told_before, SeqCst);
        let claim = backend.claim(&["a"], waiting()).unwrap();
        let outcome = thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            let waits = || backend.claim(&["a"], waiting()).map(drop);
            scope.spawn(move || tell.send(waits()));
            assert!(is_taken(&backend.claim(&["a"], AT_ONCE)));
            cancel.store(true, SeqCst);
            let outcome = told.recv_timeout(Duration::from_secs(60));
            // Who waits on in spite of that has it now: this test fails then,
            // and does not hang.
            drop(claim);
            outcome
        });
        assert!(
            matches!(outcome, Ok(Err(ClaimError::Cancelled))),
            "{outcome:?}"
        );
    }
    backend.claim(&["a"], AT_ONCE).unwrap();
}

/// A claim can be given up by another thread than the one that made it.
pub fn a_claim_can_go_to_another_thread<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let claim = backend.claim(&["a"], AT_ONCE).unwrap();
    thread::spawn(move || drop(claim)).join().unwrap();
    backend.claim(&["a"], AT_ONCE).unwrap();
}

/// What another process has claimed is taken; when that is killed, the next one
/// has it.
pub fn a_killed_holder_frees_the_next<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let mut holder = place.child(HOLD, "a");
    wait_for(&mut holder, "claimed");
    assert!(is_taken(&backend.claim(&["a"], AT_ONCE)));
    backend.claim(&["b"], AT_ONCE).unwrap();
    thread::scope(|scope| {
        let waits = scope.spawn(|| backend.claim(&["a"], PATIENT));
        holder.kill().unwrap();
        holder.wait().unwrap();
        waits.join().unwrap().unwrap();
    });
}

/// A process that ends well leaves no claim either.
pub fn a_holder_that_ends_frees_the_next<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let mut holder = place.child(HOLD, "a");
    wait_for(&mut holder, "claimed");
    assert!(is_taken(&backend.claim(&["a"], AT_ONCE)));
    drop(holder.stdin.take());
    backend.claim(&["a"], PATIENT).unwrap();
    assert!(holder.wait().unwrap().success());
}

/// By a claim that is held a row can be saved, while others are held too.
pub fn a_row_is_saved_by_a_claim<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let (backend, other) = (place.open(), place.open());
    let by = |backend: &dyn MediaBackend, part: &str| {
        let claim = backend.claim(&[part], AT_ONCE).unwrap();
        let inner = backend.claim(&[part, "inner"], AT_ONCE).unwrap();
        let new = analysis(part, "a", "x");
        let saved = backend.save_and_get(&new, &[], Some(claim.token()));
        assert_eq!(saved.unwrap().0.file_path, part);
        let new = job(part, "cut", "a", "b");
        let saved = backend.record_and_get(&new, &[], Some(inner.token()));
        assert_eq!(saved.unwrap().0.job_id, part);
    };
    by(&backend, "one");
    by(&other, "other");
    by(&backend, "one more");
}
