//! Which job a row is of.

/// What tells a job from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobName {
    /// A row of `analysis_jobs`.
    Analysis {
        /// Its `id`.
        id: i64,
    },
    /// A row of `processing_jobs`.
    Processing {
        /// Its `id`.
        id: i64,
        /// Its own name.
        job_id: String,
    },
}
