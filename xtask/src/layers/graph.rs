//! Which package uses which, for building it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

/// Packages and what they use. Development dependencies are left out; those of
/// every target and feature are in.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    packages: Vec<Package>,
}

#[derive(Debug)]
struct Package {
    name: String,
    /// One of this workspace's libraries and programs.
    ours: bool,
    uses: BTreeSet<usize>,
}

impl Graph {
    /// The packages that `cargo metadata` resolved; `ours` tells which members
    /// of the workspace are looked at.
    pub(crate) fn resolved(metadata: &Metadata, ours: impl Fn(&str) -> bool) -> Self {
        let mut index = BTreeMap::<&PackageId, usize>::new();
        let mut graph = Self::default();
        for package in &metadata.packages {
            index.insert(&package.id, graph.packages.len());
            graph.packages.push(Package {
                name: package.name.to_string(),
                ours: metadata.workspace_members.contains(&package.id) && ours(&package.name),
                uses: BTreeSet::new(),
            });
        }
        for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
            let built = node.deps.iter().filter(|used| {
                let mut kinds = used.dep_kinds.iter();
                kinds.any(|kind| kind.kind != DependencyKind::Development)
            });
            let uses = built
                .filter_map(|used| index.get(&used.pkg).copied())
                .collect();
            if let Some(&from) = index.get(&node.id) {
                graph.packages[from].uses = uses;
            }
        }
        graph
    }

    /// The names of our packages.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &str> {
        let ours = self.packages.iter().filter(|package| package.ours);
        ours.map(|package| package.name.as_str())
    }

    /// What one of our packages names in its own manifest.
    pub(crate) fn direct(&self, ours: &str) -> impl Iterator<Item = &str> {
        self.find(ours)
            .into_iter()
            .flat_map(|from| &self.packages[from].uses)
            .map(|&used| self.name(used))
    }

    /// The shortest way from one of our packages to one of the targets.
    pub(crate) fn way(&self, ours: &str, targets: &[&str]) -> Option<Vec<&str>> {
        let start = self.find(ours)?;
        let mut came_from = BTreeMap::from([(start, start)]);
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            if at != start && targets.contains(&self.name(at)) {
                return Some(self.retrace(&came_from, at));
            }
            for &next in &self.packages[at].uses {
                came_from.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    at
                });
            }
        }
        None
    }

    fn retrace(&self, came_from: &BTreeMap<usize, usize>, end: usize) -> Vec<&str> {
        let mut way = vec![self.name(end)];
        let mut at = end;
        while let Some(&from) = came_from.get(&at).filter(|&&from| from != at) {
            way.push(self.name(from));
            at = from;
        }
        way.reverse();
        way
    }

    fn find(&self, ours: &str) -> Option<usize> {
        let mut packages = self.packages.iter();
        packages.position(|package| package.ours && package.name == ours)
    }

    fn name(&self, package: usize) -> &str {
        &self.packages[package].name
    }
}

#[cfg(test)]
impl Graph {
    /// A graph of lines such as `a -> b c`; what stands on the left is ours.
    pub(crate) fn drawn(lines: &[&str]) -> Self {
        let mut graph = Self::default();
        let mut add = |name: &str, ours: bool| {
            let mut packages = graph.packages.iter();
            let at = packages.position(|package| package.name == name);
            let at = at.unwrap_or_else(|| {
                graph.packages.push(Package {
                    name: name.to_owned(),
                    ours: false,
                    uses: BTreeSet::new(),
                });
                graph.packages.len() - 1
            });
            graph.packages[at].ours |= ours;
            at
        };
        let mut edges = Vec::new();
        for line in lines {
            let (from, to) = line.split_once(" ->").unwrap();
            let from = add(from, true);
            edges.extend(to.split_whitespace().map(|to| (from, add(to, false))));
        }
        for (from, to) in edges {
            graph.packages[from].uses.insert(to);
        }
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_the_shortest() {
        let graph = Graph::drawn(&["a -> b e", "b -> c", "c -> d", "e -> d"]);
        assert_eq!(graph.way("a", &["d"]), Some(vec!["a", "e", "d"]));
        assert_eq!(graph.way("c", &["a", "b"]), None);
    }

    #[test]
    fn a_circle_has_an_end() {
        let graph = Graph::drawn(&["a -> b", "b -> a"]);
        assert_eq!(graph.way("a", &["c"]), None);
    }

    /// A package `a` of the workspace, with a dependency of each kind.
    const METADATA: &str = r#"{
        "packages": [
            {"name": "a", "version": "0.1.0", "id": "a", "dependencies": [], "targets": [],
             "features": {}, "manifest_path": "/a/Cargo.toml"},
            {"name": "b", "version": "0.1.0", "id": "b", "dependencies": [], "targets": [],
             "features": {}, "manifest_path": "/b/Cargo.toml"},
            {"name": "c", "version": "0.1.0", "id": "c", "dependencies": [], "targets": [],
             "features": {}, "manifest_path": "/c/Cargo.toml"},
            {"name": "d", "version": "0.1.0", "id": "d", "dependencies": [], "targets": [],
             "features": {}, "manifest_path": "/d/Cargo.toml"}
        ],
        "workspace_members": ["a"], "workspace_root": "/", "target_directory": "/t",
        "version": 1,
        "resolve": {"root": null, "nodes": [
            {"id": "a", "dependencies": ["b", "c", "d"], "features": [], "deps": [
                {"name": "b", "pkg": "b", "dep_kinds": [{"kind": null, "target": "cfg(windows)"}]},
                {"name": "c", "pkg": "c", "dep_kinds": [{"kind": "dev", "target": null}]},
                {"name": "d", "pkg": "d", "dep_kinds": [
                    {"kind": "dev", "target": null}, {"kind": "build", "target": null}]}
            ]}
        ]}
    }"#;

    #[test]
    fn what_only_tests_use_is_left_out() {
        let metadata = serde_json::from_str(METADATA).unwrap();
        let graph = Graph::resolved(&metadata, |_| true);
        assert_eq!(graph.ours().collect::<Vec<_>>(), ["a"]);
        assert_eq!(graph.direct("a").collect::<Vec<_>>(), ["b", "d"]);
    }
}
