//! Many threads and processes at once.

use std::thread;

use media_schema::{AnalysisKey, MediaBackend, Saved, StoreError};

use crate::child::{listen, race, say};
use crate::samples::{analysis, config, counts, get_analysis, job, jobs, results, rows, sha};
use crate::{Fixture, Suite};

/// The role of a child that saves rows.
pub(crate) const SAVE: &str = "save rows";

const CHILDREN: usize = 8;
const ROUNDS: usize = 50;

/// Saves results and jobs, some under names of its own and some under names
/// that others use too; notes in jobs what it was told.
pub(crate) fn save(backend: &impl MediaBackend, me: &str) {
    say("ready");
    listen();
    for number in 0..ROUNDS {
        let own = format!("{me} {number}");
        let shared = format!("shared {number}");
        let saved = results(backend).save(&analysis(&own, &own, "x"));
        assert_eq!(saved.unwrap(), Saved::Inserted);
        let saved = jobs(backend).save(&job(&own, "own", "a", "b"));
        assert_eq!(saved.unwrap(), Saved::Inserted);
        let told = results(backend).save(&analysis(&shared, me, "x")).unwrap();
        let note = format!("result {shared} {me}");
        let note = job(&note, told.as_str(), "a", "b");
        jobs(backend).save(&note).unwrap();
        let told = match jobs(backend).save(&job(&shared, "shared", me, me)) {
            Ok(_) => "recorded",
            Err(StoreError::Conflict { .. }) => "taken",
            Err(error) => panic!("{error:?}"),
        };
        let note = job(&format!("job {shared} {me}"), told, "a", "b");
        jobs(backend).save(&note).unwrap();
    }
}

/// Of what 8 processes save at once nothing is lost, and of those that save the
/// same exactly one is told that it is new.
pub fn nothing_is_lost<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let children = (0..CHILDREN).map(|number| place.child(SAVE, &format!("{number}")));
    race(children.collect());
    let own = CHILDREN * ROUNDS;
    let (found_results, found_jobs) = counts(&backend);
    assert_eq!(found_results, (own + ROUNDS) as u64);
    assert_eq!(found_jobs, (own + ROUNDS + 2 * own) as u64);
    let notes = rows(jobs(&backend));
    for (action, count) in [
        ("own", own),
        ("shared", ROUNDS),
        ("inserted", ROUNDS),
        ("replaced", own - ROUNDS),
        ("recorded", ROUNDS),
        ("taken", own - ROUNDS),
    ] {
        let found = notes.iter().filter(|note| note.action == action);
        assert_eq!(found.count(), count, "{action}");
    }
    for number in 0..ROUNDS {
        let name = |what: &str| format!("{what} shared {number} ");
        for (what, told) in [("result", "inserted"), ("job", "recorded")] {
            let name = name(what);
            let told = notes
                .iter()
                .filter(|note| note.job_id.starts_with(&name) && note.action == told);
            assert_eq!(told.count(), 1, "{name}");
        }
    }
}

/// A reader sees a batch as a whole or not at all, in a look-up of many and in
/// a list.
pub fn no_half_batch_is_seen<F: Fixture>(suite: &Suite<F>) {
    const ROWS: usize = 50;
    let place = suite.create();
    let (writer, reader) = (place.open(), place.open());
    let names: Vec<_> = (0..ROWS).map(|number| format!("{number}")).collect();
    let batch = |content: &str| -> Vec<_> {
        let row = |name: &String| analysis(name, content, "x");
        names.iter().map(row).collect()
    };
    results(&writer).save_many(&batch("0")).unwrap();
    let x = config("x");
    thread::scope(|scope| {
        let all_saved = scope.spawn(|| {
            for round in 1..40 {
                let batch = batch(&format!("{round}"));
                results(&writer).save_many(&batch).unwrap();
            }
        });
        let mut is_last = false;
        while !is_last {
            // However it ended: a panic of the writer is one of the scope.
            is_last = all_saved.is_finished();
            let keys: Vec<_> = names
                .iter()
                .map(|name| AnalysisKey {
                    file_path: name,
                    config_hash: x.as_str(),
                })
                .collect();
            let found = results(&reader).get_many(&keys).unwrap();
            assert_eq!(found.len(), ROWS);
            let mut hashes: Vec<_> = found
                .into_iter()
                .map(|row| row.unwrap().unwrap().file_hash)
                .collect();
            hashes.dedup();
            assert_eq!(hashes.len(), 1);
            let page = results(&reader).list(&media_schema::Query::default());
            let rows = page.unwrap().into_rows().unwrap();
            assert_eq!(rows.len(), ROWS);
            let mut hashes: Vec<_> = rows.into_iter().map(|row| row.file_hash).collect();
            hashes.dedup();
            assert_eq!(hashes.len(), 1);
        }
    });
    let row = get_analysis(&reader, "7", "x").unwrap();
    assert_eq!(row.file_hash.as_str(), sha("39").as_str());
}

/// Batches of the same rows in opposite order do not stand in each other's way.
pub fn batches_in_opposite_order<F: Fixture>(suite: &Suite<F>) {
    const ROWS: usize = 100;
    let place = suite.create();
    let handles: Vec<_> = (0..4).map(|_| place.open()).collect();
    thread::scope(|scope| {
        for (number, backend) in handles.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..10 {
                    let content = format!("{number} {round}");
                    let mut batch: Vec<_> = (0..ROWS)
                        .map(|row| analysis(&format!("{row}"), &content, "x"))
                        .collect();
                    if number % 2 == 1 {
                        batch.reverse();
                    }
                    assert_eq!(results(backend).save_many(&batch).unwrap().len(), ROWS);
                }
            });
        }
    });
    let rows = rows(results(&handles[0]));
    assert_eq!(rows.len(), ROWS);
    let last = &rows[0].file_hash;
    assert!(rows.iter().all(|row| row.file_hash == *last));
}

/// So it is for batches of jobs under the same names: one is recorded, the
/// others are refused as a whole.
pub fn one_of_many_batches_is_recorded<F: Fixture>(suite: &Suite<F>) {
    const ROWS: usize = 100;
    let place = suite.create();
    let handles: Vec<_> = (0..4).map(|_| place.open()).collect();
    for round in 0..5 {
        let recorded: usize = thread::scope(|scope| {
            let saves = handles.iter().enumerate().map(|(number, backend)| {
                scope.spawn(move || {
                    let mut batch: Vec<_> = (0..ROWS)
                        .map(|row| job(&format!("{round} {row}"), &format!("{number}"), "a", "b"))
                        .collect();
                    if number % 2 == 1 {
                        batch.reverse();
                    }
                    match jobs(backend).save_many(&batch) {
                        Ok(saved) => saved.len() / ROWS,
                        Err(StoreError::Conflict { .. }) => 0,
                        Err(error) => panic!("{error:?}"),
                    }
                })
            });
            let saves: Vec<_> = saves.collect();
            saves.into_iter().map(|save| save.join().unwrap()).sum()
        });
        assert_eq!(recorded, 1);
    }
    let rows = rows(jobs(&handles[0]));
    assert_eq!(rows.len(), 5 * ROWS);
    for round in rows.chunks(ROWS) {
        assert!(round.iter().all(|row| row.action == round[0].action));
    }
}

/// One handle serves many threads at once, more than it may have connections.
pub fn a_handle_serves_many_threads<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    thread::scope(|scope| {
        for number in 0..32 {
            let backend = &backend;
            scope.spawn(move || {
                for round in 0..10 {
                    let name = format!("{number} {round}");
                    results(backend).save(&analysis(&name, &name, "x")).unwrap();
                    let row = get_analysis(backend, &name, "x").unwrap();
                    assert_eq!(row.file_hash.as_str(), sha(&name).as_str());
                }
            });
        }
    });
    assert_eq!(counts(&backend), (320, 0));
}
