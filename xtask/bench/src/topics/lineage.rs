//! Lineage: what a file was made from.

use serde_json::json;

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, contest};
use crate::report::{Goal, Line, Topic, seconds};

const HOPS: usize = 100;

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let scratch = bench.scratch()?;
    let path = scratch.path().join("ml-metadata.db");
    let chain = json!({"do": "chain", "hops": HOPS});
    let made = bench.first.batch("ml-metadata", &path, chain);
    let ask = |name: &'static str, how: &'static str| {
        let work = move |_| json!({"do": how, "times": 2});
        let peer = ("ml-metadata", path.clone());
        bench.first.contestant(name, peer, 2, work)
    };
    let all = vec![
        ask("ml-metadata, hop by hop", "walk"),
        ask("ml-metadata, as graphs", "subgraph"),
    ];
    let mut lines = Vec::new();
    match made {
        Ok(_) => {
            for taken in contest(bench.rounds(11), all) {
                let (shown, work) = match (&taken.costs, taken.median(Clock::Wall)) {
                    (Ok(_), Some(median)) => (seconds(median), taken.name.as_str()),
                    (Err(why), _) => (format!("missing: {why}"), taken.name.as_str()),
                    (Ok(_), None) => ("no rounds".into(), taken.name.as_str()),
                };
                lines.push(Line::other(
                    &format!("{HOPS} hops"),
                    work,
                    &shown,
                    Goal::AtLeast(5.0),
                ));
            }
        }
        Err(error) => lines.push(Line::other(
            &format!("{HOPS} hops"),
            "ml-metadata",
            &format!("missing: {error}"),
            Goal::AtLeast(5.0),
        )),
    }
    Ok(vec![Topic {
        name: "lineage",
        title: "Lineage of 100 hops",
        work: "From the end of a chain of 100 jobs to its source.".into(),
        lines,
    }])
}
