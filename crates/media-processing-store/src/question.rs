//! What is asked of the front door: the job that would be recorded, and the
//! claim to make its output.

use std::error::Error;
use std::path::Path;

use media_hash::{ContentHash, canonical_json};
use media_schema::{InvalidValue, NewProcessing};
use media_sqlite::{Claim, DeferredHashCache};
use serde::Serialize;
use uuid::Uuid;

use crate::error::ProcessError;
use crate::outcome::ProcessOptions;
use crate::parameters::Parameters;

/// What is asked, and with what.
pub(crate) struct Question<'a, S> {
    pub(crate) action: &'a str,
    pub(crate) input: &'a Path,
    pub(crate) output: &'a Path,
    pub(crate) parameters: Parameters,
    pub(crate) options: ProcessOptions<'a>,
    pub(crate) cache: &'a DeferredHashCache<'a, S>,
}

impl<S> Question<'_, S> {
    /// The job to record, still without metadata.
    pub(crate) fn job(
        &self,
        input_hash: &ContentHash,
        output_hash: ContentHash,
    ) -> Result<NewProcessing, InvalidValue> {
        let job = NewProcessing::new(
            Uuid::now_v7(),
            self.action,
            (self.input, input_hash.clone()),
            (self.output, output_hash),
        )?;
        match &self.parameters.stored {
            Some(parameters) => job.with_parameters_json(parameters),
            None => Ok(job),
        }
    }

    /// The right to make the output of a content, be it for this place or
    /// another.
    pub(crate) fn claim<E: Error + 'static>(
        &self,
        database: &Path,
        content: &ContentHash,
    ) -> Result<Claim, ProcessError<E>> {
        let parameters = self.parameters.hash();
        let parts = [
            "processing",
            self.action,
            content.as_str(),
            parameters.as_str(),
        ];
        let ProcessOptions {
            patience, cancel, ..
        } = self.options;
        // Says in the log who it is that waits.
        let _span = tracing::info_span!("claim", path = self.input.to_str()).entered();
        Claim::wait(database, &parts, patience, cancel).map_err(|source| ProcessError::Claim {
            output: self.output.into(),
            source,
        })
    }
}

/// Adds what the processor says.
pub(crate) fn with_metadata<M: Serialize>(
    job: NewProcessing,
    metadata: &M,
) -> Result<NewProcessing, InvalidValue> {
    let text = canonical_json(metadata).map_err(|source| InvalidValue::NotSerializable {
        column: "metadata",
        source,
    })?;
    // Of `()` there is nothing to say.
    if text == "null" {
        return Ok(job);
    }
    job.with_metadata_json(text)
}
