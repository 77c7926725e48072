//! Lineage: what a file was made from.

use std::path::PathBuf;

use media_lineage::{Direction, Lineage, Start};
use media_postgres::ConnectOptions;
use media_processing_store::MediaProcessingStorage;
use media_schema::NewProcessing;
use postgres_cluster::Cluster;
use serde_json::json;

use super::{OURS, PEER};
use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, contest, timed};
use crate::data::key;
use crate::report::{Goal, Line, Topic};

const HOPS: usize = 100;

/// Walks in a round.
const WALKS: usize = 10;

pub(super) fn run(bench: &Bench, server: &Cluster) -> Result<Topic> {
    let database = ConnectOptions::new().open(&server.create_database("lineage")?)?;
    let jobs: Vec<_> = (0..HOPS)
        .map(|hop| {
            let (from, to) = (key(hop), key(hop + 1));
            Ok(NewProcessing::new(hop.to_string(), "convert", from, to)?)
        })
        .collect::<Result<_>>()?;
    MediaProcessingStorage::with_source(&database)?.save_many(&jobs)?;
    let end = Start::Hash(key(HOPS).1.as_str().into());

    let peer = PathBuf::from(server.create_database("lineage_peer")?);
    let chain = json!({"do": "chain", "hops": HOPS});
    if let Err(error) = bench.first.batch(PEER, &peer, chain) {
        // It will fail in its own rounds too.
        eprintln!("{PEER}: {error}");
    }
    let graphs = |_| json!({"do": "subgraph", "times": 1});
    let taken = contest(
        bench.rounds(11),
        vec![
            Contestant::new(OURS, |_| {
                let cost = timed(|| {
                    for _ in 0..WALKS {
                        let lineage = Lineage::trace(&database, end.clone(), Direction::Up)?;
                        if lineage.jobs.len() != HOPS {
                            return Err("a hop is missing".into());
                        }
                    }
                    Ok(())
                })?;
                Ok(cost.per(WALKS))
            }),
            bench
                .first
                .contestant("ml-metadata, as graphs of 50 hops", (PEER, peer), 1, graphs),
        ],
    );
    let work = format!("{HOPS} hops up");
    let (clock, goal) = (Clock::Wall, Goal::None);
    Ok(Topic {
        name: "server",
        title: "Server: lineage of 100 hops",
        work: "From the end of a chain of 100 jobs to its source, with each file and job on the \
               way. ml-metadata, on the same server, gives graphs of 50 hops at the most, so it is \
               asked twice."
            .into(),
        lines: vec![Line::compare(&work, &taken[0], &taken[1], clock, goal)],
    })
}
