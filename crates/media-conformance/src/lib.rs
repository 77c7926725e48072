//! The conformance suite: everything that the contract of [`media_schema`]
//! promises, as tests that run on any backend.
//!
//! A backend is right if it passes. The suite knows no backend: it is written
//! against the traits of the contract and the crates that stand on them, so
//! that whatever it asks for can be asked of the next backend too. Each case
//! says in its documentation what it holds a backend to.
//!
//! # Running it
//!
//! A [`Fixture`] says how an empty database is made and opened; [`suite!`]
//! makes a test of each case:
//!
//! ```ignore
//! use media_conformance::Fixture;
//!
//! struct Mine { /* a server, a folder: whatever holds the databases */ }
//!
//! impl Fixture for Mine {
//!     type Backend = MyDatabase;
//!     fn start() -> Option<Self> { /* None: cannot run here */ }
//!     fn create(&self) -> String { /* the address of a new, empty database */ }
//!     fn open(address: &str) -> MyDatabase { /* as any process would */ }
//!     fn open_read_only(address: &str) -> MyDatabase { /* takes no writes */ }
//! }
//!
//! media_conformance::suite!(Mine);
//! ```
//!
//! Give each backend a module of its own. Several cases start the test program
//! again as child processes; these run the test `child`, which `suite!` makes
//! too and which does nothing otherwise.
//!
//! [`exchange_between`] and [`history_between`] are for two fixtures: they move
//! a store from one backend to another and back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests: a promise that is not kept is a panic"
)]
#![expect(
    clippy::missing_panics_doc,
    reason = "every case panics if what its documentation says does not hold"
)]

mod child;
mod fixture;
mod home;
mod recorded;
mod samples;
mod suite;

pub mod analyzing;
pub mod audits;
pub mod batches;
pub mod checks;
pub mod claims;
pub mod erased;
pub mod errors;
pub mod example;
pub mod exchange;
pub mod hash_memory;
pub mod history_exchange;
pub mod json;
pub mod lineage;
pub mod listing;
pub mod lookups;
pub mod processes;
pub mod processing;
pub mod pruning;
pub mod queue;
pub mod rows_named;
pub mod saving;
pub mod statistics;
pub mod text;
pub mod times;
pub mod together;

pub use child::enter;
pub use exchange::between as exchange_between;
pub use fixture::{Fixture, Place, Suite, run};
pub use history_exchange::between as history_between;
