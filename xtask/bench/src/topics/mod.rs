//! What is measured: one module for each group of goals.

mod command;
mod growth;
mod hash;
mod lineage;
mod list;
mod lookup;
mod memory;
mod save;
mod silence;

use crate::Result;
use crate::bench::Bench;
use crate::report::Topic;

/// Measures a group.
pub(crate) type Run = fn(&Bench) -> Result<Vec<Topic>>;

/// The groups by the names that the command line takes, in the page's order.
pub(crate) const GROUPS: &[(&str, Run)] = &[
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
];
