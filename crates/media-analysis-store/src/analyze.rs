//! Asking once: the cached result if it still holds, a computed one if not.

use std::error::Error;
use std::path::Path;

use media_hash::{ContentHash, config_hash};
use media_schema::{
    AnalysisJob, AnalysisKey, InvalidValue, Job, JobStore, MediaAnalysisRow, NewAnalysis,
    StoreError,
};
use media_sqlite::{Claim, ConnectionSource, put_file_hashes};
use serde::Serialize;

use crate::error::AnalyzeError;
use crate::hashed::{Hashed, Remembering, hash};
use crate::outcome::{Analysis, AnalyzeOptions, Analyzed, Outcome, Reason};
use crate::storage::key;
use crate::{MediaAnalysisStorage, sql};

impl<S: ConnectionSource + Sync> MediaAnalysisStorage<S> {
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
    /// See [`AnalyzeError`]; nothing was saved then.
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
    /// See [`AnalyzeError`]; nothing was saved then.
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
        let config = config_hash(config)?;
        let key = key(path, config.as_ref())?;
        let cache = Remembering::new(&self.source);
        let mut claimed: Option<(ContentHash, Claim)> = None;
        let mut before = None;
        let (hashed, reason) = loop {
            // A row that cannot be read is no answer, and no obstacle either.
            let (known, unreadable) = match self.get(key) {
                Err(StoreError::Row(_)) => (None, true),
                known => (known?, false),
            };
            let hashed = match before.take() {
                Some(hashed) => hashed,
                None => hash(path, known.as_ref(), options, &cache)?,
            };
            let reason = match (hashed.matches(known.as_ref()), known) {
                (Some(true), Some(row)) if !options.force => {
                    cache.flush();
                    return Ok(Analyzed {
                        row,
                        outcome: Outcome::Cached,
                    });
                }
                _ if options.force => Reason::Forced,
                (Some(_), Some(_)) => Reason::FileChanged,
                (None, Some(_)) => Reason::Unverifiable,
                (_, None) if unreadable => Reason::Unverifiable,
                (_, None) if self.knows_path(key)? => Reason::OtherConfig,
                (_, None) => Reason::New,
            };
            if !options.force
                && let Some((row, from)) = self.adopt(key, &hashed, &config, &cache)?
            {
                return Ok(Analyzed {
                    row,
                    outcome: Outcome::Adopted { from },
                });
            }
            match &claimed {
                Some((content, _)) if *content == hashed.hash => break (hashed, reason),
                _ => {}
            }
            // Asked again with the claim in hand: somebody may have saved the
            // result, and, while this waited, changed the file.
            drop(claimed.take());
            let claim = self.claim(path, &hashed, &config, options)?;
            claimed = Some((hashed.hash.clone(), claim));
            if claimed
                .as_ref()
                .is_some_and(|(_, claim)| !claim.has_waited())
            {
                before = Some(hashed);
            }
        };
        let analysis = analyze(path).map_err(|source| AnalyzeError::Analyzer {
            path: path.into(),
            source,
        })?;
        let new = new_analysis(key, &hashed.hash, config.clone(), &analysis).map_err(|source| {
            AnalyzeError::Result {
                path: path.into(),
                source,
            }
        })?;
        if !hashed.file.still_holds(path) {
            return Err(AnalyzeError::Changed { path: path.into() });
        }
        Ok(Analyzed {
            row: self.save_and_get(&new, &cache)?,
            outcome: Outcome::Computed(reason),
        })
    }

    /// The right to compute the result of a content and a configuration.
    fn claim<E: Error + 'static>(
        &self,
        path: &Path,
        hashed: &Hashed,
        config: &ContentHash,
        options: AnalyzeOptions<'_>,
    ) -> Result<Claim, AnalyzeError<E>> {
        let parts = ["analysis", hashed.hash.as_str(), config.as_str()];
        let database = self.source.path();
        Claim::wait(database, &parts, options.patience, options.cancel).map_err(|source| {
            AnalyzeError::Claim {
                path: path.into(),
                source,
            }
        })
    }

    /// Saves the newest result of the same content and configuration for
    /// another path, if there is one that can be written as it is.
    fn adopt(
        &self,
        key: AnalysisKey<'_>,
        hashed: &Hashed,
        config: &ContentHash,
        cache: &Remembering<'_, S>,
    ) -> Result<Option<(MediaAnalysisRow, String)>, StoreError> {
        let found = self.source.read("look for the same content", |connection| {
            sql::get_by_content(connection, hashed.hash.as_str(), config.as_str())
        });
        let found = match found {
            Err(StoreError::Row(_)) => None,
            found => found?,
        };
        let Some(found) = found else {
            return Ok(None);
        };
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
        let row = self.save_and_get(&new, cache)?;
        Ok(Some((row, found.file_path)))
    }

    /// Saves a result, with what was learnt of the file's hash, and reads it
    /// back, all in one transaction.
    fn save_and_get(
        &self,
        new: &NewAnalysis,
        cache: &Remembering<'_, S>,
    ) -> Result<MediaAnalysisRow, StoreError> {
        self.source.write("save an analysis", |connection| {
            sql::save(connection, new)?;
            if let Some((fingerprint, hashes)) = cache.take() {
                // Not remembering costs a read of the file, the next time.
                let _ = put_file_hashes(connection, &fingerprint, &hashes);
            }
            sql::get(connection, AnalysisJob::key(new))?.ok_or_else(sql::vanished)
        })
    }
}

fn new_analysis<M: Serialize>(
    key: AnalysisKey<'_>,
    file_hash: &ContentHash,
    config_hash: ContentHash,
    analysis: &Analysis<M>,
) -> Result<NewAnalysis, InvalidValue> {
    NewAnalysis::new(key.file_path, file_hash.clone(), config_hash)?
        .with_ranges(&analysis.ranges)?
        .with_metadata(&analysis.metadata)
}
