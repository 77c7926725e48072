//! Analysis results: a cache by file path and configuration that can say
//! whether its answer still holds.
//!
//! ```
//! use media_analysis_store::MediaAnalysisStorage;
//! use media_hash::{Sha256, config_hash, hash_file};
//! use media_schema::{NewAnalysis, TimeRange};
//!
//! let folder = tempfile::tempdir()?;
//! let clip = folder.path().join("clip.wav");
//! std::fs::write(&clip, b"samples")?;
//!
//! let storage = MediaAnalysisStorage::open(folder.path().join("media.db"))?;
//! let config = config_hash(&[("threshold", -40.0)])?;
//! assert!(storage.get_cached(&clip, &config)?.is_none());
//!
//! let found = [TimeRange::new(0.5, 2.0, "speech")];
//! let new = NewAnalysis::new(&clip, hash_file::<Sha256>(&clip)?, config.clone())?;
//! storage.save(&new.with_ranges(&found)?)?;
//!
//! let row = storage.get_cached(&clip, &config)?.ok_or("just saved")?;
//! assert_eq!(row.time_ranges()?, found);
//!
//! std::fs::write(&clip, b"other samples")?;
//! let verification = storage.verify_file(&clip, &config)?.ok_or("just saved")?;
//! assert!(!verification.is_intact());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod analyze;
mod error;
mod events;
mod hashed;
mod json;
mod many_rows;
mod outcome;
mod storage;

pub use error::AnalyzeError;
pub use json::AnalysisJson;
pub use outcome::{Analysis, AnalyzeOptions, Analyzed, Outcome};
pub use storage::MediaAnalysisStorage;
