//! Asking once: the cached result if it still holds, a computed one if not.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use media_hash::{
    CanonicalJsonError, ContentHash, DynAlgorithm, FileHasher, Fingerprint, HashCache,
    HashFileError, HashedFile, Registry, Sha256, config_hash, hash_file,
};
use media_schema::{
    AnalysisJob, AnalysisKey, InvalidValue, Job, JobStore, MediaAnalysisRow, NewAnalysis,
    StoreError, TimeRange,
};
use media_sqlite::{ConnectionSource, SqliteHashCache, put_file_hashes};
use serde::Serialize;
use thiserror::Error;

use crate::MediaAnalysisStorage;
use crate::sql;
use crate::storage::key;

/// What an analyser found out about a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis<M> {
    /// The ranges; none at all is a result too.
    pub ranges: Vec<TimeRange>,
    /// What else there is to say: a struct or map.
    pub metadata: M,
}

/// The answer of [`MediaAnalysisStorage::get_or_analyze`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Analyzed {
    /// The result as it is stored.
    pub row: MediaAnalysisRow,
    /// Whether it was there already, or why it was not.
    pub outcome: Outcome,
}

/// Whether a result was there already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was, and the file still holds what was analysed.
    Cached,
    /// It was there for the same content under another path, and has been
    /// saved for this one too: the file was moved, renamed or copied.
    Adopted {
        /// The path that it was found for.
        from: String,
    },
    /// It was computed and saved.
    Computed(Reason),
}

impl Outcome {
    /// `cached`, wherever the result was found, or `computed`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Cached | Self::Adopted { .. } => "cached",
            Self::Computed(_) => "computed",
        }
    }

    /// The reason in words: `unchanged` for a cached result, `moved from …`
    /// for one of another path.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Cached => "unchanged".into(),
            Self::Adopted { from } => format!("moved from {from}").into(),
            Self::Computed(reason) => reason.as_str().into(),
        }
    }
}

/// Why a result had to be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing was known of the path.
    New,
    /// The path was known, under other configurations only.
    OtherConfig,
    /// There was a result, of other content.
    FileChanged,
    /// There was a result that could not be read, or whose hash nobody here
    /// can verify.
    Unverifiable,
    /// The caller did not want to be told what is known.
    Forced,
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::OtherConfig => "other config",
            Self::FileChanged => "file changed",
            Self::Unverifiable => "unverifiable",
            Self::Forced => "forced",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Options for [`MediaAnalysisStorage::get_or_analyze_with`].
#[derive(Clone, Copy, Default)]
pub struct AnalyzeOptions<'a> {
    /// Compute even if there is a result. Not by default.
    pub force: bool,
    /// Called while the file is hashed, with the bytes of each piece read.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
    /// Stops the hashing soon after it is true.
    pub cancel: Option<&'a AtomicBool>,
}

impl fmt::Debug for AnalyzeOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyzeOptions")
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}

/// Why there is no result. Nothing was saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnalyzeError<E: Error + 'static> {
    /// The configuration cannot be hashed.
    #[error("the configuration cannot be hashed")]
    Config(#[from] CanonicalJsonError),
    /// The file cannot be hashed.
    #[error(transparent)]
    File(#[from] HashFileError),
    /// The analyser failed.
    #[error("cannot analyse {path:?}")]
    Analyzer {
        /// The file.
        path: PathBuf,
        /// What the analyser says.
        source: E,
    },
    /// The analyser returned what no column takes.
    #[error("the analysis of {path:?} cannot be saved")]
    Result {
        /// The file.
        path: PathBuf,
        /// What, and why.
        source: InvalidValue,
    },
    /// The file changed while it was analysed.
    #[error("{path:?} changed while it was analysed: nothing was saved, try again")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: ConnectionSource + Sync> MediaAnalysisStorage<S> {
    /// The result for a file and a configuration: the stored one if the file
    /// still holds what was analysed; that of another path if the content is
    /// the same; otherwise what `analyze` returns, saved.
    ///
    /// The file is read at most once, and not at all if it has not changed
    /// since it was hashed last. It must not change while it is analysed.
    ///
    /// # Errors
    /// See [`AnalyzeError`]; nothing was saved then.
    ///
    /// ```
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
    ///         Ok::<_, std::io::Error>(Analysis { ranges, metadata: [("speech", 1.5)].into_iter().collect::<std::collections::BTreeMap<_, _>>() })
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
        // A row that cannot be read is no answer, and no obstacle either.
        let (known, unreadable) = match self.get(key) {
            Err(StoreError::Row(_)) => (None, true),
            known => (known?, false),
        };
        let cache = Remembering::new(&self.source);
        let hashed = hash(path, known.as_ref(), options, &cache)?;
        let reason = match (known, hashed.matches) {
            (Some(row), Some(true)) if !options.force => {
                cache.flush();
                return Ok(Analyzed {
                    row,
                    outcome: Outcome::Cached,
                });
            }
            _ if options.force => Reason::Forced,
            (Some(_), Some(_)) => Reason::FileChanged,
            (Some(_), None) => Reason::Unverifiable,
            (None, _) if unreadable => Reason::Unverifiable,
            (None, _) if self.knows_path(key)? => Reason::OtherConfig,
            (None, _) => Reason::New,
        };
        if !options.force
            && let Some((row, from)) = self.adopt(key, &hashed, &config, &cache)?
        {
            return Ok(Analyzed {
                row,
                outcome: Outcome::Adopted { from },
            });
        }
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
                put_file_hashes(connection, &fingerprint, &hashes)?;
            }
            sql::get(connection, AnalysisJob::key(new))?.ok_or_else(sql::vanished)
        })
    }
}

/// The database's hash cache, but what is put waits for the transaction that
/// saves the result.
struct Remembering<'a, S> {
    cache: SqliteHashCache<&'a S>,
    put: Mutex<Option<(Fingerprint, Vec<ContentHash>)>>,
}

impl<'a, S: ConnectionSource + Sync> Remembering<'a, S> {
    fn new(source: &'a S) -> Self {
        Self {
            cache: SqliteHashCache::new(source),
            put: Mutex::new(None),
        }
    }

    fn take(&self) -> Option<(Fingerprint, Vec<ContentHash>)> {
        self.put
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Puts what waits, where no result is saved.
    fn flush(&self) {
        if let Some((fingerprint, hashes)) = self.take() {
            self.cache.put(&fingerprint, &hashes);
        }
    }
}

impl<S: ConnectionSource + Sync> HashCache for Remembering<'_, S> {
    fn get(&self, fingerprint: &Fingerprint, algorithm: &str) -> Option<ContentHash> {
        self.cache.get(fingerprint, algorithm)
    }

    fn put(&self, fingerprint: &Fingerprint, hashes: &[ContentHash]) {
        let put = (*fingerprint, hashes.to_vec());
        *self.put.lock().unwrap_or_else(PoisonError::into_inner) = Some(put);
    }
}

/// A file as it was before it was analysed.
struct Hashed {
    file: HashedFile,
    /// By SHA-256.
    hash: ContentHash,
    /// Whether the stored hash is the file's; `None` if there is none, or it
    /// cannot be compared.
    matches: Option<bool>,
}

/// Hashes a file by SHA-256, and in the same read by the algorithm of the
/// stored hash.
fn hash(
    path: &Path,
    known: Option<&MediaAnalysisRow>,
    options: AnalyzeOptions<'_>,
    cache: &dyn HashCache,
) -> Result<Hashed, HashFileError> {
    let stored = known.and_then(|row| row.file_hash.parse().ok());
    let sha256 = DynAlgorithm::of::<Sha256>();
    let other = stored
        .as_ref()
        .filter(|stored| stored.algorithm() != sha256.name())
        .and_then(|stored| Registry::builtin().get(stored.algorithm()));
    let algorithms: Vec<_> = [sha256].into_iter().chain(other).collect();
    let file = hasher(&algorithms, options).cache(cache).hash(path)?;
    let matches = stored.and_then(|stored| {
        file.hashes
            .iter()
            .find(|hash| hash.algorithm() == stored.algorithm())
            .map(|hash| *hash == stored)
    });
    // The first one asked for; there is one for each.
    let hash = match file.hashes.first() {
        Some(hash) => hash.clone(),
        None => hash_file::<Sha256>(path)?,
    };
    Ok(Hashed {
        file,
        hash,
        matches,
    })
}

fn hasher<'a>(algorithms: &'a [DynAlgorithm], options: AnalyzeOptions<'a>) -> FileHasher<'a> {
    let mut hasher = FileHasher::new(algorithms);
    if let Some(progress) = options.progress {
        hasher = hasher.progress(progress);
    }
    if let Some(cancel) = options.cancel {
        hasher = hasher.cancel(cancel);
    }
    hasher
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
