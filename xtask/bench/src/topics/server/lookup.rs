//! Looking up: one row, a thousand at once, the newest, and an unchanged file.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use media_analysis_store::{Analysis, AnalyzeOptions};
use media_schema::{AnalysisFilter, AnalysisKey, Query};
use postgres_cluster::Cluster;

use super::{OURS, PLAIN, Store, Tables, beside_plain, fill};
use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, Taken, contest, timed};
use crate::data::{config, key, numbers, ranges};
use crate::report::{Line, Topic, seconds};
use crate::topics::hash::settle;

/// Look-ups in a round.
const LOOKUPS: usize = 50;
const LISTS: usize = 10;

/// Keys in one question.
pub(super) const KEYS: usize = 1_000;

/// Rows of 100 ranges, and of two.
const SMALL: usize = 1_000;
const LARGE: usize = 100_000;

/// The number of a row that is nowhere.
const NOWHERE: usize = 1 << 40;

pub(super) fn run(bench: &Bench, server: &Cluster) -> Result<Topic> {
    let mut small = Tables::create(server, "small")?;
    fill(&small.ours, 0..SMALL, 100)?;
    let mut large = Tables::create(server, "large")?;
    fill(&large.ours, 0..LARGE, 2)?;
    for name in ["small", "large"] {
        server.psql_in(name, "VACUUM ANALYZE")?;
    }
    let rounds = bench.rounds(41);
    let known = |round| numbers(round, LOOKUPS, SMALL);
    let unknown = |round| {
        (0..LOOKUPS)
            .map(|n| NOWHERE + round * LOOKUPS + n)
            .collect()
    };
    let mut lines = Vec::new();
    let hits = hits(rounds, &mut small, known, true);
    lines.extend(beside_plain("hit, 100 ranges", &hits));
    let misses = self::hits(rounds, &mut small, unknown, false);
    lines.extend(beside_plain("miss", &misses));
    let many = many(rounds, &mut large, LARGE);
    lines.extend(beside_plain("a row, 1,000 keys in one question", &many));
    lines.extend(beside_plain(
        "newest 100 of 100,000",
        &newest(rounds, &mut large),
    ));
    lines.push(unchanged(bench, &small.ours)?);
    let nothing = contest(
        rounds,
        vec![Contestant::new(PLAIN, |_| {
            let plain = &mut small.plain;
            Ok(timed(|| (0..LOOKUPS).try_for_each(|_| plain.ask_nothing()))?.per(LOOKUPS))
        })],
    );
    let nothing = nothing[0]
        .median(Clock::Wall)
        .map_or_else(String::new, seconds);
    Ok(Topic {
        name: "server",
        title: "Server: look-up",
        work: format!(
            "`get_cached` of a row of 100 ranges, one of 1,000; of a path that is not there; \
             `get_many` of 1,000 keys among 100,000 rows of two ranges, the time of a row; \
             `list_jobs` with the default query there; and `get_or_analyze` of a file of 1 MiB \
             that lies as it lay when it was hashed, of which nothing was read. An empty \
             question (`SELECT 1`) to that server takes {nothing} by the clock."
        ),
        lines,
    })
}

/// Look-ups of single rows.
pub(super) fn hits(
    rounds: usize,
    tables: &mut Tables,
    choose: impl Fn(usize) -> Vec<usize>,
    is_there: bool,
) -> Vec<Taken> {
    let paths = |round| -> Vec<String> { choose(round).into_iter().map(|n| key(n).0).collect() };
    let config = config();
    let check = |found| {
        if found == is_there {
            return Ok(());
        }
        Err("unexpected answer".into())
    };
    let Tables { ours, plain, .. } = tables;
    contest(
        rounds,
        vec![
            Contestant::new(OURS, |round| {
                let paths = paths(round);
                let cost = timed(|| {
                    paths.iter().try_for_each(|path| {
                        check(black_box(ours.get_cached(path, &config)?).is_some())
                    })
                })?;
                Ok(cost.per(paths.len()))
            }),
            Contestant::new(PLAIN, |round| {
                let paths = paths(round);
                let cost = timed(|| {
                    paths
                        .iter()
                        .try_for_each(|path| check(black_box(plain.get(path)?).is_some()))
                })?;
                Ok(cost.per(paths.len()))
            }),
        ],
    )
}

/// A thousand rows by one question.
pub(super) fn many(rounds: usize, tables: &mut Tables, rows: usize) -> Vec<Taken> {
    let paths = |round| -> Vec<String> {
        let numbers = numbers(round, KEYS, rows);
        numbers.into_iter().map(|n| key(n).0).collect()
    };
    let config = config();
    let check = |found| {
        if found == KEYS {
            return Ok(());
        }
        Err(format!("{found} of {KEYS} rows were found").into())
    };
    let Tables { ours, plain, .. } = tables;
    contest(
        rounds,
        vec![
            Contestant::new(OURS, |round| {
                let paths = paths(round);
                let keys: Vec<_> = paths
                    .iter()
                    .map(|file_path| AnalysisKey {
                        file_path,
                        config_hash: config.as_str(),
                    })
                    .collect();
                let cost = timed(|| {
                    let rows = black_box(ours.get_many(&keys)?);
                    check(rows.iter().filter(|row| matches!(row, Ok(Some(_)))).count())
                })?;
                Ok(cost.per(KEYS))
            }),
            Contestant::new(PLAIN, |round| {
                let paths = paths(round);
                let cost = timed(|| {
                    let rows = black_box(plain.get_many(&paths)?);
                    check(rows.iter().flatten().count())
                })?;
                Ok(cost.per(KEYS))
            }),
        ],
    )
}

fn newest(rounds: usize, tables: &mut Tables) -> Vec<Taken> {
    let query = Query::<AnalysisFilter>::default();
    let Tables { ours, plain, .. } = tables;
    contest(
        rounds,
        vec![
            Contestant::new(OURS, |_| {
                let cost = timed(|| {
                    for _ in 0..LISTS {
                        if ours.list_jobs(&query)?.rows.len() != 100 {
                            return Err("a page has 100 rows".into());
                        }
                    }
                    Ok(())
                })?;
                Ok(cost.per(LISTS))
            }),
            Contestant::new(PLAIN, |_| {
                let cost = timed(|| {
                    for _ in 0..LISTS {
                        // One more tells whether there is a next page.
                        if plain.newest(101)?.len() != 101 {
                            return Err("101 rows were asked for".into());
                        }
                    }
                    Ok(())
                })?;
                Ok(cost.per(LISTS))
            }),
        ],
    )
}

fn unchanged(bench: &Bench, storage: &Store) -> Result<Line> {
    let file = bench.data.file("small.bin", 1)?;
    settle(&file)?;
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let options = AnalyzeOptions {
        progress: Some(&progress),
        ..AnalyzeOptions::default()
    };
    let found = ranges(100);
    let look = || -> Result<()> {
        storage.get_or_analyze_with(&file, "bench", options, |_| {
            Ok::<_, std::io::Error>(Analysis {
                ranges: found.clone(),
                metadata: BTreeMap::from([("segment_count", found.len())]),
            })
        })?;
        Ok(())
    };
    look()?;
    read.store(0, Ordering::Relaxed);
    let taken = contest(
        bench.rounds(41),
        vec![Contestant::new(OURS, |_| {
            Ok(timed(|| (0..LOOKUPS).try_for_each(|_| look()))?.per(LOOKUPS))
        })],
    );
    if read.into_inner() > 0 {
        return Err("an unchanged file was read".into());
    }
    let median = taken[0]
        .median(Clock::Wall)
        .map_or_else(|| "failed".into(), seconds);
    Ok(Line::figure(
        "verified look-up of an unchanged file",
        &format!("{median} {}", Clock::Wall.name()),
    ))
}
