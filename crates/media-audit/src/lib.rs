//! Are the recorded files still what they were?
//!
//! An [`Audit`] hashes every file that a row of `analysis_jobs` or
//! `processing_jobs` names, once however many rows and algorithms it takes, and
//! compares. What it finds is kept in tables beside the two, so that an audit
//! has a [`history`], can stop at any moment and be resumed, and checks those
//! files first that were not checked for the longest time. Memory stays flat at
//! any number of files. What was expected is never altered.
//!
//! ```
//! use std::ops::ControlFlow;
//! use media_audit::{Audit, Ending};
//! use media_sqlite::OpenOptions;
//!
//! let folder = tempfile::tempdir()?;
//! let database = OpenOptions::new().open(folder.path().join("media.db"))?;
//! let summary = Audit::new(&database).run(|_| ControlFlow::Continue(()))?;
//! assert_eq!(summary.ending, Ending::Finished);
//! assert!(summary.totals.is_all_intact());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod audit;
mod error;
mod event;
mod exchange;
mod files;
mod history;
mod moved;
mod open;
mod pool;
mod progress;
mod recorded;
mod run;
mod summary;
mod verdict;

pub use audit::Audit;
pub use error::AuditError;
pub use event::{Checked, Event};
pub use exchange::{export_audits, export_checks, import_audits, import_checks};
pub use files::is_recorded;
pub use history::{history, latest_checks};
pub use media_schema::{
    ExportedCheck, JobName, PastAudit, PastCheck, Scope, Selected, Totals, Verdict,
};
pub use progress::Progress;
pub use summary::{Ending, Summary};
