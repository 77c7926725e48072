//! Where results are stored: a SQLite file that many threads and processes,
//! ours and Python's, read and write at once.
//!
//! [`OpenOptions`] opens a [`Database`]: it checks the path, refuses what is
//! not ours, adopts files of the Python library, sets the connection policy and
//! keeps a pool. [`inspect`] compares any file with the canonical schema. The
//! stores put their statements on a [`ConnectionSource`], which is a database
//! or one [`Transaction`] on it.
//!
//! ```
//! use media_sqlite::{Durability, OpenOptions};
//!
//! let folder = tempfile::tempdir()?;
//! let database = OpenOptions::new()
//!     .durability(Durability::Normal)
//!     .open(folder.path().join("media.db"))?;
//! assert!(database.path().is_absolute());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bootstrap;
mod claim;
mod column;
mod connection;
mod database;
mod deferred_hash_cache;
mod doctor;
mod fault;
mod filesystem;
mod hash_cache;
mod inspect;
mod listing;
mod location;
mod open_error;
mod options;
mod prune;
mod shape;
mod source;
mod statistics;
mod transaction;
mod walk;
mod writer;

pub use claim::{Claim, ClaimError};
pub use column::RowReader;
pub use connection::sqlite_version;
pub use database::Database;
pub use deferred_hash_cache::DeferredHashCache;
pub use doctor::{Diagnosis, Finding, FindingKind, Severity, diagnose};
pub use fault::Fault;
pub use hash_cache::{SqliteHashCache, hash_cache_statements};
pub use inspect::{Generation, Inspection, inspect, recover};
pub use listing::{Listing, listing_statements};
pub use open_error::OpenError;
pub use options::{Durability, Journal, OpenOptions};
pub use prune::{Prunable, prune};
pub use shape::{Difference, DifferenceKind, has_column, is_unique};
pub use source::ConnectionSource;
pub use statistics::{
    AuditStatistics, Group, GroupStatistics, RowStatistics, SpaceStatistics, Statistics,
    statistics_statements,
};
pub use transaction::{Transaction, snapshot};
pub use walk::{Walk, Walked, WalkedPage};
