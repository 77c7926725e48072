//! Saving: one row, a thousand at once, and by eight processes.

use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_sqlite::{Durability, OpenOptions};
use serde_json::json;

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, Cost, contest, timed};
use crate::data::{new_analysis, ranges};
use crate::plain::Plain;
use crate::python::{FIRST, SECOND};
use crate::report::{Goal, Line, Topic};
use crate::workers::{Load, Workers, at_once};

/// Saves in a round.
const DURABLE: usize = 20;
const NORMAL: usize = 100;
const MANY: usize = 1_000;

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    Ok(vec![one(bench)?, many(bench)?])
}

/// A database of this project, new.
fn create(path: &Path, durability: Durability) -> Result<MediaAnalysisStorage> {
    let database = OpenOptions::new().durability(durability).open(path)?;
    Ok(MediaAnalysisStorage::with_source(database)?)
}

/// The table and indexes of this project, for the driver alone.
fn create_plain(path: &Path, synchronous: &str) -> Result<Plain> {
    drop(create(path, Durability::Full)?);
    Plain::open(path, synchronous)
}

fn keys(round: usize, count: usize) -> Vec<usize> {
    (round * count..(round + 1) * count).collect()
}

fn one(bench: &Bench) -> Result<Topic> {
    let mut lines = Vec::new();
    for count in [100, 3_522] {
        let scratch = bench.scratch()?;
        let folder = scratch.path();
        let work = |kind: &str| format!("{count} ranges, {kind}");
        let main = count == 100;
        let goal = |goal| if main { goal } else { Goal::None };
        let found = ranges(count);
        let (durable, normal) = if main { (DURABLE, NORMAL) } else { (5, 20) };

        let full = create(&folder.join("full.db"), Durability::Full)?;
        let lax = create(&folder.join("normal.db"), Durability::Normal)?;
        let plain_full = create_plain(&folder.join("plain-full.db"), "FULL")?;
        let plain_lax = create_plain(&folder.join("plain-normal.db"), "NORMAL")?;
        let ours = |store, operations| {
            let found = &found;
            move |round| save_ours(store, &keys(round, operations), found)
        };
        let plain = |plain, operations| {
            let found = &found;
            move |round| save_plain(plain, &keys(round, operations), found)
        };
        let mut all = vec![
            Contestant::new("Full", ours(&full, durable)),
            Contestant::new("plain rusqlite, FULL", plain(&plain_full, durable)),
            Contestant::new("Normal", ours(&lax, normal)),
            Contestant::new("plain rusqlite, NORMAL", plain(&plain_lax, normal)),
        ];
        for (python, name, peer, operations) in [
            (&bench.first, FIRST, "library", durable),
            (&bench.second, SECOND, "library", durable),
            (&bench.first, "diskcache", "diskcache", normal),
            (&bench.first, "joblib", "joblib", durable),
            (&bench.first, "ml-metadata", "ml-metadata", durable),
        ] {
            let path = folder.join(name);
            all.push(python.contestant(name, (peer, path), operations, move |round| {
                json!({"do": "save", "keys": keys(round, operations), "ranges": count})
            }));
        }
        let taken = contest(bench.rounds(25), all);
        for (at, kind, least) in [(0, "`Full`", 4.0), (2, "`Normal`", 12.0)] {
            let (ours, work) = (&taken[at], work(kind));
            for clock in [Clock::Wall, Clock::Cpu] {
                let most = goal(Goal::AtMost(1.15));
                lines.push(Line::compare(&work, ours, &taken[at + 1], clock, most));
            }
            for other in &taken[4..] {
                let least = match other.name.as_str() {
                    FIRST | SECOND => goal(Goal::AtLeast(least)),
                    _ => Goal::None,
                };
                lines.push(Line::compare(&work, ours, other, Clock::Wall, least));
            }
        }
    }
    Ok(Topic {
        name: "save",
        title: "Save",
        work: "One new row, from structs to a committed transaction. The Python library commits \
               through a rollback journal; it and diskcache, joblib promise less than `Full`. \
               Plain rusqlite has the same pragmas, table and indexes."
            .into(),
        lines,
    })
}

fn save_ours(
    store: &MediaAnalysisStorage,
    numbers: &[usize],
    found: &[media_schema::TimeRange],
) -> Result<Cost> {
    let cost = timed(|| {
        for &number in numbers {
            store.save(&new_analysis(number, found)?)?;
        }
        Ok(())
    })?;
    Ok(cost.per(numbers.len()))
}

fn save_plain(plain: &Plain, numbers: &[usize], found: &[media_schema::TimeRange]) -> Result<Cost> {
    let cost = timed(|| {
        numbers
            .iter()
            .try_for_each(|&number| plain.save(number, found))
    })?;
    Ok(cost.per(numbers.len()))
}

fn many(bench: &Bench) -> Result<Topic> {
    let scratch = bench.scratch()?;
    let folder = scratch.path();
    let found = ranges(2);
    let ours = create(&folder.join("ours.db"), Durability::Full)?;
    let plain = create_plain(&folder.join("plain.db"), "FULL")?;
    let few = 50;
    let batch = |round| json!({"do": "save", "keys": keys(round, few), "ranges": 2});
    let taken = contest(
        bench.rounds(15),
        vec![
            Contestant::new("this project", |round| {
                let cost = timed(|| {
                    let rows: Result<Vec<_>> = keys(round, MANY)
                        .into_iter()
                        .map(|number| new_analysis(number, &found))
                        .collect();
                    ours.save_many(&rows?)?;
                    Ok(())
                })?;
                Ok(cost.per(MANY))
            }),
            Contestant::new("plain rusqlite, one transaction", |round| {
                Ok(timed(|| plain.save_many(&keys(round, MANY), &found))?.per(MANY))
            }),
            bench
                .first
                .contestant(FIRST, ("library", folder.join("first.db")), few, batch),
            bench
                .second
                .contestant(SECOND, ("library", folder.join("second.db")), few, batch),
        ],
    );
    let goals = [Goal::None, Goal::AtLeast(40.0), Goal::AtLeast(40.0)];
    Ok(Topic {
        name: "save",
        title: "save_many, 1,000 rows",
        work:
            "1,000 rows of two ranges by one call of `save_many`, `Full`; the time of a row. The \
               Python library saves one by one, of which 50 are measured in a round."
                .into(),
        lines: taken[1..]
            .iter()
            .zip(goals)
            .map(|(other, goal)| Line::compare("a row", &taken[0], other, Clock::Wall, goal))
            .collect(),
    })
}

/// How many processes save at once, and how many rows each.
const PROCESSES: usize = 8;
const SAVES: usize = 50;

#[expect(clippy::unnecessary_wraps, reason = "a group may fail")]
pub(crate) fn processes(bench: &Bench) -> Result<Vec<Topic>> {
    let kinds = [
        ("this project", Workers::Ours),
        (FIRST, Workers::Python(&bench.first_environment)),
        (SECOND, Workers::Python(&bench.second_environment)),
    ];
    let worst: Vec<_> = kinds
        .iter()
        .map(|_| std::cell::RefCell::new(Vec::new()))
        .collect();
    let failed: Vec<_> = kinds.iter().map(|_| std::cell::Cell::new(0)).collect();
    let contestants = kinds
        .iter()
        .zip(worst.iter().zip(&failed))
        .map(|((name, workers), (worst, failed))| {
            Contestant::new(*name, |round| {
                let scratch = bench.scratch()?;
                let load = Load {
                    processes: PROCESSES,
                    first: 0,
                    each: SAVES,
                };
                let done = at_once(workers, scratch.path().join("media.db"), load)?;
                failed.set(failed.get() + done.failed);
                if round > 0 {
                    let wall = done.worst;
                    worst.borrow_mut().push(Cost { wall, cpu: wall });
                }
                let wall = done.seconds / crate::real(PROCESSES * SAVES);
                Ok(Cost { wall, cpu: wall })
            })
        })
        .collect();
    let rates = contest(bench.rounds(11), contestants);
    let waits: Vec<_> = rates
        .iter()
        .zip(&worst)
        .map(|(rate, worst)| crate::cost::Taken {
            name: rate.name.clone(),
            costs: rate.costs.clone().map(|_| worst.borrow().clone()),
        })
        .collect();
    let mut lines = Vec::new();
    for (rate, wait) in rates.iter().zip(&waits).skip(1) {
        let (clock, goal) = (Clock::Wall, Goal::AtLeast(8.0));
        lines.push(Line::compare(
            "time for a save",
            &rates[0],
            rate,
            clock,
            goal,
        ));
        let goal = Goal::AtMost(0.25);
        lines.push(Line::compare("worst wait", &waits[0], wait, clock, goal));
    }
    let told: Vec<_> = kinds
        .iter()
        .zip(&failed)
        .map(|((name, _), failed)| format!("{name} {}", failed.get()))
        .collect();
    Ok(vec![Topic {
        name: "processes",
        title: "8 processes saving at once",
        work: format!(
            "{PROCESSES} processes save {SAVES} new rows of two ranges each, `Full`; the time from \
             the common start to the last end, divided by the rows, and the longest that any save \
             took. Saves that failed in all rounds together: {}.",
            told.join(", ")
        ),
        lines,
    }])
}
