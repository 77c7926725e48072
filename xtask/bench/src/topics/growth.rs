//! How the costs of this project grow with ranges and with processes.

use std::hint::black_box;

use media_analysis_store::MediaAnalysisStorage;
use media_sqlite::{Durability, OpenOptions};

use crate::bench::Bench;
use crate::cost::{Clock, Contestant, Taken, contest, median, timed};
use crate::data::{config, key, new_analysis, ranges};
use crate::report::{Line, Topic, per_second, seconds};
use crate::workers::{Load, Workers, at_once};
use crate::{Result, real};

const RANGES: [usize; 5] = [2, 10, 100, 1_000, 10_000];
const PROCESSES: [usize; 6] = [1, 2, 4, 8, 16, 32];

/// Rows that each process saves.
const SAVES: usize = 50;

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    Ok(vec![with_ranges(bench)?, with_processes(bench)?])
}

fn with_ranges(bench: &Bench) -> Result<Topic> {
    let scratch = bench.scratch()?;
    let (options, config) = (OpenOptions::new().durability(Durability::Normal), config());
    let database = options.open(scratch.path().join("media.db"))?;
    let storage = MediaAnalysisStorage::with_source(database)?;
    for count in RANGES {
        storage.save(&new_analysis(count, &ranges(count))?)?;
    }
    let each = |name: &str, work: &dyn Fn(usize) -> Result<()>| -> Vec<Taken> {
        let contestants = RANGES.iter().map(|&count| {
            Contestant::new(format!("{name}, {count} ranges"), move |_| {
                let times = (20_000 / (count + 200)).max(2);
                Ok(timed(|| (0..times).try_for_each(|_| work(count)))?.per(times))
            })
        });
        contest(bench.rounds(21), contestants.collect())
    };
    let hit = |count: usize| storage.get_cached(key(count).0, &config);
    let taken = [
        each("hit", &|count| {
            drop(black_box(hit(count)?));
            Ok(())
        }),
        each("hit with typed ranges", &|count| {
            let row = hit(count)?.ok_or("a hit was expected")?;
            drop(black_box(row.time_ranges()?));
            Ok(())
        }),
        each("save again, `Normal`", &|count| {
            storage.save(&new_analysis(count, &ranges(count))?)?;
            Ok(())
        }),
    ];
    let lines = taken.iter().flatten().map(|taken| {
        let median = taken
            .median(Clock::Cpu)
            .map_or_else(|| "failed".into(), seconds);
        Line::figure(&taken.name, &format!("{median} {}", Clock::Cpu.name()))
    });
    Ok(Topic {
        name: "growth",
        title: "Growth with ranges",
        work: "One row, looked up and saved again and again.".into(),
        lines: lines.collect(),
    })
}

fn with_processes(bench: &Bench) -> Result<Topic> {
    let mut lines = Vec::new();
    for processes in PROCESSES {
        let (mut rates, mut waits) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds(5) {
            let scratch = bench.scratch()?;
            let database = scratch.path().join("media.db");
            let load = Load {
                processes,
                first: 0,
                each: SAVES,
            };
            let done = at_once(&Workers::Ours, &database, load)?;
            if done.failed > 0 {
                return Err(format!("{} saves failed", done.failed).into());
            }
            rates.push(real(processes * SAVES) / done.seconds);
            waits.push(done.worst);
        }
        if let (Some(rate), Some(wait)) = (median(rates), median(waits)) {
            let figure = format!("{}, worst wait {}", per_second(rate), seconds(wait));
            lines.push(Line::figure(&format!("{processes} processes"), &figure));
        }
    }
    Ok(Topic {
        name: "growth",
        title: "Growth with processes",
        work: format!("Each process saves {SAVES} new rows of two ranges, `Full`; none fails."),
        lines,
    })
}
