//! Looking up: hits, as they are and parsed, and misses.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use media_analysis_store::MediaAnalysisStorage;
use serde_json::json;

use crate::bench::Bench;
use crate::cost::{Clock, Contestant, contest, timed};
use crate::data::{config, key, numbers};
use crate::plain::Plain;
use crate::python::{FIRST, Python, SECOND};
use crate::report::{Goal, Line, Topic};
use crate::{Result, as_json};

/// Look-ups in a round: so many that the clock's grain does not show, and so few
/// that a round is short.
const OURS: usize = 400;
const PEERS: usize = 40;

/// The number of a row that is nowhere.
const NOWHERE: usize = 1 << 40;

#[derive(Clone, Copy)]
enum Ask {
    Hit,
    Parsed,
    Miss,
}

/// Everybody's copy of the same rows.
struct Field<'b> {
    bench: &'b Bench,
    rows: usize,
    ours: MediaAnalysisStorage,
    plain: Plain,
    python: PathBuf,
    diskcache: PathBuf,
    joblib: PathBuf,
    per_round: (usize, usize),
}

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let (mut hits, mut parsed, mut misses) = (Vec::new(), Vec::new(), Vec::new());
    for (rows, ranges, per_round) in [(1_000, 100, (OURS, PEERS)), (20, 3_522, (OURS / 10, 10))] {
        let field = Field::make(bench, rows, ranges, per_round)?;
        let main = ranges == 100;
        let goal = |goal| if main { goal } else { Goal::None };
        let work = format!("{ranges} ranges");
        hits.extend(field.lines(&work, Ask::Hit, |other| match other {
            0 => goal(Goal::AtMost(1.3)),
            1 | 2 => goal(Goal::AtLeast(25.0)),
            3 => goal(Goal::AtLeast(4.0)),
            _ => Goal::None,
        }));
        parsed.extend(field.lines(&work, Ask::Parsed, |other| match other {
            1 | 2 => goal(Goal::AtLeast(10.0)),
            _ => Goal::None,
        }));
        if main {
            misses.extend(field.lines("no such row", Ask::Miss, |other| match other {
                1 | 2 => Goal::AtLeast(20.0),
                _ => Goal::None,
            }));
        }
    }
    Ok(vec![
        Topic {
            name: "lookup",
            title: "Cache hit, row not parsed",
            work: "`get_cached` for a row of 100 ranges (7.6 KB) or of 3,522 (300 KB), one of \
                   1,000 or of 20 rows. The Python library always parses."
                .into(),
            lines: hits,
        },
        Topic {
            name: "lookup",
            title: "Cache hit, ranges as typed structs",
            work: "`get_cached`, then `time_ranges`. Python's ranges are dictionaries; plain \
                   rusqlite parses with serde_json into the same structs."
                .into(),
            lines: parsed,
        },
        Topic {
            name: "lookup",
            title: "Miss",
            work: "`get_cached` for a path that is not there, in a table of 1,000 rows.".into(),
            lines: misses,
        },
    ])
}

impl<'b> Field<'b> {
    fn make(
        bench: &'b Bench,
        rows: usize,
        ranges: usize,
        per_round: (usize, usize),
    ) -> Result<Self> {
        let data = &bench.data;
        let table = data.table(rows, ranges)?;
        let fill = |python: &Python, peer: &str| -> Result<PathBuf> {
            let path = data.folder().join(format!("{peer}-{rows}x{ranges}"));
            if !path.exists() {
                let keys: Vec<_> = (0..rows).collect();
                let filled = python.batch(
                    peer,
                    &path,
                    json!({"do": "save", "keys": keys, "ranges": ranges}),
                );
                if let Err(error) = filled {
                    // It will say so again in its own round.
                    eprintln!("{peer}: {error}");
                }
            }
            Ok(path)
        };
        Ok(Self {
            ours: MediaAnalysisStorage::open(&table)?,
            plain: Plain::open(&table, "FULL")?,
            python: data.python_table(rows, ranges)?,
            diskcache: fill(&bench.first, "diskcache")?,
            joblib: fill(&bench.first, "joblib")?,
            bench,
            rows,
            per_round,
        })
    }

    fn lines(&self, work: &str, ask: Ask, goal: impl Fn(usize) -> Goal) -> Vec<Line> {
        let (many, few) = self.per_round;
        let keys = move |round, count| match ask {
            Ask::Miss => (0..count).map(|n| NOWHERE + round * count + n).collect(),
            _ => numbers(round, count, self.rows),
        };
        let batch = move |round| {
            let what = if matches!(ask, Ask::Miss) {
                "miss"
            } else {
                "hit"
            };
            json!({"do": what, "keys": keys(round, few)})
        };
        let python = |python, name, peer: (_, &Path)| {
            let peer = (peer.0, peer.1.to_owned());
            Python::contestant(python, name, peer, few, batch)
        };
        let first = &self.bench.first;
        let mut all = vec![
            Contestant::new("this project", move |round| {
                self.ours_round(ask, &keys(round, many))
            }),
            Contestant::new("plain rusqlite", move |round| {
                self.plain_round(ask, &keys(round, many))
            }),
            python(first, FIRST, ("library", &self.python)),
            python(&self.bench.second, SECOND, ("library", &self.python)),
            python(first, "diskcache", ("diskcache", &self.diskcache)),
        ];
        if matches!(ask, Ask::Hit) {
            all.push(python(first, "joblib", ("joblib", &self.joblib)));
        }
        let taken = contest(self.bench.rounds(41), all);
        taken[1..]
            .iter()
            .enumerate()
            .map(|(at, other)| Line::compare(work, &taken[0], other, Clock::Cpu, goal(at)))
            .collect()
    }

    fn ours_round(&self, ask: Ask, numbers: &[usize]) -> Result<crate::cost::Cost> {
        let (paths, config) = (paths(numbers), config());
        let cost = timed(|| {
            for path in &paths {
                let row = self.ours.get_cached(path, &config)?;
                match (ask, row) {
                    (Ask::Miss, None) => {}
                    (Ask::Hit, Some(row)) => drop(black_box(row)),
                    (Ask::Parsed, Some(row)) => drop(black_box(row.time_ranges()?)),
                    _ => return Err(format!("unexpected answer for {path}").into()),
                }
            }
            Ok(())
        })?;
        Ok(cost.per(numbers.len()))
    }

    fn plain_round(&self, ask: Ask, numbers: &[usize]) -> Result<crate::cost::Cost> {
        let paths = paths(numbers);
        let cost = timed(|| {
            for path in &paths {
                match (ask, self.plain.get(path)?) {
                    (Ask::Miss, None) => {}
                    (Ask::Hit, Some(row)) => drop(black_box(row)),
                    (Ask::Parsed, Some(row)) => drop(black_box(as_json(row.4.as_deref())?)),
                    _ => return Err(format!("unexpected answer for {path}").into()),
                }
            }
            Ok(())
        })?;
        Ok(cost.per(numbers.len()))
    }
}

fn paths(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|&number| key(number).0).collect()
}
