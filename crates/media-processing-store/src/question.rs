//! What is asked of the front door: the job that would be recorded, and the
//! claim to make its output.

use std::path::Path;

use media_hash::{ContentHash, canonical_json};
use media_schema::{
    Backend, Claim, ClaimError, DeferredHashCache, InvalidValue, NewProcessing, Waiting,
};
use serde::Serialize;
use uuid::Uuid;

use crate::outcome::ProcessOptions;
use crate::parameters::Parameters;

/// What is asked, and with what.
pub(crate) struct Question<'a, B> {
    pub(crate) action: &'a str,
    pub(crate) input: &'a Path,
    pub(crate) output: &'a Path,
    pub(crate) parameters: Parameters,
    pub(crate) options: ProcessOptions<'a>,
    pub(crate) cache: &'a DeferredHashCache<'a, B>,
}

impl<B: Backend> Question<'_, B> {
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
    pub(crate) fn claim(&self, backend: &B, content: &ContentHash) -> Result<Claim, ClaimError> {
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
        backend.claim(&parts, Waiting { patience, cancel })
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
