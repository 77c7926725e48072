//! Lists of the newest, and everything else, as a table grows.

use media_analysis_store::MediaAnalysisStorage;
use media_schema::{AnalysisFilter, Query};
use media_sqlite::{Durability, OpenOptions};
use serde_json::json;

use crate::bench::Bench;
use crate::cost::{Clock, Contestant, Taken, contest, timed};
use crate::data::{config, key, new_analysis, numbers, ranges};
use crate::python::{FIRST, SECOND};
use crate::report::{Goal, Line, Topic};
use crate::{Result, real};

const SMALL: usize = 10_000;
const LARGE: usize = 1_000_000;
const HUGE: usize = 10_000_000;

/// Operations in a round.
const LISTS: usize = 20;
const LOOKUPS: usize = 400;
const SAVES: usize = 100;

const NOT_MEASURED: &str = "10 million rows: only with `--long`";

/// The same table at each size.
fn tables(bench: &Bench) -> Result<Vec<(usize, MediaAnalysisStorage)>> {
    let mut sizes = vec![SMALL, LARGE];
    if bench.long {
        sizes.push(HUGE);
    }
    sizes
        .into_iter()
        .map(|rows| {
            let path = bench.data.table(rows, 2)?;
            // So that the growth is not hidden behind waiting for the disk.
            let options = OpenOptions::new().durability(Durability::Normal);
            Ok((
                rows,
                MediaAnalysisStorage::with_source(options.open(path)?)?,
            ))
        })
        .collect()
}

fn at(rows: usize) -> String {
    match rows {
        SMALL => "10 thousand rows".into(),
        LARGE => "1 million rows".into(),
        _ => "10 million rows".into(),
    }
}

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let tables = tables(bench)?;
    let python = bench.data.python_table(LARGE, 2)?;
    let query = Query::<AnalysisFilter>::default();
    let mut all: Vec<_> = tables
        .iter()
        .map(|(rows, table)| {
            Contestant::new(at(*rows), |_| {
                let cost = timed(|| {
                    for _ in 0..LISTS {
                        if table.list_jobs(&query)?.rows.len() != 100 {
                            return Err("a page has 100 rows".into());
                        }
                    }
                    Ok(())
                })?;
                Ok(cost.per(LISTS))
            })
        })
        .collect();
    let ours = all.len();
    for (python_peer, name) in [(&bench.first, FIRST), (&bench.second, SECOND)] {
        let list = |_| json!({"do": "list", "times": 1});
        all.push(python_peer.contestant(name, ("library", python.clone()), 1, list));
    }
    let taken = contest(bench.rounds(9), all);
    let mut lines: Vec<_> = taken[ours..]
        .iter()
        .map(|other| {
            Line::compare(
                &at(LARGE),
                &taken[1],
                other,
                Clock::Cpu,
                Goal::AtLeast(1000.0),
            )
        })
        .collect();
    lines.extend(grown(&taken[..ours], "", Goal::AtMost(1.1)));
    if !bench.long {
        lines.push(Line::absent(
            "the same time at 10 million as at 10 thousand",
            NOT_MEASURED,
        ));
    }
    Ok(vec![Topic {
        name: "list",
        title: "List of the newest 100",
        work: "`list_jobs` with the default query, rows of two ranges. \"The same time\" is taken \
               to be at most a tenth more."
            .into(),
        lines,
    }])
}

/// Each size beside the smallest.
fn grown<'t>(taken: &'t [Taken], what: &'t str, goal: Goal) -> impl Iterator<Item = Line> + 't {
    taken[1..].iter().map(move |larger| {
        let work = format!("{what}{}", larger.name);
        Line::compare(&work, larger, &taken[0], Clock::Cpu, goal)
    })
}

/// The same work on each table: `choose` is given its rows and the round.
fn each(
    tables: &[(usize, MediaAnalysisStorage)],
    rounds: usize,
    choose: impl Fn(usize, usize) -> Vec<usize>,
    work: impl Fn(&MediaAnalysisStorage, &[(usize, String)]) -> Result<()>,
) -> Vec<Taken> {
    let (choose, work) = (&choose, &work);
    let contestants = tables.iter().map(|(rows, table)| {
        Contestant::new(at(*rows), move |round| {
            let keys: Vec<_> = choose(*rows, round)
                .into_iter()
                .map(|number| (number, key(number).0))
                .collect();
            Ok(timed(|| work(table, &keys))?.per(keys.len()))
        })
    });
    contest(rounds, contestants.collect())
}

/// Numbers of rows that no table has.
fn new_numbers(round: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |n| HUGE + round * count + n)
}

pub(crate) fn scale(bench: &Bench) -> Result<Vec<Topic>> {
    let tables = tables(bench)?;
    let config = config();
    let found = ranges(2);
    let mut lines = Vec::new();
    let rounds = bench.rounds(41);
    let known = |rows, round| numbers(round, LOOKUPS, rows);
    let hits = each(&tables, rounds, known, |table, keys| {
        for (_, path) in keys {
            table
                .get_cached(path, &config)?
                .ok_or("a hit was expected")?;
        }
        Ok(())
    });
    let unknown = |_, round| new_numbers(round, LOOKUPS).collect();
    let misses = each(&tables, rounds, unknown, |table, keys| {
        for (_, path) in keys {
            if table.get_cached(path, &config)?.is_some() {
                return Err("a miss was expected".into());
            }
        }
        Ok(())
    });
    let new = |_, round| new_numbers(round, SAVES).collect();
    let saves = each(&tables, rounds, new, |table, keys| {
        for (number, _) in keys {
            table.save(&new_analysis(*number, &found)?)?;
        }
        Ok(())
    });
    // The tables stay as large as they are.
    for (_, table) in &tables {
        for number in (0..=rounds).flat_map(|round| new_numbers(round, SAVES)) {
            table.remove(key(number).0, &config)?;
        }
    }
    for (what, taken) in [
        ("hit", &hits),
        ("miss", &misses),
        ("save, `Normal`", &saves),
    ] {
        let mut rows = grown(taken, &format!("{what} at "), Goal::None).collect::<Vec<_>>();
        if bench.long {
            rows.pop();
            let (last, first) = (&taken[taken.len() - 1], &taken[0]);
            let work = format!("{what} at {}", last.name);
            let goal = Goal::AtMost(1.5);
            rows.push(Line::compare(&work, last, first, Clock::Cpu, goal));
        } else {
            rows.push(Line::absent(
                &format!("{what} at 10 million rows"),
                NOT_MEASURED,
            ));
        }
        lines.extend(rows);
    }
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let sizes: Vec<_> = tables
        .iter()
        .map(|(rows, _)| {
            let path = bench.data.table(*rows, 2)?;
            #[expect(
                clippy::cast_precision_loss,
                reason = "a file has fewer bytes than 2^53"
            )]
            let bytes = size(&path) as f64;
            Ok(format!(
                "{}: {:.0} bytes a row",
                at(*rows),
                bytes / real(*rows)
            ))
        })
        .collect::<Result<_>>()?;
    Ok(vec![Topic {
        name: "scale",
        title: "Hit, miss and save as the table grows",
        work: format!(
            "Random rows of two ranges; the new ones are removed at the end. The whole \
             file, indexes included: {}.",
            sizes.join(", ")
        ),
        lines,
    }])
}
