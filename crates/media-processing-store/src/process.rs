//! Asking once: the output that is there if it still holds, a new one if not.

use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Instant;

use media_hash::{ContentHash, Sha256, hash_bytes};
use media_schema::{
    Backend, Claim, DeferredHashCache, MediaProcessingRow, ProcessingBackend, StoreError,
};
use serde::Serialize;

use crate::error::ProcessError;
use crate::hashed::{Hashed, hash};
use crate::new_output::{NewOutput, check_place, is_same_file};
use crate::outcome::{Outcome, ProcessOptions, Processed, Reason, Recipe};
use crate::parameters::Parameters;
use crate::publish::{Complete, is_same_place};
use crate::question::{Question, with_metadata};
use crate::reuse::{State, state};
use crate::{MediaProcessingStorage, events};

impl<B: ProcessingBackend + Sync> MediaProcessingStorage<B> {
    /// Makes a file from another, unless that is done already: an output of
    /// the same action, input content and parameters that lies intact at its
    /// place is left there; one that lies elsewhere is copied; otherwise
    /// `process` makes it.
    ///
    /// `process` is given the input and the path to write to. That is a path
    /// beside the output, in a hidden folder of its own and under the output's
    /// own name, and nothing is there. When `process` has succeeded, what it
    /// wrote is put on the disk, hashed, moved to its place and recorded as a
    /// job with a new UUID (version 7) for a name. Until then nothing changes
    /// at the output's place; if `process` fails or panics, or the process
    /// dies, nothing is recorded. The metadata that it returns is a struct or
    /// map, or `()`.
    ///
    /// Files that lie as they lay when they were hashed last are not read. The
    /// input must not change while it is processed; where its times cannot
    /// rule that out, it is hashed again before the output is moved.
    ///
    /// Among all threads and processes that use the database, one makes an
    /// output and the others wait for it. If that one fails, the error is its
    /// own and the others try for themselves; if it dies, the next one begins.
    /// `process` may itself ask for another action, input or parameters.
    ///
    /// # Errors
    /// See [`ProcessError`].
    ///
    /// ```
    /// use std::{fs, io};
    ///
    /// use media_processing_store::{MediaProcessingStorage, Outcome, Recipe};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let [input, output] = ["talk.txt", "loud.txt"].map(|name| folder.path().join(name));
    /// fs::write(&input, "hello")?;
    /// let storage = MediaProcessingStorage::open(folder.path().join("media.db"))?;
    ///
    /// let parameters = [("upper", true)].into_iter().collect::<std::collections::BTreeMap<_, _>>();
    /// let recipe = Recipe { action: "shout", input: &input, output: &output, parameters: &parameters };
    /// let shout = || {
    ///     storage.get_or_process(&recipe, |input, output| {
    ///         fs::write(output, fs::read_to_string(input)?.to_uppercase())
    ///     })
    /// };
    /// assert_eq!(shout()?.outcome.as_str(), "computed");
    /// assert_eq!(fs::read_to_string(&output)?, "HELLO");
    /// assert_eq!(shout()?.outcome, Outcome::Reused);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_or_process<P, M, E>(
        &self,
        recipe: &Recipe<'_, P>,
        process: impl FnOnce(&Path, &Path) -> Result<M, E>,
    ) -> Result<Processed, ProcessError<E>>
    where
        P: Serialize + ?Sized,
        M: Serialize,
        E: Error + 'static,
    {
        self.get_or_process_with(recipe, ProcessOptions::default(), process)
    }

    /// As [`get_or_process`](Self::get_or_process), with options.
    ///
    /// # Errors
    /// See [`ProcessError`].
    pub fn get_or_process_with<P, M, E>(
        &self,
        recipe: &Recipe<'_, P>,
        options: ProcessOptions<'_>,
        process: impl FnOnce(&Path, &Path) -> Result<M, E>,
    ) -> Result<Processed, ProcessError<E>>
    where
        P: Serialize + ?Sized,
        M: Serialize,
        E: Error + 'static,
    {
        let Recipe {
            action,
            input,
            output,
            parameters,
        } = *recipe;
        let invalid = |source| ProcessError::Invalid {
            output: output.into(),
            source,
        };
        let cache = DeferredHashCache::new(&self.backend);
        let question = Question {
            action,
            input,
            output,
            parameters: Parameters::of(parameters).map_err(invalid)?,
            options,
            cache: &cache,
        };
        // What no column takes is refused before anything is read or run.
        let nothing = hash_bytes::<Sha256>("");
        question.job(&nothing, nothing.clone()).map_err(invalid)?;
        check_place(input, output)?;
        let (claim, hashed, reason) = match self.ask(&question)? {
            Asked::Answered(answer) => {
                events::answered(&answer);
                return Ok(answer);
            }
            Asked::ToMake(claim, hashed, reason) => (claim, hashed, reason),
        };
        let new = NewOutput::create(output)?;
        let started = Instant::now();
        let metadata = process(input, new.path()).map_err(|source| {
            // Who tries again need not read the input again.
            cache.flush();
            ProcessError::Processor {
                input: input.into(),
                output: output.into(),
                source,
            }
        })?;
        let took = started.elapsed();
        if is_same_file(input, new.path()) {
            return Err(ProcessError::WroteNoFile {
                output: output.into(),
                kind: "another name for the input",
            });
        }
        let written = new.finish(None, options, &cache)?;
        let job = question
            .job(&hashed.hash, written.hashed.hash.clone())
            .and_then(|job| with_metadata(job, &metadata))
            .map_err(invalid)?;
        let new = Complete {
            written,
            job,
            outcome: Outcome::Made(reason),
        };
        let answer = self.publish(&question, &hashed, new, claim)?;
        match answer.outcome {
            Outcome::Made(_) => events::made(&answer, took),
            Outcome::Reused | Outcome::Copied { .. } => events::answered(&answer),
        }
        Ok(answer)
    }

    /// The answer if there is one; otherwise the right to make it.
    fn ask<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
    ) -> Result<Asked, ProcessError<E>> {
        let mut claimed: Option<(ContentHash, Claim)> = None;
        let mut before = None;
        loop {
            let (hashed, looked) = self.look(question, before.take())?;
            let found = match looked {
                Looked::There(row) => {
                    question.cache.flush();
                    return Ok(Asked::Answered(Processed {
                        row,
                        outcome: Outcome::Reused,
                    }));
                }
                Looked::Elsewhere(row) => Ok(row),
                Looked::Nowhere(reason) => Err(reason),
            };
            // Looked at again with the claim in hand: somebody may have made
            // the output or, while this waited, changed the input.
            if let Some((_, claim)) = claimed.take_if(|(content, _)| *content == hashed.hash) {
                let copied = match found {
                    Ok(row) => copy(question, &hashed, row)?,
                    Err(reason) => Err(reason),
                };
                return Ok(match copied {
                    Ok(copy) => Asked::Answered(self.publish(question, &hashed, copy, claim)?),
                    Err(reason) => Asked::ToMake(claim, hashed, reason),
                });
            }
            drop(claimed.take());
            let claim = question
                .claim(&self.backend, &hashed.hash)
                .map_err(|source| ProcessError::Claim {
                    output: question.output.into(),
                    source,
                })?;
            let content = hashed.hash.clone();
            before = (!claim.has_waited()).then_some(hashed);
            claimed = Some((content, claim));
        }
    }

    /// What is known; `before` is the input as it was already hashed, if it
    /// need not be again.
    fn look<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
        before: Option<Hashed>,
    ) -> Result<(Hashed, Looked), ProcessError<E>> {
        let Question {
            action,
            input,
            output,
            options,
            cache,
            ..
        } = *question;
        let hashed = match before {
            Some(hashed) => hashed,
            None => hash(input, None, options, cache)?,
        };
        if options.force {
            return Ok((hashed, Looked::Nowhere(Reason::Forced)));
        }
        let mut candidates = self.candidates(action, &hashed.hash, &question.parameters)?;
        // Newest first, and those of the asked place before all others.
        candidates.sort_by_key(|candidate| Path::new(&candidate.output_path) != output);
        let mut reason = None;
        for candidate in &candidates {
            let lost = match state(candidate, options, cache)? {
                State::Intact => match self.row(candidate)? {
                    Some(row) if is_same_place(&row.output_path, output) => {
                        return Ok((hashed, Looked::There(row)));
                    }
                    Some(row) => return Ok((hashed, Looked::Elsewhere(row))),
                    None => Reason::Unverifiable,
                },
                State::Changed => Reason::OutputChanged,
                State::Missing => Reason::OutputMissing,
                State::Unverifiable => Reason::Unverifiable,
            };
            reason = reason.or(Some(lost));
        }
        let reason = match reason {
            Some(reason) => reason,
            None => self.why_unknown(question, &hashed.hash)?,
        };
        Ok((hashed, Looked::Nowhere(reason)))
    }

    /// Why there is no job of these parameters on this content.
    fn why_unknown(
        &self,
        question: &Question<'_, B>,
        content: &ContentHash,
    ) -> Result<Reason, StoreError> {
        let input = question.input.to_str().unwrap_or_default();
        let action = question.action;
        Ok(if self.backend.knows_content(action, content.as_str())? {
            Reason::OtherParameters
        } else if self.backend.knows_input(action, input)? {
            Reason::InputChanged
        } else {
            Reason::New
        })
    }
}

/// A copy of the output of a job, to be put in the asked place; or why it must
/// be made after all.
fn copy<'a, B: Backend + Sync, E: Error + 'static>(
    question: &Question<'a, B>,
    hashed: &Hashed,
    found: MediaProcessingRow,
) -> Result<Result<Complete<'a>, Reason>, ProcessError<E>> {
    let from = found.output_path;
    let (Ok(expected), metadata) = (found.output_hash.parse(), found.metadata) else {
        return Ok(Err(Reason::Unverifiable));
    };
    let new = NewOutput::create(question.output)?;
    // Shares the blocks where the file system can.
    match fs::copy(&from, new.path()) {
        Ok(_) => {}
        // Gone since it was looked at.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Err(Reason::OutputMissing));
        }
        Err(source) => {
            return Err(ProcessError::Copy {
                from: from.into(),
                output: question.output.into(),
                source,
            });
        }
    }
    let written = new.finish(Some(&expected), question.options, question.cache)?;
    if !written.hashed.file.hashes.contains(&expected) {
        return Ok(Err(Reason::OutputChanged));
    }
    let job = question
        .job(&hashed.hash, written.hashed.hash.clone())
        .and_then(|job| match metadata {
            Some(metadata) => job.with_metadata_json(metadata.into_string()),
            None => Ok(job),
        });
    // A peer's text that is no JSON is not multiplied.
    let Ok(job) = job else {
        return Ok(Err(Reason::Unverifiable));
    };
    Ok(Ok(Complete {
        written,
        job,
        outcome: Outcome::Copied { from },
    }))
}

/// What came of asking.
enum Asked {
    Answered(Processed),
    /// Nothing that holds; it is the caller's to make, while the claim lasts.
    ToMake(Claim, Hashed, Reason),
}

/// What is known.
enum Looked {
    /// An intact output, at the asked place.
    There(MediaProcessingRow),
    /// An intact output at another.
    Elsewhere(MediaProcessingRow),
    Nowhere(Reason),
}
