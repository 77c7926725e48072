//! Processing jobs: an append-only record of which file was made from which.
//!
//! ```
//! use media_hash::{Sha256, hash_bytes};
//! use media_processing_store::MediaProcessingStorage;
//! use media_schema::{NewProcessing, StoreError};
//!
//! let folder = tempfile::tempdir()?;
//! let storage = MediaProcessingStorage::open(folder.path().join("media.db"))?;
//! let source = hash_bytes::<Sha256>(b"the source");
//! let segment = hash_bytes::<Sha256>(b"the segment");
//! let job = NewProcessing::new(
//!     "job-1",
//!     "extract_segment",
//!     ("/media/talk.mkv", source),
//!     ("/media/talk-10-20.wav", segment),
//! )?
//! .with_parameters(&[("start", 10.0), ("end", 20.0)].into_iter().collect::<std::collections::BTreeMap<_, _>>())?;
//! storage.save(&job)?;
//!
//! // A name is taken once; the first record stays.
//! assert!(matches!(storage.save(&job), Err(StoreError::Conflict { .. })));
//! let row = storage.get_by_job_id("job-1")?.ok_or("just saved")?;
//! assert_eq!(row.action, "extract_segment");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod events;
mod hashed;
mod many_rows;
mod new_output;
mod outcome;
mod parameters;
mod process;
mod publish;
mod question;
mod reuse;
mod storage;

pub use error::ProcessError;
pub use outcome::{Outcome, ProcessOptions, Processed, Reason, Recipe};
pub use storage::MediaProcessingStorage;

/// The example at the front door.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The examples of the guide, which use both stores.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/plugin-guide.md")]
struct PluginGuide;
