//! Where results are stored: a SQLite file that many threads and processes,
//! ours and Python's, read and write at once.
//!
//! [`OpenOptions`] opens a [`Database`]: it checks the path, refuses what is
//! not ours, adopts files of the Python library, sets the connection policy and
//! keeps a pool. [`inspect`] compares any file with the canonical schema. A
//! database, or one [`Transaction`] on it, is a backend of the contract in
//! `media_schema`, for the stores, audits and lineages.
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

mod analyses;
mod audits;
mod backend;
mod bootstrap;
mod claim;
mod column;
mod connection;
mod database;
mod doctor;
mod fault;
mod filesystem;
mod hash_cache;
mod inspect;
mod jobs;
mod lineage;
mod listing;
mod location;
mod media_backend;
mod open_error;
mod options;
mod prune;
mod shape;
mod source;
mod statistics;
mod transaction;
mod walk;
mod writer;

pub use analyses::analysis_statements;
pub use audits::audit_statements;
pub use connection::sqlite_version;
pub use database::Database;
pub use doctor::diagnose;
pub use fault::Fault;
pub use hash_cache::hash_cache_statements;
pub use inspect::{Generation, Inspection, inspect, recover};
pub use jobs::processing_statements;
pub use lineage::lineage_statements;
pub use media_schema::{
    AuditStatistics, Diagnosis, Finding, FindingKind, Group, GroupStatistics, RowStatistics,
    Severity, SpaceStatistics, Statistics,
};
pub use open_error::OpenError;
pub use options::{Durability, Journal, OpenOptions};
pub use shape::{Difference, DifferenceKind};
pub use source::ConnectionSource;
pub use statistics::statistics_statements;
pub use transaction::{Transaction, snapshot};
