//! Lineage: what a file was made from.

use media_lineage::{Direction, Lineage, Start};
use media_processing_store::MediaProcessingStorage;
use media_schema::NewProcessing;
use media_sqlite::OpenOptions;
use serde_json::json;

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, contest, timed};
use crate::data::key;
use crate::report::{Goal, Line, Topic};

const HOPS: usize = 100;

/// Walks in a round.
const OURS: usize = 20;
const PEER: usize = 3;

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let scratch = bench.scratch()?;
    let database = OpenOptions::new().open(scratch.path().join("media.db"))?;
    let jobs: Vec<_> = (0..HOPS)
        .map(|hop| {
            Ok(NewProcessing::new(
                hop.to_string(),
                "convert",
                key(hop),
                key(hop + 1),
            )?)
        })
        .collect::<Result<_>>()?;
    MediaProcessingStorage::with_source(&database)?.save_many(&jobs)?;
    let end = Start::Hash(key(HOPS).1.as_str().into());

    let path = scratch.path().join("ml-metadata.db");
    let chain = json!({"do": "chain", "hops": HOPS});
    if let Err(error) = bench.first.batch("ml-metadata", &path, chain) {
        // It will fail in its own rounds too.
        eprintln!("ml-metadata: {error}");
    }
    let peer = |name: &'static str, how: &'static str| {
        let work = move |_| json!({"do": how, "times": PEER});
        let peer = ("ml-metadata", path.clone());
        bench.first.contestant(name, peer, PEER, work)
    };
    let taken = contest(
        bench.rounds(21),
        vec![
            Contestant::new("this project", |_| {
                let cost = timed(|| {
                    for _ in 0..OURS {
                        let lineage = Lineage::trace(&database, end.clone(), Direction::Up)?;
                        if lineage.jobs.len() != HOPS {
                            return Err("a hop is missing".into());
                        }
                    }
                    Ok(())
                })?;
                Ok(cost.per(OURS))
            }),
            peer("ml-metadata, as graphs of 50 hops", "subgraph"),
            peer("ml-metadata, hop by hop", "walk"),
        ],
    );
    let work = format!("{HOPS} hops up");
    Ok(vec![Topic {
        name: "lineage",
        title: "Lineage of 100 hops",
        work: "From the end of a chain of 100 jobs to its source, with each file and job on the \
               way. ml-metadata gives graphs of 50 hops at the most, so it is asked twice."
            .into(),
        lines: taken[1..]
            .iter()
            .map(|other| Line::compare(&work, &taken[0], other, Clock::Wall, Goal::AtLeast(5.0)))
            .collect(),
    }])
}
