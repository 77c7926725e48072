//! Lineage: what a file was made from, up to its sources, and what was made
//! from it, down to the last derivative.
//!
//! The nodes are contents, known by their hash, with the files recorded for
//! them; the edges are processing jobs; an analysis is a leaf of the content
//! that was analysed. [`Lineage::trace`] reads one, and it can be written as a
//! [tree](Lineage::write_tree) for people, as [JSON lines](Lineage::write_jsonl),
//! for [Graphviz](Lineage::write_dot) and [Mermaid](Lineage::write_mermaid), and
//! in two interchange formats: [W3C PROV-JSON](Lineage::write_prov) and
//! [OpenLineage](Lineage::write_openlineage).
//!
//! What a fixity audit has found is told too: a content one of whose files has
//! changed is marked, and so is everything that was made from it.

mod dot;
mod error;
mod graph;
mod jsonl;
mod lineage;
mod mermaid;
mod nodes;
mod openlineage;
mod prov;
mod reader;
mod run_id;
mod text;
mod trace;
mod tree;

pub use error::LineageError;
pub use lineage::{Analysis, Check, Content, Derivation, Direction, Lineage, RecordedFile, Start};
pub use tree::TreeStyle;
