//! Tracing: what is read in one snapshot, put in order.

use std::mem;

use media_schema::{LineageReader, StoreError, StoredHash};

use crate::graph::Arrows;
use crate::nodes::Nodes;
use crate::reader::{Reader, Recorded, Seeds};
use crate::{Analysis, Content, Derivation, Direction, Lineage, RecordedFile, Start};

/// Reads what is known from a start on; `None` if nothing is.
pub(crate) fn trace(
    rows: &mut dyn LineageReader,
    start: &Start,
    direction: Direction,
) -> Result<Option<Lineage>, StoreError> {
    let mut reader = Reader::new(rows);
    let Some(mut seeds) = reader.seeds(start)? else {
        return match reader.unreadable.pop() {
            Some(error) => Err(error.into()),
            None => Ok(None),
        };
    };
    let mut nodes = Nodes::default();
    let jobs = reader.jobs(&mut nodes, &mut seeds, direction)?;
    let shown = Shown::of(&nodes, &jobs, &seeds, direction);
    let Recorded {
        mut files,
        analyses,
        links,
    } = reader.recorded(&mut nodes)?;
    let hashes = nodes.into_hashes();
    let changed_ancestors = changed_ancestors(&hashes, &files, links);
    let contents = shown.order.iter().map(|&node| Content {
        hash: hashes[node].clone(),
        above: shown.above[node],
        below: shown.below[node],
        files: mem::take(&mut files[node]),
        changed_ancestor: changed_ancestors[node].map(|ancestor| hashes[ancestor].clone()),
    });
    let contents = contents.collect();
    Ok(Some(Lineage {
        start: start.clone(),
        direction,
        contents,
        jobs: shown.jobs(jobs),
        analyses: shown.analyses(analyses),
        unreadable: reader.unreadable,
    }))
}

/// For each content the nearest changed one that leads there.
fn changed_ancestors(
    hashes: &[StoredHash],
    files: &[Vec<RecordedFile>],
    links: Vec<(usize, usize)>,
) -> Vec<Option<usize>> {
    let mut changed: Vec<_> = (0..hashes.len())
        .filter(|&node| files[node].iter().any(RecordedFile::is_changed))
        .collect();
    changed.sort_unstable_by_key(|&node| &hashes[node]);
    Arrows::new(hashes.len(), links).nearest_source(&changed)
}

/// What is shown of the contents, and in which order.
struct Shown {
    order: Vec<usize>,
    above: Vec<Option<usize>>,
    below: Vec<Option<usize>>,
    /// The place of each content in the order.
    places: Vec<Option<usize>>,
}

impl Shown {
    fn of(nodes: &Nodes, jobs: &[Derivation], seeds: &Seeds, direction: Direction) -> Self {
        let count = nodes.len();
        let numbers = |hashes: &[StoredHash]| -> Vec<_> {
            hashes.iter().filter_map(|hash| nodes.get(hash)).collect()
        };
        let walk = |wanted, seeds: Vec<usize>, arrows: Vec<(usize, usize)>| {
            let arrows = if wanted { arrows } else { Vec::new() };
            Arrows::new(count, arrows).distances(&seeds, 0)
        };
        let links = jobs.iter().map(|job| (job.input, job.output));
        let (mut above, ancestors) = walk(
            direction.is_up(),
            numbers(&seeds.up),
            links
                .clone()
                .map(|(input, output)| (output, input))
                .collect(),
        );
        let (mut below, descendants) =
            walk(direction.is_down(), numbers(&seeds.down), links.collect());
        for distance in above.iter_mut().chain(&mut below).flatten() {
            *distance += seeds.distance;
        }
        let mut places = vec![None; count];
        let mut order = Vec::new();
        for node in ancestors.into_iter().chain(descendants) {
            if places[node].is_none() {
                places[node] = Some(order.len());
                order.push(node);
            }
        }
        Self {
            order,
            above,
            below,
            places,
        }
    }

    /// The jobs between these contents. Others were found by way of a row that
    /// cannot be read.
    fn jobs(&self, jobs: Vec<Derivation>) -> Vec<Derivation> {
        let place = |mut job: Derivation| {
            job.input = self.places[job.input]?;
            job.output = self.places[job.output]?;
            Some(job)
        };
        jobs.into_iter().filter_map(place).collect()
    }

    /// The analyses of these contents, and not of further ancestors, which were
    /// only asked whether they have changed.
    fn analyses(&self, analyses: Vec<Analysis>) -> Vec<Analysis> {
        let place = |mut analysis: Analysis| {
            analysis.content = (*self.places.get(analysis.content)?)?;
            Some(analysis)
        };
        analyses.into_iter().filter_map(place).collect()
    }
}
