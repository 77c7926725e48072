//! The same contract on a PostgreSQL server: for many machines that share one
//! store.
//!
//! [`ConnectOptions`] opens a [`PostgresDatabase`] by its address. That is a
//! backend as a SQLite database is one: the stores, audits and lineages take
//! it, and answer the same.
//!
//! ```no_run
//! use media_postgres::ConnectOptions;
//! use media_schema::{AnalysisFilter, AnalysisJob, JobStore};
//!
//! let database = ConnectOptions::new().open("postgres://media@db.example/media?sslmode=verify-full")?;
//! let results = JobStore::<AnalysisJob>::count(&database, &AnalysisFilter::default())?;
//! println!("{results} results on {}", database.server());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod analyses;
mod audits;
mod backend;
mod batch;
mod bootstrap;
mod claims;
mod column;
mod connect_error;
mod connector;
mod database;
mod digest;
mod doctor;
mod drift;
mod fault;
mod hash_memory;
mod inspect;
mod jobs;
mod lineage;
mod listing;
mod machine;
mod media_backend;
mod nul;
mod options;
mod prune;
mod session;
mod statistics;
mod tls;
mod walk;

pub use address::without_password;
#[doc(hidden)]
pub use audits::audit_statements;
pub use bootstrap::adopt;
pub use connect_error::ConnectError;
pub use database::PostgresDatabase;
pub use doctor::diagnose;
pub use drift::Difference;
pub(crate) use fault::Fault;
pub use inspect::{Inspection, inspect};
#[doc(hidden)]
pub use lineage::lineage_statements;
pub use options::ConnectOptions;
