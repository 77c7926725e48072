//! Asking once: the cached result if it still holds, a computed one if not.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use media_hash::{ContentHash, config_hash};
use media_schema::{
    AnalysisBackend, AnalysisKey, Claim, ClaimToken, DeferredHashCache, InvalidValue,
    MediaAnalysisRow, MissReason, NewAnalysis, Saved, StoreError, Timestamp, Waiting,
};
use serde::Serialize;

use crate::error::AnalyzeError;
use crate::hashed::{Hashed, hash};
use crate::outcome::{Analysis, AnalyzeOptions, Analyzed, Outcome};
use crate::storage::key;
use crate::{MediaAnalysisStorage, events};

/// How often a result is tried to be saved whose claim is lost each time.
const TRIES: u32 = 3;

impl<B: AnalysisBackend + Sync> MediaAnalysisStorage<B> {
    /// The result for a file and a configuration: the stored one if the file
    /// still holds what was analysed; that of another path if the content is
    /// the same; otherwise what `analyze` returns, saved.
    ///
    /// The file is read once to hash it, and not at all if it lies as it lay
    /// when it was hashed last. It must not change while it is analysed; where
    /// its times cannot rule that out, it is hashed again before the save.
    ///
    /// Among all threads and processes that use the database, one computes a
    /// result and the others wait for it. If that one fails, the error is its
    /// own and the others try for themselves; if it dies, the next one begins.
    ///
    /// # Errors
    /// See [`AnalyzeError`].
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use media_analysis_store::{Analysis, MediaAnalysisStorage, Outcome};
    /// use media_schema::TimeRange;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let clip = folder.path().join("clip.wav");
    /// std::fs::write(&clip, b"samples")?;
    /// let storage = MediaAnalysisStorage::open(folder.path().join("media.db"))?;
    ///
    /// let ask = || {
    ///     storage.get_or_analyze(&clip, &[("threshold", -40.0)], |_path| {
    ///         let ranges = vec![TimeRange::new(0.0, 1.5, "speech")];
    ///         let metadata = BTreeMap::from([("total_speech", 1.5)]);
    ///         Ok::<_, std::io::Error>(Analysis { ranges, metadata })
    ///     })
    /// };
    /// assert_eq!(ask()?.outcome.as_str(), "computed");
    /// assert_eq!(ask()?.outcome, Outcome::Cached);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_or_analyze<C, M, E>(
        &self,
        file_path: impl AsRef<Path>,
        config: &C,
        analyze: impl FnOnce(&Path) -> Result<Analysis<M>, E>,
    ) -> Result<Analyzed, AnalyzeError<E>>
    where
        C: Serialize + ?Sized,
        M: Serialize,
        E: Error + 'static,
    {
        self.get_or_analyze_with(file_path, config, AnalyzeOptions::default(), analyze)
    }

    /// As [`get_or_analyze`](Self::get_or_analyze), with options.
    ///
    /// # Errors
    /// See [`AnalyzeError`].
    pub fn get_or_analyze_with<C, M, E>(
        &self,
        file_path: impl AsRef<Path>,
        config: &C,
        options: AnalyzeOptions<'_>,
        analyze: impl FnOnce(&Path) -> Result<Analysis<M>, E>,
    ) -> Result<Analyzed, AnalyzeError<E>>
    where
        C: Serialize + ?Sized,
        M: Serialize,
        E: Error + 'static,
    {
        let path = file_path.as_ref();
        self.answer(path, &config_hash(config)?, options, |new| {
            let analysis = analyze(path).map_err(|source| AnalyzeError::Analyzer {
                path: path.into(),
                source,
            })?;
            new.with_ranges(&analysis.ranges)
                .and_then(|new| new.with_metadata(&analysis.metadata))
                .map_err(|source| AnalyzeError::Result {
                    path: path.into(),
                    source,
                })
        })
    }

    /// The result that is known, or what `complete` makes of one that has only
    /// its identity, saved.
    pub(crate) fn answer<E: Error + 'static>(
        &self,
        path: &Path,
        config: &ContentHash,
        options: AnalyzeOptions<'_>,
        complete: impl FnOnce(NewAnalysis) -> Result<NewAnalysis, AnalyzeError<E>>,
    ) -> Result<Analyzed, AnalyzeError<E>> {
        let key = key(path, config.as_ref())?;
        let cache = DeferredHashCache::new(&self.backend);
        let question = Question {
            path,
            key,
            config,
            options,
            cache: &cache,
        };
        let (claim, hashed, reason) = match self.ask(&question)? {
            Asked::Answered(answer) => {
                events::answered(key, &answer.outcome);
                return Ok(answer);
            }
            Asked::ToCompute(claim, hashed, reason) => (claim, hashed, reason),
        };
        let new = NewAnalysis::new(key.file_path, hashed.hash.clone(), config.clone()).map_err(
            |source| AnalyzeError::Result {
                path: path.into(),
                source,
            },
        )?;
        let started = Instant::now();
        // Who tries again need not read the file again.
        let new = complete(new).inspect_err(|_| cache.flush())?;
        let took = started.elapsed();
        if !hashed.file.still_holds(path) {
            return Err(AnalyzeError::Changed { path: path.into() });
        }
        match self.keep(&question, new, claim)? {
            Kept::Ours(row) => {
                let outcome = Outcome::Computed(reason);
                events::computed(key, &outcome, took);
                Ok(Analyzed { row, outcome })
            }
            Kept::Others(answer) => {
                events::answered(key, &answer.outcome);
                Ok(answer)
            }
        }
    }

    /// The answer if there is one; otherwise the right to compute it.
    fn ask<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
    ) -> Result<Asked, AnalyzeError<E>> {
        let mut claimed: Option<(ContentHash, Claim)> = None;
        let mut before = None;
        loop {
            let (hashed, reason) = match self.look(question, before.take())? {
                Looked::Hit(answer) => return Ok(Asked::Answered(answer)),
                Looked::Miss(hashed, reason) => (hashed, reason),
            };
            // Looked at again with the claim in hand: somebody may have saved
            // the result or, while this waited, changed the file.
            if let Some((_, claim)) = claimed.take_if(|(content, _)| *content == hashed.hash) {
                return Ok(Asked::ToCompute(claim, hashed, reason));
            }
            drop(claimed.take());
            let claim = self.claim(question, &hashed.hash)?;
            let content = hashed.hash.clone();
            before = (!claim.has_waited()).then_some(hashed);
            claimed = Some((content, claim));
        }
    }

    /// Saves a result that was computed by a claim. If that was lost, it may have
    /// been saved all the same, and somebody else may have computed the same:
    /// what is there is the answer, or else this is saved by another claim.
    fn keep<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
        new: NewAnalysis,
        mut claim: Claim,
    ) -> Result<Kept, AnalyzeError<E>> {
        // Settled before the first try, so that what that saved can be told.
        let created_at = new.created_at().unwrap_or_else(Timestamp::now);
        let new = &new.with_created_at(created_at);
        let mut tries = 1;
        loop {
            let lost = match self.save_and_get(new, question.cache, Some(claim.token())) {
                Err(lost @ StoreError::ClaimLost { .. }) => lost,
                row => return Ok(Kept::Ours(row?)),
            };
            drop(claim);
            // Before anybody else is waited for.
            if let Some(row) = self.saved_before(question.key, new)? {
                return Ok(Kept::Ours(row));
            }
            claim = self.claim(question, new.file_hash())?;
            // What was under way as the connection broke is over by now.
            if let Some(row) = self.saved_before(question.key, new)? {
                return Ok(Kept::Ours(row));
            }
            match self.look(question, None)? {
                Looked::Hit(answer) => return Ok(Kept::Others(answer)),
                Looked::Miss(now, _) if now.hash != *new.file_hash() => {
                    return Err(AnalyzeError::Changed {
                        path: question.path.into(),
                    });
                }
                Looked::Miss(..) if tries == TRIES => return Err(lost.into()),
                Looked::Miss(..) => tries += 1,
            }
        }
    }

    /// The row of a result that was saved though its claim was said to be lost:
    /// only the answer was lost, with the connection.
    fn saved_before(
        &self,
        key: AnalysisKey<'_>,
        new: &NewAnalysis,
    ) -> Result<Option<MediaAnalysisRow>, StoreError> {
        let row = match self.backend.get(key) {
            Err(StoreError::Row(_)) => None,
            row => row?,
        };
        let row = row.filter(|row| {
            row.file_hash == *new.file_hash()
                && row.ranges.as_ref() == new.ranges()
                && row.metadata.as_ref() == new.metadata()
                && Some(row.created_at) == new.created_at()
        });
        if row.is_some() {
            // It may have been a replacement, which nobody heard.
            events::saved(new, Saved::Inserted);
        }
        Ok(row)
    }

    /// The answer as far as it is known; `before` is the file as it was already
    /// hashed, if it need not be again.
    fn look<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
        before: Option<Hashed>,
    ) -> Result<Looked, AnalyzeError<E>> {
        let Question {
            path,
            key,
            options,
            cache,
            ..
        } = *question;
        // A row that cannot be read is no answer, and no obstacle either.
        let (known, unreadable) = match self.backend.get(key) {
            Err(StoreError::Row(_)) => (None, true),
            known => (known?, false),
        };
        let hashed = match before {
            Some(hashed) => hashed,
            None => hash(path, known.as_ref(), options, cache)?,
        };
        if options.force {
            return Ok(Looked::Miss(hashed, MissReason::Forced));
        }
        let reason = match known {
            Some(row) => match hashed.comparable(&row.file_hash) {
                Some(actual) if row.file_hash == *actual => {
                    cache.flush();
                    return Ok(Looked::hit(row, Outcome::Cached));
                }
                Some(actual) => Some(MissReason::FileChanged {
                    actual: actual.clone(),
                    expected: row.file_hash,
                }),
                None => Some(MissReason::Incomparable {
                    stored: row.file_hash,
                }),
            },
            None if unreadable => Some(MissReason::Unreadable),
            None => None,
        };
        if let Some((row, outcome)) = self.adopt(question, &hashed)? {
            return Ok(Looked::hit(row, outcome));
        }
        // Asked only of what is not there.
        let reason = match reason {
            Some(reason) => reason,
            None if self.backend.knows_path(key.file_path)? => MissReason::OtherConfig,
            None => MissReason::New,
        };
        Ok(Looked::Miss(hashed, reason))
    }

    /// The right to compute the result of a content.
    fn claim<E: Error + 'static>(
        &self,
        question: &Question<'_, B>,
        content: &ContentHash,
    ) -> Result<Claim, AnalyzeError<E>> {
        let parts = ["analysis", content.as_str(), question.config.as_str()];
        let AnalyzeOptions {
            patience, cancel, ..
        } = question.options;
        // Says in the log who it is that waits.
        let _span = tracing::info_span!("claim", path = question.key.file_path).entered();
        let claimed = self.backend.claim(&parts, Waiting { patience, cancel });
        claimed.map_err(|source| AnalyzeError::Claim {
            path: question.path.into(),
            source,
        })
    }

    /// The newest result of the same content and configuration, if there is
    /// one: saved for this path too if it is another's and can be written as
    /// it is.
    fn adopt(
        &self,
        question: &Question<'_, B>,
        hashed: &Hashed,
    ) -> Result<Option<(MediaAnalysisRow, Outcome)>, StoreError> {
        let Question {
            key, config, cache, ..
        } = *question;
        let found = self.of_content(hashed.hash.as_str(), config.as_str())?;
        let Some(found) = found else {
            return Ok(None);
        };
        // Somebody else saved it while this file was hashed.
        if found.file_path == key.file_path {
            cache.flush();
            return Ok(Some((found, Outcome::Cached)));
        }
        let copy = || -> Result<NewAnalysis, InvalidValue> {
            let mut new = NewAnalysis::new(key.file_path, hashed.hash.clone(), config.clone())?;
            if let Some(ranges) = found.ranges {
                new = new.with_ranges_json(ranges.into_string())?;
            }
            if let Some(metadata) = found.metadata {
                new = new.with_metadata_json(metadata.into_string())?;
            }
            Ok(new)
        };
        // A peer's text that is no JSON is not multiplied.
        let Ok(new) = copy() else {
            return Ok(None);
        };
        let row = self.save_and_get(&new, cache, None)?;
        let from = found.file_path;
        Ok(Some((row, Outcome::Adopted { from })))
    }

    /// Saves a result, with what was learnt of the file's hash, and reads it
    /// back, all in one transaction.
    fn save_and_get(
        &self,
        new: &NewAnalysis,
        cache: &DeferredHashCache<'_, B>,
        claim: Option<ClaimToken>,
    ) -> Result<MediaAnalysisRow, StoreError> {
        let (row, saved) =
            cache.save_with(|learnt| self.backend.save_and_get(new, learnt, claim))?;
        events::saved(new, saved);
        Ok(row)
    }
}

/// What is asked, and with what.
struct Question<'a, B> {
    path: &'a Path,
    key: AnalysisKey<'a>,
    config: &'a ContentHash,
    options: AnalyzeOptions<'a>,
    cache: &'a DeferredHashCache<'a, B>,
}

/// What came of asking.
enum Asked {
    Answered(Analyzed),
    /// Nothing that holds; it is the caller's to compute, while the claim lasts.
    ToCompute(Claim, Hashed, MissReason),
}

/// Whose result is kept.
enum Kept {
    Ours(MediaAnalysisRow),
    Others(Analyzed),
}

/// What is known.
enum Looked {
    Hit(Analyzed),
    /// Nothing that holds, of a file that was hashed.
    Miss(Hashed, MissReason),
}

impl Looked {
    fn hit(row: MediaAnalysisRow, outcome: Outcome) -> Self {
        Self::Hit(Analyzed { row, outcome })
    }
}
