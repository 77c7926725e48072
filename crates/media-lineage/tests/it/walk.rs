//! Completeness, against a plain walk in memory.

use std::collections::{BTreeMap, BTreeSet};

use media_lineage::{Direction, Lineage, Start};
use proptest::prelude::*;

use crate::support::{Store, hash, number};

type Edges = Vec<(u32, u32)>;

/// How many jobs lead from a content to each other.
fn distances(edges: &Edges, from: u32) -> BTreeMap<u32, usize> {
    let mut distances = BTreeMap::from([(from, 0)]);
    loop {
        let before = distances.clone();
        for (input, output) in edges {
            if let Some(distance) = before.get(input) {
                let known = distances.entry(*output).or_insert(usize::MAX);
                *known = (*known).min(distance + 1);
            }
        }
        if distances == before {
            return distances;
        }
    }
}

fn reversed(edges: &Edges) -> Edges {
    edges
        .iter()
        .map(|&(input, output)| (output, input))
        .collect()
}

/// What a lineage must hold: distances upwards and downwards, jobs, analyses.
#[derive(Debug, PartialEq)]
struct Expected {
    above: BTreeMap<u32, usize>,
    below: BTreeMap<u32, usize>,
    jobs: BTreeSet<usize>,
    analyses: BTreeSet<(u32, u32)>,
}

impl Expected {
    fn of(edges: &Edges, analyses: &Edges, start: &Walk, direction: Direction) -> Self {
        let (up, down, further, job) = match *start {
            Walk::Content(content) => (content, content, 0, None),
            Walk::Job(job) => (edges[job].0, edges[job].1, 1, Some(job)),
        };
        let walk = |wanted, edges: &Edges, from| {
            let none = Edges::new();
            let found = distances(if wanted { edges } else { &none }, from);
            let shift = |(content, distance)| (content, distance + further);
            found.into_iter().map(shift).collect::<BTreeMap<_, _>>()
        };
        let above = walk(direction.is_up(), &reversed(edges), up);
        let below = walk(direction.is_down(), edges, down);
        let jobs = edges
            .iter()
            .enumerate()
            .filter(|(number, (input, output))| {
                direction.is_up() && above.contains_key(output)
                    || direction.is_down() && below.contains_key(input)
                    || job == Some(*number)
            });
        let is_in = |content| above.contains_key(content) || below.contains_key(content);
        Self {
            jobs: jobs.map(|(number, _)| number).collect(),
            analyses: analyses
                .iter()
                .filter(|(content, _)| is_in(content))
                .copied()
                .collect(),
            above,
            below,
        }
    }

    fn found(lineage: &Lineage, configs: u32) -> Self {
        let distances = |distance: fn(&media_lineage::Content) -> Option<usize>| {
            let contents = lineage.contents.iter().enumerate();
            contents
                .filter_map(|(index, content)| Some((number(lineage, index), distance(content)?)))
                .collect()
        };
        let config = |text: &str| {
            let mut configs = 0..configs;
            configs
                .find(|config| hash(*config).as_str() == text)
                .unwrap()
        };
        Self {
            above: distances(|content| content.above),
            below: distances(|content| content.below),
            jobs: lineage
                .jobs
                .iter()
                .map(|job| job.job_id.strip_prefix("job-").unwrap().parse().unwrap())
                .collect(),
            analyses: lineage
                .analyses
                .iter()
                .map(|analysis| {
                    let content = number(lineage, analysis.content);
                    (content, config(analysis.config_hash.as_str()))
                })
                .collect(),
        }
    }
}

#[derive(Debug, Clone)]
enum Walk {
    Content(u32),
    Job(usize),
}

const CONTENTS: u32 = 12;
const CONFIGS: u32 = 4;

fn graphs() -> impl Strategy<Value = (Edges, Edges)> {
    // Few contents, so that cycles, self loops and parallel jobs are common.
    let content = 0..CONTENTS;
    let edges = prop::collection::vec((content.clone(), content.clone()), 1..30);
    let analyses = prop::collection::btree_set((content, 0..CONFIGS), 0..30);
    (edges, analyses.prop_map(|set| set.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lineages_are_what_a_plain_walk_finds((edges, analyses) in graphs()) {
        let store = Store::new(&edges, &analyses);
        let recorded: BTreeSet<_> = edges.iter().flat_map(|&(input, output)| [input, output])
            .chain(analyses.iter().map(|&(content, _)| content)).collect();
        let contents = recorded.iter().map(|&content| Walk::Content(content));
        let jobs = (0..edges.len()).map(Walk::Job);
        for walk in contents.chain(jobs) {
            for direction in [Direction::Up, Direction::Down, Direction::Both] {
                let start = match walk {
                    Walk::Content(content) => Start::Hash(hash(content).into()),
                    Walk::Job(job) => Start::Job(format!("job-{job}")),
                };
                let lineage = store.trace(start, direction);
                prop_assert!(lineage.unreadable.is_empty());
                let expected = Expected::of(&edges, &analyses, &walk, direction);
                prop_assert_eq!(Expected::found(&lineage, CONFIGS), expected);
                // Each once.
                let hashes: BTreeSet<_> = lineage.contents.iter().map(|content| &content.hash).collect();
                prop_assert_eq!(hashes.len(), lineage.contents.len());
                prop_assert!(lineage.jobs.is_sorted_by_key(|job| (job.created_at, job.id)));
                for job in &lineage.jobs {
                    let edge = (number(&lineage, job.input), number(&lineage, job.output));
                    let number: usize = job.job_id.strip_prefix("job-").unwrap().parse().unwrap();
                    prop_assert_eq!(edge, edges[number]);
                }
                // Every format copes with it, and the tree ends.
                let mut sink = Vec::new();
                lineage.write_tree(&mut sink, media_lineage::TreeStyle::default()).unwrap();
                lineage.write_dot(&mut sink).unwrap();
                lineage.write_mermaid(&mut sink).unwrap();
            }
        }
    }

    #[test]
    fn a_content_is_marked_if_a_changed_one_leads_there(
        (edges, analyses) in graphs(),
        changed in prop::collection::btree_set(0..CONTENTS, 1..4),
        start in 0_usize..30,
    ) {
        let store = Store::new(&edges, &analyses);
        for &content in &changed {
            let hash = hash(content);
            store.check(&format!("/media/{content}"), hash.as_str(), "changed");
        }
        let start = edges[start % edges.len()].0;
        for direction in [Direction::Up, Direction::Down, Direction::Both] {
            let lineage = store.trace(Start::Hash(hash(start).into()), direction);
            for (index, content) in lineage.contents.iter().enumerate() {
                let here = number(&lineage, index);
                prop_assert_eq!(content.is_changed(), changed.contains(&here));
                // From the contents that one job led here from, upwards.
                let parents = edges.iter().filter(|(_, output)| *output == here);
                let mut nearest = BTreeMap::new();
                for (parent, _) in parents {
                    for (ancestor, distance) in distances(&reversed(&edges), *parent) {
                        let known = nearest.entry(ancestor).or_insert(usize::MAX);
                        *known = distance.min(*known);
                    }
                }
                nearest.retain(|ancestor, _| changed.contains(ancestor));
                let found = content.changed_ancestor.as_ref().map(|found| {
                    let mut all = 0..CONTENTS;
                    all.find(|&content| hash(content).as_str() == found.as_str()).unwrap()
                });
                prop_assert_eq!(found.is_some(), !nearest.is_empty());
                if let Some(found) = found {
                    prop_assert_eq!(nearest.get(&found), nearest.values().min());
                }
            }
        }
    }
}
