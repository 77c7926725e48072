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
mod ddl;
mod error;
mod fixity;
mod fixity_tables;
mod imported;
mod job;
mod json_line;
mod json_text;
mod lookup;
mod processing;
mod prune;
mod query;
mod stored_hash;
mod table;
mod text;
mod time_range;
mod timestamp;
mod usual_ranges;

pub use analysis::{AnalysisFilter, AnalysisJob, AnalysisKey, MediaAnalysisRow, NewAnalysis};
pub use ddl::{ANALYSIS_JOBS, Ddl, FILE_HASHES, PROCESSING_JOBS, TABLES, VERSION};
pub use error::{ColumnError, InvalidValue, RowError, StoreError};
pub use fixity::{FileRef, FixityExt, Role};
pub use fixity_tables::{FIXITY_AUDITS, FIXITY_CHECKS, FIXITY_FILES};
pub use imported::Imported;
pub use job::{Found, Job, JobStore, Saved};
pub use json_line::{AnyRow, JsonLineError};
pub use json_text::JsonText;
pub use lookup::{Lookup, MissReason};
pub use processing::{
    MediaProcessingRow, NewProcessing, ProcessingFilter, ProcessingJob, ProcessingKey,
};
pub use prune::{Prune, PruneEvent, Pruned};
pub use query::{Cursor, DEFAULT_LIMIT, Page, Query};
pub use stored_hash::StoredHash;
pub use table::{Column, Index, Table};
pub use text::path_key;
pub use time_range::TimeRange;
pub use timestamp::Timestamp;
