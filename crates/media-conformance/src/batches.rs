//! Many rows at once.

use media_schema::{AnalysisKey, Job, JobStore, ProcessingKey, Query, Saved, StoreError};

use crate::samples::{
    analysis, at, config, counts, get_analysis, get_job, job, jobs, results, sha,
};
use crate::{Fixture, Suite};

/// A batch says of each row what became of it, in the order of the rows.
pub fn a_batch_answers_in_order<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    results(&backend).save(&analysis("/b", "old", "x")).unwrap();
    let new = ["/a", "/b", "/c"].map(|path| analysis(path, "new", "x"));
    assert_eq!(
        results(&backend).save_many(&new).unwrap(),
        [Saved::Inserted, Saved::Replaced, Saved::Inserted]
    );
    let batch = ["j1", "j2"].map(|id| job(id, "cut", "a", "b"));
    assert_eq!(
        jobs(&backend).save_many(&batch).unwrap(),
        [Saved::Inserted; 2]
    );
    assert_eq!(counts(&backend), (3, 2));
    let row = get_analysis(&backend, "/b", "x").unwrap();
    assert_eq!(row.file_hash.as_str(), sha("new").as_str());
}

/// An empty batch is none.
pub fn an_empty_batch_is_none<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    assert_eq!(results(&backend).save_many(&[]).unwrap(), []);
    assert_eq!(jobs(&backend).save_many(&[]).unwrap(), []);
    assert_eq!(counts(&backend), (0, 0));
}

/// The rows of a batch are numbered in the order in which they were given, so
/// that those of equal time are listed by it.
pub fn a_batch_keeps_its_order<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let names: Vec<_> = (0..500)
        .map(|n: u64| format!("{}", n * 7919 % 500))
        .collect();
    let new_results: Vec<_> = names
        .iter()
        .map(|name| analysis(name, name, "x").with_created_at(at(1.0)))
        .collect();
    let new_jobs: Vec<_> = names
        .iter()
        .map(|name| job(name, "cut", name, name).with_created_at(at(1.0)))
        .collect();
    results(&backend).save_many(&new_results).unwrap();
    jobs(&backend).save_many(&new_jobs).unwrap();
    let page = results(&backend)
        .list(&Query::default().limit(500))
        .unwrap();
    let listed = page.into_rows().unwrap();
    assert!(listed.iter().rev().map(|row| &row.file_path).eq(&names));
    let page = jobs(&backend).list(&Query::default().limit(500)).unwrap();
    let listed = page.into_rows().unwrap();
    assert!(listed.iter().rev().map(|row| &row.job_id).eq(&names));
}

/// If one job of a batch is refused, none is recorded, be its name taken in the
/// database or in the batch.
pub fn a_refused_batch_leaves_nothing<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    jobs(&backend).save(&job("taken", "cut", "a", "b")).unwrap();
    let before = get_job(&backend, "taken");
    for ids in [
        ["j1", "j2", "taken"],
        ["taken", "j1", "j2"],
        ["j1", "j2", "j1"],
    ] {
        let error = jobs(&backend)
            .save_many(&ids.map(|id| job(id, "mix", "c", "d")))
            .unwrap_err();
        let StoreError::Conflict { job_id, .. } = &error else {
            panic!("{error:?}");
        };
        let culprit = if ids.contains(&"taken") {
            "taken"
        } else {
            "j1"
        };
        assert_eq!(job_id, culprit);
        assert_eq!(counts(&backend), (0, 1), "{ids:?}");
    }
    assert_eq!(get_job(&backend, "taken"), before);
}

/// Of two results for the same key in a batch the later stays, as if they had
/// been saved one by one.
pub fn a_key_twice_in_a_batch<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let batch = [
        analysis("/a", "first", "x"),
        analysis("/b", "b", "x"),
        analysis("/a", "second", "x").with_ranges(&[]).unwrap(),
        analysis("/a", "third", "x"),
    ];
    assert_eq!(
        results(&backend).save_many(&batch).unwrap(),
        [
            Saved::Inserted,
            Saved::Inserted,
            Saved::Replaced,
            Saved::Replaced
        ]
    );
    let row = get_analysis(&backend, "/a", "x").unwrap();
    assert_eq!(row.file_hash.as_str(), sha("third").as_str());
    assert_eq!(row.ranges, None);
    assert_eq!(
        results(&backend).save_many(&batch).unwrap(),
        [Saved::Replaced; 4]
    );
    assert_eq!(get_analysis(&backend, "/a", "x").unwrap().id, row.id);
    assert_eq!(counts(&backend), (2, 0));
}

/// A batch may be of any size, and so may a question for many.
pub fn ten_thousand_rows_at_once<F: Fixture>(suite: &Suite<F>) {
    const ROWS: usize = 10_000;
    let backend = suite.open();
    let names: Vec<_> = (0..ROWS).map(|number| format!("/{number}")).collect();
    let new_results: Vec<_> = names
        .iter()
        .map(|name| analysis(name, name, "x").with_ranges(&[]).unwrap())
        .collect();
    assert_eq!(
        results(&backend).save_many(&new_results).unwrap(),
        [Saved::Inserted; ROWS]
    );
    assert_eq!(
        results(&backend).save_many(&new_results).unwrap(),
        [Saved::Replaced; ROWS]
    );
    let new_jobs: Vec<_> = names
        .iter()
        .map(|name| job(name, "cut", "a", "b"))
        .collect();
    assert_eq!(
        jobs(&backend).save_many(&new_jobs).unwrap(),
        [Saved::Inserted; ROWS]
    );
    assert_eq!(counts(&backend), (ROWS as u64, ROWS as u64));

    let x = config("x");
    let keys: Vec<_> = names
        .iter()
        .map(|name| AnalysisKey {
            file_path: name,
            config_hash: x.as_str(),
        })
        .collect();
    let answers = found(results(&backend), &keys);
    assert_eq!(answers.len(), ROWS);
    for (name, row) in names.iter().zip(answers) {
        assert_eq!(row.unwrap().file_hash.as_str(), sha(name).as_str());
    }
    let keys: Vec<_> = names
        .iter()
        .map(|job_id| ProcessingKey { job_id })
        .collect();
    let answers = found(jobs(&backend), &keys);
    assert_eq!(answers.len(), ROWS);
    for (name, row) in names.iter().zip(answers) {
        assert_eq!(&row.unwrap().job_id, name);
    }
}

/// Many rows are found in the order of the questions, each as a single look-up
/// finds it; a question may repeat, and find nothing.
pub fn many_are_found_in_order<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for name in ["a", "b", "c"] {
        results(&backend).save(&analysis(name, name, "x")).unwrap();
        jobs(&backend).save(&job(name, "cut", "a", "b")).unwrap();
    }
    let names = ["c", "none", "a", "c", "b", "none"];
    let x = config("x");
    let keys = names.map(|file_path| AnalysisKey {
        file_path,
        config_hash: x.as_str(),
    });
    let found = found(results(&backend), &keys);
    assert!(
        found
            .into_iter()
            .eq(names.map(|name| get_analysis(&backend, name, "x")))
    );
    let keys = names.map(|job_id| ProcessingKey { job_id });
    let found = self::found(jobs(&backend), &keys);
    assert!(
        found
            .into_iter()
            .eq(names.map(|name| get_job(&backend, name)))
    );
    assert_eq!(self::found(jobs(&backend), &[]), []);
    assert_eq!(self::found(results(&backend), &[]), []);
}

fn found<J: Job>(store: &dyn JobStore<J>, keys: &[J::Key<'_>]) -> Vec<Option<J::Row>> {
    let found = store.get_many(keys).unwrap();
    found.into_iter().map(Result::unwrap).collect()
}
