//! What is measured: one module for each group of goals.

mod command;
mod growth;
mod hash;
mod lineage;
mod list;
mod lookup;
mod memory;
mod save;
mod server;
mod silence;

use crate::Result;
use crate::bench::Bench;
use crate::machine;
use crate::report::Topic;

/// Measures a group.
pub(crate) type Run = fn(&Bench) -> Result<Vec<Topic>>;

/// A page in `docs`.
pub(crate) struct Page {
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    /// What is said before the figures.
    pub(crate) about: &'static str,
    /// Under which conditions was measured, given the command.
    pub(crate) conditions: fn(&Bench, &str) -> String,
    /// Its groups by the names that the command line takes, in its order.
    pub(crate) groups: &'static [(&'static str, Run)],
}

pub(crate) const PAGES: &[Page] = &[
    Page {
        file: "benchmarks.md",
        title: "Benchmarks",
        about: "These are of SQLite, and of what needs no database. Those of a PostgreSQL server are in\n\
                [benchmarks-server.md](benchmarks-server.md).",
        conditions: machine::conditions,
        groups: &[
            ("lookup", lookup::run),
            ("save", save::run),
            ("list", list::run),
            ("scale", list::scale),
            ("processes", save::processes),
            ("growth", growth::run),
            ("hash", hash::run),
            ("unchanged", hash::unchanged),
            ("lineage", lineage::run),
            ("silence", silence::run),
            ("command", command::run),
            ("memory", memory::run),
        ],
    },
    Page {
        file: "benchmarks-server.md",
        title: "Benchmarks on a server",
        about: "One throw-away PostgreSQL server on the same machine is asked over TCP on loopback. Its\n\
                settings are the defaults, with `fsync` and `synchronous_commit` on. `plain postgres` is\n\
                the `postgres` crate with the same statements, each prepared once, on one connection.\n\
                Those of SQLite are in [benchmarks.md](benchmarks.md).",
        conditions: machine::server_conditions,
        groups: &[("server", server::run)],
    },
];

/// The names of all groups.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let groups = PAGES.iter().flat_map(|page| page.groups);
    groups.map(|(name, _)| *name)
}
