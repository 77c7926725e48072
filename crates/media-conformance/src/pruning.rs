//! Removing rows that nobody needs.

use std::num::NonZero;

use media_schema::{
    AnalysisJob, Job, JobStore, MediaBackend, ProcessingJob, Prune, PruneEvent, Pruned, Query,
    StoreError,
};

use crate::samples::{analysis, at, counts, get_analysis, job, jobs, results, walk};
use crate::{Fixture, Suite};

fn latest(count: usize) -> Prune {
    Prune {
        keep_latest: NonZero::new(count),
        ..Prune::default()
    }
}

/// A prune without a criterion is refused, and nothing goes.
pub fn without_a_criterion_nothing_goes<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    let outcome = run(results(&backend), &Prune::default(), &[]);
    assert!(
        matches!(outcome, Err(StoreError::NoCriterion)),
        "{outcome:?}"
    );
    let dry = Prune {
        dry_run: true,
        ..Prune::default()
    };
    let outcome = run(jobs(&backend), &dry, &[]);
    assert!(
        matches!(outcome, Err(StoreError::NoCriterion)),
        "{outcome:?}"
    );
    assert_eq!(counts(&backend), (1, 0));
}

/// Rows from before a time go, those of that very time stay.
pub fn what_is_older_goes<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let old = Prune {
        older_than: Some(at(3.0)),
        ..Prune::default()
    };
    let gone = run(results(&backend), &old, &[]).unwrap();
    assert_eq!(gone, ["/a 1", "/a 2", "/b 1"]);
    let gone = run(jobs(&backend), &old, &[]).unwrap();
    assert_eq!(gone, ["c1", "c2", "d1", "m1", "o1"]);
    assert_eq!(names(results(&backend)), ["/a 3", "/a 4"]);
    assert_eq!(names(jobs(&backend)), ["c3", "c4"]);
}

/// The newest of a path's results stay; of those that are as new, the one with
/// the higher `id`.
pub fn the_latest_results_stay<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    for name in ["1", "2", "3"] {
        let new = analysis("/same", "a", name).with_created_at(at(7.0));
        results(&backend).save(&new).unwrap();
    }
    let gone = run(results(&backend), &latest(2), &[]).unwrap();
    assert_eq!(gone, ["/a 1", "/a 2", "/same 7"]);
    assert_eq!(get_analysis(&backend, "/same", "1"), None);
    assert_eq!(run(results(&backend), &latest(2), &[]).unwrap().len(), 0);
    assert_eq!(run(results(&backend), &latest(1), &[]).unwrap().len(), 2);
}

/// The newest jobs of an action, an input path and parameters stay.
pub fn the_latest_jobs_stay<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let gone = run(jobs(&backend), &latest(2), &[]).unwrap();
    assert_eq!(gone, ["c1", "c2"]);
    let gone = run(jobs(&backend), &latest(1), &[]).unwrap();
    assert_eq!(gone, ["c3"]);
    assert_eq!(names(jobs(&backend)), ["c4", "d1", "m1", "o1"]);
}

/// Analyses of missing files go, and jobs whose output is missing, whatever
/// became of their input.
pub fn what_is_missing_goes<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let missing = Prune {
        missing: true,
        ..Prune::default()
    };
    let gone = run(results(&backend), &missing, &["/b", "/x"]).unwrap();
    assert_eq!(gone, ["/b 1"]);
    let gone = run(jobs(&backend), &missing, &["/in", "/c2", "/m1"]).unwrap();
    assert_eq!(gone, ["c2", "m1"]);
}

/// A job whose output another job read stays though it is missing, be it read
/// from that path or as that content, until the other job is gone.
pub fn a_job_whose_output_was_read_stays<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let missing = Prune {
        missing: true,
        ..Prune::default()
    };
    let path = |job_id: &str, input: (&str, &str), output: (&str, &str)| {
        use crate::samples::sha;
        let input = (input.0, sha(input.1));
        let output = (output.0, sha(output.1));
        let new = media_schema::NewProcessing::new(job_id, "cut", input, output);
        jobs(&backend).save(&new.unwrap()).unwrap();
    };
    path("by path", ("/in", "in"), ("/1", "one"));
    path("reads path", ("/1", "changed"), ("/there", "x"));
    path("by content", ("/in", "in"), ("/2", "two"));
    path("reads content", ("/copy", "two"), ("/there too", "y"));
    path("free", ("/in", "in"), ("/3", "three"));
    // That it reads itself is no use to anybody.
    path("itself", ("/4", "four"), ("/4", "four"));
    let gone = |files: &[&str]| run(jobs(&backend), &missing, files).unwrap();
    assert_eq!(gone(&["/1", "/2", "/3", "/4"]), ["free", "itself"]);
    let files = ["/1", "/2", "/there"];
    // Whether both go at once is the backend's choice.
    let mut both = [gone(&files), gone(&files)].concat();
    both.sort();
    assert_eq!(both, ["by path", "reads path"]);
    assert_eq!(gone(&files).len(), 0);
}

/// A row goes only if it meets every criterion.
pub fn every_criterion_must_be_met<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let all = Prune {
        older_than: Some(at(3.0)),
        missing: true,
        keep_latest: NonZero::new(2),
        dry_run: false,
    };
    let gone = run(results(&backend), &all, &["/a", "/b"]).unwrap();
    assert_eq!(gone, ["/a 1", "/a 2"]);
    let gone = run(jobs(&backend), &all, &["/c1", "/c4", "/d1"]).unwrap();
    assert_eq!(gone, ["c1"]);
}

/// A dry run finds what would go, and removes nothing.
pub fn a_dry_run_removes_nothing<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let before = counts(&backend);
    for prune in [
        latest(1),
        Prune {
            older_than: Some(at(3.0)),
            missing: true,
            ..Prune::default()
        },
    ] {
        let dry = Prune {
            dry_run: true,
            ..prune
        };
        let would_go = run(results(&backend), &dry, &["/a"]).unwrap();
        let would_go_too = run(jobs(&backend), &dry, &["/c1"]).unwrap();
        assert_eq!(counts(&backend), before);
        assert!(!would_go.is_empty() && !would_go_too.is_empty());
        assert_eq!(run(results(&backend), &dry, &["/a"]).unwrap(), would_go);
        let other = suite.open();
        fill(&other);
        assert_eq!(run(results(&other), &prune, &["/a"]).unwrap(), would_go);
        assert_eq!(run(jobs(&other), &prune, &["/c1"]).unwrap(), would_go_too);
    }
}

/// A row that was saved again or removed since it was read stays, or is not
/// said to have gone; and what others have saved since counts as newer.
pub fn what_was_saved_again_stays<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let (backend, other) = (place.open(), place.open());
    fill(&backend);
    let old = Prune {
        older_than: Some(at(100.0)),
        ..Prune::default()
    };
    let read = walk(results(&backend));
    // With another time, whether that is older or newer.
    let again = analysis("/a", "a", "1").with_created_at(at(0.5));
    results(&other).save(&again).unwrap();
    let removed = read[1].row.clone();
    let key = media_schema::AnalysisKey {
        file_path: &removed.file_path,
        config_hash: removed.config_hash.as_str(),
    };
    results(&other).remove(key).unwrap();
    let gone = results(&backend).prune_rows(read, &old, true).unwrap();
    assert_eq!(gone.len(), 3);
    let rows = walk(results(&backend));
    let stayed: Vec<_> = rows.iter().map(|walked| walked.row.created_at).collect();
    assert_eq!(stayed, [at(0.5)]);

    let read = walk(jobs(&backend));
    let reads_c1 = job("late", "cut", "c1", "late");
    jobs(&other).save(&reads_c1).unwrap();
    let missing = Prune {
        missing: true,
        ..Prune::default()
    };
    let gone = jobs(&backend).prune_rows(read, &missing, true).unwrap();
    let gone: Vec<_> = gone.iter().map(|walked| &*walked.row.job_id).collect();
    assert!(!gone.contains(&"c1") && gone.contains(&"c2"), "{gone:?}");
}

/// A prune of many rows goes through all of them, and tells how many and how
/// much went.
pub fn many_rows_are_pruned<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new: Vec<_> = (0..3_000_u32)
        .map(|number| {
            let name = format!("/{}", number % 1_000);
            let new = analysis(&name, "a", &format!("{}", number / 1_000));
            new.with_created_at(at(f64::from(number)))
        })
        .collect();
    results(&backend).save_many(&new).unwrap();
    let bytes: u64 = walk(results(&backend)).iter().map(|w| w.bytes).sum();
    let (mut looked, mut went) = (0, 0);
    let pruned = latest(1)
        .run::<AnalysisJob, StoreError>(
            results(&backend),
            |_| false,
            |event| {
                match event {
                    PruneEvent::Looked { rows } => looked += rows,
                    PruneEvent::Goes { bytes, .. } => went += bytes,
                    PruneEvent::Unreadable(error) => panic!("{error}"),
                }
                Ok(())
            },
        )
        .unwrap();
    let left: u64 = walk(results(&backend)).iter().map(|w| w.bytes).sum();
    let expected = Pruned {
        rows: 2_000,
        bytes: bytes - left,
    };
    assert_eq!((pruned, looked, went), (expected, 3_000, expected.bytes));
    let rows = walk(results(&backend));
    assert!(rows.iter().all(|w| w.row.created_at >= at(2_000.0)));
}

/// Four results of `/a`, one of `/b`; four cuts of `/in`, and one each that
/// differs in action, in input and in parameters.
fn fill(backend: &impl MediaBackend) {
    for (path, name, time) in [
        ("/a", "1", 1.0),
        ("/a", "4", 4.0),
        ("/a", "2", 2.0),
        ("/a", "3", 3.0),
        ("/b", "1", 1.0),
    ] {
        let new = analysis(path, path, name).with_created_at(at(time));
        results(backend).save(&new).unwrap();
    }
    for (job_id, action, input, time) in [
        ("c1", "cut", "in", 1.0),
        ("c4", "cut", "in", 4.0),
        ("c2", "cut", "in", 2.0),
        ("c3", "cut", "in", 3.0),
        ("m1", "mix", "in", 1.0),
        ("o1", "cut", "other", 1.0),
        ("d1", "cut", "in", 1.0),
    ] {
        let new = job(job_id, action, input, job_id).with_created_at(at(time));
        let new = match job_id {
            "d1" => new.with_parameters_json("{}").unwrap(),
            _ => new,
        };
        jobs(backend).save(&new).unwrap();
    }
}

/// What the tests call a row.
trait Named: Job {
    fn name(row: &Self::Row) -> String;
}

impl Named for AnalysisJob {
    fn name(row: &Self::Row) -> String {
        format!("{} {}", row.file_path, row.created_at)
    }
}

impl Named for ProcessingJob {
    fn name(row: &Self::Row) -> String {
        row.job_id.clone()
    }
}

/// Prunes while only these files are missing; what went, sorted by page.
fn run<J: Named>(
    store: &dyn JobStore<J>,
    prune: &Prune,
    missing: &[&str],
) -> Result<Vec<String>, StoreError> {
    let mut gone = Vec::new();
    let pruned = prune.run::<J, StoreError>(
        store,
        |path| missing.contains(&path),
        |event| {
            if let PruneEvent::Goes { row, .. } = event {
                gone.push(J::name(row));
            }
            Ok(())
        },
    )?;
    assert_eq!(pruned.rows, gone.len() as u64);
    gone.sort();
    Ok(gone)
}

fn names<J: Named>(store: &dyn JobStore<J>) -> Vec<String> {
    let rows = store.list(&Query::default()).unwrap().into_rows().unwrap();
    let mut names: Vec<_> = rows.iter().map(J::name).collect();
    names.sort();
    names
}
