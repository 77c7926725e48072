//! What the log is told. Fields are worked out only if somebody listens.

use std::time::Duration;

use media_schema::{AnalysisKey, NewAnalysis, Saved};

use crate::Outcome;

pub(crate) fn answered(key: AnalysisKey<'_>, outcome: &Outcome) {
    tracing::debug!(
        path = key.file_path,
        config_hash = key.config_hash,
        outcome = outcome.as_str(),
        reason = %outcome.reason(),
        "answered from the cache"
    );
}

pub(crate) fn computed(key: AnalysisKey<'_>, outcome: &Outcome, took: Duration) {
    tracing::debug!(
        path = key.file_path,
        config_hash = key.config_hash,
        outcome = outcome.as_str(),
        reason = %outcome.reason(),
        elapsed_ms = millis(took),
        "computed"
    );
}

pub(crate) fn saved(new: &NewAnalysis, saved: Saved) {
    tracing::debug!(
        path = new.file_path(),
        file_hash = new.file_hash().as_str(),
        config_hash = new.config_hash().as_str(),
        saved = saved.as_str(),
        "saved an analysis"
    );
}

/// A duration as events have it: in milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
