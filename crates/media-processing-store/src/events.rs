//! What the log is told. Fields are worked out only if somebody listens.

use std::time::Duration;

use media_schema::{NewProcessing, Saved};

use crate::Processed;

pub(crate) fn answered(answer: &Processed) {
    let Processed { row, outcome } = answer;
    tracing::debug!(
        job_id = row.job_id,
        action = row.action,
        input_path = row.input_path,
        output_path = row.output_path,
        outcome = outcome.as_str(),
        reason = %outcome.reason(),
        "output was there already"
    );
}

pub(crate) fn made(answer: &Processed, took: Duration) {
    let Processed { row, outcome } = answer;
    tracing::debug!(
        job_id = row.job_id,
        action = row.action,
        input_path = row.input_path,
        output_path = row.output_path,
        outcome = outcome.as_str(),
        reason = %outcome.reason(),
        elapsed_ms = millis(took),
        "made an output"
    );
}

pub(crate) fn recorded(new: &NewProcessing, saved: Saved) {
    tracing::debug!(
        job_id = new.job_id(),
        action = new.action(),
        input_path = new.input_path(),
        output_path = new.output_path(),
        saved = saved.as_str(),
        "recorded a job"
    );
}

pub(crate) fn recorded_many(rows: usize, took: Duration) {
    tracing::debug!(rows, elapsed_ms = millis(took), "recorded jobs");
}

/// A duration as events have it: in milliseconds.
fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
