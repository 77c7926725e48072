//! An output that is complete, put in its place and recorded.

use std::error::Error;
use std::path::Path;

use media_schema::{
    Backend, Claim, ClaimToken, MediaProcessingRow, NewProcessing, ProcessingBackend, Role, Saved,
    StoreError,
};

use crate::error::ProcessError;
use crate::hashed::Hashed;
use crate::new_output::Written;
use crate::outcome::{Outcome, Processed};
use crate::question::Question;
use crate::reuse::{Candidate, State, state};
use crate::{MediaProcessingStorage, events};

/// How often a job is tried to be recorded whose claim is lost each time.
const TRIES: u32 = 3;

/// An output that is not in its place yet, and its job.
pub(crate) struct Complete<'a> {
    pub(crate) written: Written<'a>,
    pub(crate) job: NewProcessing,
    pub(crate) outcome: Outcome,
}

/// What is found where a claim was lost.
enum Regained {
    /// Our job was saved: only the answer was lost, with the connection.
    Ours(MediaProcessingRow),
    /// The output still lies there, and is to be recorded by this claim.
    Claim(Claim),
    /// Somebody else has made and recorded the same there.
    Others(MediaProcessingRow),
}

impl<B: ProcessingBackend + Sync> MediaProcessingStorage<B> {
    /// Moves an output to its place, saves its job with what was learnt of
    /// hashes, and reads it back.
    ///
    /// That the claim was lost shows when the job is saved, with the output in
    /// its place. Our job may have been saved all the same. Somebody else may
    /// have put theirs there, before or after; if they recorded what lies there,
    /// that is the answer.
    pub(crate) fn publish<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
        hashed: &Hashed,
        new: Complete<'_>,
        mut claim: Claim,
    ) -> Result<Processed, ProcessError<E>> {
        let Complete {
            written,
            job,
            outcome,
        } = new;
        // Asked last: what was processed is what was hashed.
        if !hashed.file.still_holds(question.input) {
            return Err(ProcessError::InputChanged {
                input: question.input.into(),
            });
        }
        written.publish()?;
        let not_recorded = |source| ProcessError::NotRecorded {
            output: question.output.into(),
            source: Box::new(source),
        };
        let mut tries = 1;
        loop {
            let lost = match self.record(question, &job, claim.token()) {
                Err(lost @ StoreError::ClaimLost { .. }) => lost,
                row => {
                    let row = row.map_err(not_recorded)?;
                    return Ok(Processed { row, outcome });
                }
            };
            drop(claim);
            claim = match self.regain(question, &job).map_err(not_recorded)? {
                Regained::Ours(row) => return Ok(Processed { row, outcome }),
                Regained::Claim(_) if tries == TRIES => return Err(not_recorded(lost)),
                Regained::Claim(claim) => claim,
                Regained::Others(row) => {
                    question.cache.flush();
                    let outcome = Outcome::Reused;
                    return Ok(Processed { row, outcome });
                }
            };
            tries += 1;
        }
    }

    fn record(
        &self,
        question: &Question<'_, B>,
        job: &NewProcessing,
        claim: ClaimToken,
    ) -> Result<MediaProcessingRow, StoreError> {
        let (row, saved) = question
            .cache
            .save_with(|learnt| self.backend.record_and_get(job, learnt, Some(claim)))?;
        events::recorded(job, saved);
        Ok(row)
    }

    /// Looks whether a job was saved all the same; if not, claims again what its
    /// output was made by, and looks at what lies there now.
    fn regain(
        &self,
        question: &Question<'_, B>,
        job: &NewProcessing,
    ) -> Result<Regained, StoreError> {
        let ours = Candidate::from(job);
        // Before anybody else is waited for.
        if let Some(row) = self.row(&ours)? {
            events::recorded(job, Saved::Inserted);
            return Ok(Regained::Ours(row));
        }
        let claim = question
            .claim(&self.backend, job.input_hash())
            .map_err(|source| StoreError::Backend {
                database: self.backend.name().into_owned(),
                action: "claim once more what was made",
                source: source.into(),
            })?;
        // What was under way as the connection broke is over by now.
        if let Some(row) = self.row(&ours)? {
            events::recorded(job, Saved::Inserted);
            return Ok(Regained::Ours(row));
        }
        let is_ours = is_intact(question, &ours)?;
        // Who wanted it made anew wants that recorded.
        if !(is_ours && question.options.force) {
            let made = self.candidates(question.action, job.input_hash(), &question.parameters)?;
            for candidate in made {
                if is_same_place(&candidate.output_path, question.output)
                    && is_intact(question, &candidate)?
                    && let Some(row) = self.row(&candidate)?
                {
                    return Ok(Regained::Others(row));
                }
            }
        }
        if !is_ours {
            return Err(StoreError::ClaimLost {
                database: self.backend.name().into_owned(),
            });
        }
        Ok(Regained::Claim(claim))
    }
}

fn is_intact<B: Backend + Sync>(
    question: &Question<'_, B>,
    candidate: &Candidate,
) -> Result<bool, StoreError> {
    match state(candidate, question.options, question.cache) {
        Ok(state) => Ok(state == State::Intact),
        Err(source) => Err(StoreError::Verify {
            job: format!("job {:?}", candidate.job_id),
            role: Role::Output,
            source: source.into(),
        }),
    }
}

/// Whether a row's path leads to the asked place, by whatever spelling.
pub(crate) fn is_same_place(path: &str, output: &Path) -> bool {
    let path = Path::new(path);
    path == output
        || matches!(
            (path.canonicalize(), output.canonicalize()),
            (Ok(path), Ok(output)) if path == output
        )
}
