//! Walks over a graph in memory, nearest first.

use std::collections::VecDeque;

/// For each node the nodes that arrows lead to, in a given order.
#[derive(Debug)]
pub(crate) struct Arrows(Vec<Vec<usize>>);

impl Arrows {
    pub(crate) fn new(nodes: usize, arrows: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut to = vec![Vec::new(); nodes];
        for (from, into) in arrows {
            to[from].push(into);
        }
        Self(to)
    }

    /// How many arrows lead from the seeds, which lie at `distance` themselves,
    /// to each node; and the nodes in the order in which they are reached.
    pub(crate) fn distances(
        &self,
        seeds: &[usize],
        distance: usize,
    ) -> (Vec<Option<usize>>, Vec<usize>) {
        let mut distances = vec![None; self.0.len()];
        let mut reached = Vec::new();
        for &seed in seeds {
            if distances[seed].is_none() {
                distances[seed] = Some(distance);
                reached.push(seed);
            }
        }
        let mut next = 0;
        while let Some(&node) = reached.get(next) {
            next += 1;
            let further = distances[node].map(|distance| distance + 1);
            for &to in &self.0[node] {
                if distances[to].is_none() {
                    distances[to] = further;
                    reached.push(to);
                }
            }
        }
        (distances, reached)
    }

    /// For each node the nearest of the sources from which one arrow or more
    /// lead to it; of those equally near, the one that stands first, whatever
    /// the order of the arrows.
    pub(crate) fn nearest_source(&self, sources: &[usize]) -> Vec<Option<usize>> {
        let mut nearest = vec![None; self.0.len()];
        let mut is_source = vec![false; self.0.len()];
        for &source in sources {
            is_source[source] = true;
        }
        let mut queue: VecDeque<_> = sources.iter().map(|&source| (source, source)).collect();
        while let Some((node, source)) = queue.pop_front() {
            for &to in &self.0[node] {
                if nearest[to].is_none() {
                    nearest[to] = Some(source);
                    // What lies behind a source is nearer to that one.
                    if !is_source[to] {
                        queue.push_back((to, source));
                    }
                }
            }
        }
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_counts() {
        let arrows = Arrows::new(5, [(0, 2), (0, 1), (1, 3), (2, 1), (3, 0), (1, 1)]);
        let (distances, reached) = arrows.distances(&[0, 0], 1);
        assert_eq!(distances, [Some(1), Some(2), Some(2), Some(3), None]);
        assert_eq!(reached, [0, 2, 1, 3]);
    }

    #[test]
    fn a_source_hides_those_behind_it() {
        let arrows = Arrows::new(6, [(0, 1), (1, 2), (2, 3), (3, 2), (4, 4)]);
        assert_eq!(
            arrows.nearest_source(&[0, 2, 4]),
            [None, Some(0), Some(0), Some(2), Some(4), None]
        );
    }

    #[test]
    fn of_sources_equally_near_the_first_counts() {
        for arrows in [
            [(0, 2), (1, 3), (2, 4), (3, 4)],
            [(3, 4), (2, 4), (1, 3), (0, 2)],
        ] {
            let arrows = Arrows::new(5, arrows);
            assert_eq!(arrows.nearest_source(&[0, 1])[4], Some(0));
            assert_eq!(arrows.nearest_source(&[1, 0])[4], Some(1));
        }
    }
}
