//! What is stored: the two tables as frozen DDL, their descriptors, the rows
//! as typed values, and the contract that a storage backend fulfils.
//!
//! This crate opens no file and knows no database driver. A plugin meets its
//! types through a store ([`MediaAnalysisRow`], [`NewProcessing`], …); a
//! backend implements [`JobStore`] for [`AnalysisJob`] and [`ProcessingJob`].
//!
//! ```
//! use media_hash::{Sha256, config_hash, hash_bytes};
//! use media_schema::{NewAnalysis, TimeRange};
//!
//! let new = NewAnalysis::new(
//!     "/media/talk.wav",
//!     hash_bytes::<Sha256>(b"the bytes of talk.wav"),
//!     config_hash(&("threshold", -40))?,
//! )?
//! .with_ranges(&[TimeRange::new(0.5, 2.0, "speech")])?;
//! assert_eq!(
//!     new.ranges().map(|json| json.as_str()),
//!     Some(r#"[{"end":2.0,"label":"speech","start":0.5}]"#)
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod analysis;
mod analysis_backend;
mod backend;
mod claim;
mod ddl;
mod delegate;
mod diagnosis;
mod error;
pub mod findings;
mod fixity;
mod fixity_backend;
mod fixity_tables;
mod hash_memory;
mod imported;
mod job;
mod job_name;
mod json_line;
mod json_text;
mod lineage_backend;
mod lookup;
mod media_backend;
mod past_audit;
mod past_check;
pub mod postgres;
mod processing;
mod processing_backend;
mod prune;
mod query;
mod scope;
mod statistics;
mod stored_hash;
mod table;
mod text;
mod time_range;
mod timestamp;
mod totals;
mod usual_ranges;
mod verdict;
mod walk;

pub use analysis::{AnalysisFilter, AnalysisJob, AnalysisKey, MediaAnalysisRow, NewAnalysis};
pub use analysis_backend::AnalysisBackend;
pub use backend::{Backend, LearntHashes};
pub use claim::{Claim, ClaimError, ClaimToken, Tried, Waiting};
pub use ddl::{ANALYSIS_JOBS, Ddl, FILE_HASHES, PROCESSING_JOBS, TABLES, VERSION};
pub use diagnosis::{Diagnosis, Finding, FindingKind, Severity};
pub use error::{ColumnError, InvalidValue, RowError, StoreError};
pub use fixity::{FileRef, FixityExt, Role};
pub use fixity_backend::{
    BegunAudit, FixityBackend, FoundByAudit, NamingRow, NewCheck, QueuedFile, WalkedCheck,
};
pub use fixity_tables::{FIXITY_AUDITS, FIXITY_CHECKS, FIXITY_FILES};
pub use hash_memory::{BackendHashCache, DeferredHashCache};
pub use imported::Imported;
pub use job::{Found, Job, JobStore, Readable, Saved};
pub use job_name::JobName;
pub use json_line::{AnyRow, JsonLineError};
pub use json_text::JsonText;
pub use lineage_backend::{
    AnalysisLink, JobLink, LatestCheck, LineageBackend, LineageReader, Written,
};
pub use lookup::{Lookup, MissReason};
pub use media_backend::MediaBackend;
pub use past_audit::{AuditKey, ExportedCheck, PastAudit};
pub use past_check::PastCheck;
pub use processing::{
    MediaProcessingRow, NewProcessing, ProcessingFilter, ProcessingJob, ProcessingKey,
};
pub use processing_backend::{DoneJob, ProcessingBackend};
pub use prune::{Prune, PruneEvent, Pruned};
pub use query::{Cursor, DEFAULT_LIMIT, Page, Query};
pub use scope::{Scope, Selected};
pub use statistics::{
    AuditStatistics, Group, GroupStatistics, RowStatistics, SpaceStatistics, Statistics,
};
pub use stored_hash::StoredHash;
pub use table::{Column, Index, Table};
pub use text::path_key;
pub use time_range::TimeRange;
pub use timestamp::Timestamp;
pub use totals::Totals;
pub use verdict::Verdict;
pub use walk::{Walk, Walked, WalkedPage};
