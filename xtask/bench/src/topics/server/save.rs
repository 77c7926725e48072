//! Saving: one row, and a thousand at once.

use std::path::PathBuf;

use media_schema::TimeRange;
use postgres_cluster::Cluster;
use serde_json::json;

use super::{OURS, PEER, PLAIN, Tables, beside_plain};
use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, Taken, contest, timed};
use crate::data::{new_analysis, ranges};
use crate::report::{Goal, Line, Topic};

/// Saves in a round.
const SAVES: usize = 20;
const PEER_SAVES: usize = 5;
const MANY: usize = 1_000;

pub(super) fn run(bench: &Bench, server: &Cluster) -> Result<Topic> {
    let mut lines = Vec::new();
    for (count, name) in [(100, "save_100"), (2, "save_2")] {
        let taken = one(bench, server, name, count)?;
        let work = format!("one row, {count} ranges");
        lines.extend(beside_plain(&work, &taken));
        let (ours, peer) = (&taken[0], &taken[2]);
        lines.push(Line::compare(&work, ours, peer, Clock::Wall, Goal::None));
    }
    lines.extend(beside_plain(
        "a row, `save_many` of 1,000",
        &many(bench, server)?,
    ));
    Ok(Topic {
        name: "server",
        title: "Server: save",
        work: "One new row, from structs to a transaction that is on the server's disk; and 1,000 \
               rows of two ranges by one call of `save_many`, which is one question, the time of a \
               row. ml-metadata saves an execution and its artifact on the same server."
            .into(),
        lines,
    })
}

fn keys(round: usize, count: usize) -> Vec<usize> {
    (round * count..(round + 1) * count).collect()
}

/// Ours, the driver alone and the peer, each in a database of its own.
fn one(bench: &Bench, server: &Cluster, name: &str, count: usize) -> Result<Vec<Taken>> {
    let found: &[TimeRange] = &ranges(count);
    let Tables { ours, .. } = Tables::create(server, name)?;
    let Tables { mut plain, .. } = Tables::create(server, &format!("{name}_plain"))?;
    let peer = PathBuf::from(server.create_database(&format!("{name}_peer"))?);
    let batch = |round| json!({"do": "save", "keys": keys(round, PEER_SAVES), "ranges": count});
    Ok(contest(
        bench.rounds(25),
        vec![
            Contestant::new(OURS, |round| {
                let cost = timed(|| {
                    for number in keys(round, SAVES) {
                        ours.save(&new_analysis(number, found)?)?;
                    }
                    Ok(())
                })?;
                Ok(cost.per(SAVES))
            }),
            Contestant::new(PLAIN, |round| {
                let cost = timed(|| {
                    let mut numbers = keys(round, SAVES).into_iter();
                    numbers.try_for_each(|number| plain.save(number, found))
                })?;
                Ok(cost.per(SAVES))
            }),
            bench
                .first
                .contestant(PEER, (PEER, peer), PEER_SAVES, batch),
        ],
    ))
}

fn many(bench: &Bench, server: &Cluster) -> Result<Vec<Taken>> {
    let found = ranges(2);
    let Tables { ours, .. } = Tables::create(server, "save_many")?;
    let Tables { mut plain, .. } = Tables::create(server, "save_many_plain")?;
    Ok(contest(
        bench.rounds(15),
        vec![
            Contestant::new(OURS, |round| {
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
            Contestant::new(PLAIN, |round| {
                Ok(timed(|| plain.save_many(&keys(round, MANY), &found))?.per(MANY))
            }),
        ],
    ))
}
