//! Ends before the end.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use media_audit::{Audit, Ending, Event, Progress, Scope, Selected};

use crate::support::{Home, Report};

#[test]
fn no_time_at_all_checks_nothing() {
    let home = Home::new();
    home.add("a", "a");
    let audit = || Audit::new(&home.database).resume(true);
    let report = Report::of(&home, &audit().time_limit(Duration::ZERO));
    assert_eq!(report.summary.ending, Ending::TimeLimit);
    assert_eq!(
        (report.lines.len(), report.summary.files_left),
        (0, Some(1))
    );
    let rest = Report::of(&home, &audit().time_limit(Duration::MAX));
    assert!(rest.is_resumed);
    assert_eq!(rest.summary.ending, Ending::Finished);
}

#[test]
fn nothing_to_check_is_finished_in_no_time() {
    let home = Home::new();
    let audit = Audit::new(&home.database).time_limit(Duration::ZERO);
    let report = Report::of(&home, &audit);
    assert_eq!(report.summary.ending, Ending::Finished);
    assert!(report.summary.totals.is_all_intact());
}

/// The file is given up, and is the next one's first.
#[test]
fn what_is_being_hashed_can_be_cancelled() {
    let home = Home::new();
    home.add("a", "a");
    home.add("b", "b");
    let endless = std::fs::File::create(home.path("b")).unwrap();
    endless.set_len(1 << 40).unwrap();
    let cancel = AtomicBool::new(false);
    let others = AtomicU64::new(0);
    let progress = |now: Progress| {
        if now.files_done >= others.load(Relaxed) && now.bytes_done > 1 << 20 {
            cancel.store(true, Relaxed);
        }
    };
    let audit = || {
        Audit::new(&home.database)
            .cancel(&cancel)
            .progress(&progress)
    };
    // Though no file waits any more.
    let only = audit().only([Selected::Path(home.text("b"))]);
    let report = Report::of(&home, &only);
    assert_eq!(report.summary.ending, Ending::Stopped);
    assert!(report.lines.is_empty());
    cancel.store(false, Relaxed);
    others.store(1, Relaxed);
    let report = Report::of(&home, &audit());
    assert_eq!(report.paths(), ["a"]);
    assert_eq!(report.summary.ending, Ending::Stopped);
    assert_eq!(report.summary.files_left, Some(1));
    endless.set_len(1).unwrap();
    let rest = Report::of(&home, &Audit::new(&home.database).resume(true));
    assert_eq!(rest.verdicts(), [("b", "changed")]);
}

#[test]
fn all_files_are_counted_beside_the_work() {
    let home = Home::new();
    for number in 0..1500 {
        home.write(&format!("bulk/{number}"), "abc");
        home.analysed_bulk(number);
    }
    let last = std::sync::Mutex::new(None);
    let progress = |now: Progress| {
        let mut last = last.lock().unwrap();
        if last.is_none_or(|last: Progress| last.files_done < now.files_done) {
            *last = Some(now);
        }
    };
    Report::of(&home, &Audit::new(&home.database).progress(&progress));
    let last = last.into_inner().unwrap().unwrap();
    assert_eq!((last.files_done, last.bytes_done), (1500, 4500));
    assert!(last.files_total <= 1500 && last.bytes_total <= 4500);
    assert!(!last.is_total || last.bytes_total == 4500);
}

#[test]
#[should_panic(expected = "enough")]
fn a_panic_of_the_callback_comes_through() {
    let home = Home::new();
    home.add("a", "a");
    let _ = Audit::new(&home.database).run(|event| match event {
        Event::Checked(_) => panic!("enough"),
        _ => ControlFlow::Continue(()),
    });
}

/// Each would take files off the other's queue, and neither answer for all.
#[test]
fn a_scope_is_audited_by_one_at_a_time() {
    let home = Home::new();
    home.add("a", "a");
    let mut inner = Vec::new();
    let audit = || Audit::new(&home.database);
    audit()
        .run(|event| {
            if let Event::Begun { .. } = event {
                let go_on = |_: Event<'_>| ControlFlow::Continue(());
                inner.push(audit().run(go_on).is_ok());
                inner.push(audit().scope(Scope::Analysis).run(go_on).is_ok());
                let only = [Selected::Path(home.text("a"))];
                inner.push(audit().only(only).run(go_on).is_ok());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(inner, [false, true, true]);
    assert_eq!(home.audit().lines.len(), 1);
}
