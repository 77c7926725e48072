//! The store of analysis results.

use std::path::Path;
use std::time::Instant;

use media_hash::{ContentHash, Verification};
use media_schema::{
    ANALYSIS_JOBS, AnalysisBackend, AnalysisFilter, AnalysisJob, AnalysisKey, FixityExt, Found,
    Imported, JobStore, Lookup, MediaAnalysisRow, MissReason, NewAnalysis, Page, Prune, Query,
    Role, Saved, StoreError, Walked, WalkedPage, path_key,
};
use media_sqlite::{ConnectionSource, Database, OpenError, OpenOptions};

use crate::events;

/// Analysis results in the table `analysis_jobs` of any backend.
///
/// Alone on a database, it creates its own table and no other; put on the
/// backend that another store uses, both share the database.
#[derive(Debug, Clone)]
pub struct MediaAnalysisStorage<B = Database> {
    pub(crate) backend: B,
}

impl MediaAnalysisStorage {
    /// Opens the SQLite database at a path with the default [`OpenOptions`], and
    /// creates it if need be.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let backend = OpenOptions::new().open(path)?;
        ConnectionSource::ensure_table(&backend, &ANALYSIS_JOBS)?;
        Ok(Self { backend })
    }
}

impl<B: AnalysisBackend> MediaAnalysisStorage<B> {
    /// Uses a backend that is open already: a database, or a transaction on one.
    ///
    /// # Errors
    /// [`StoreError::NoTable`] if the backend is read-only and has no table; or
    /// if the table cannot be created.
    pub fn with_source(backend: B) -> Result<Self, StoreError> {
        backend.ensure_table(&ANALYSIS_JOBS)?;
        Ok(Self { backend })
    }

    /// Saves a result. One that was there for the same path and configuration
    /// is replaced, and its row keeps its `id`.
    ///
    /// # Errors
    /// What the database says; nothing was written then, unless it is
    /// [`StoreError::Unavailable`].
    pub fn save(&self, new: &NewAnalysis) -> Result<Saved, StoreError> {
        let saved = self.backend.save(new)?;
        events::saved(new, saved);
        Ok(saved)
    }

    /// Saves all of `new` in one transaction, or on the first error none.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    pub fn save_many(&self, new: &[NewAnalysis]) -> Result<Vec<Saved>, StoreError> {
        let started = Instant::now();
        let saved = self.backend.save_many(new)?;
        tracing::debug!(
            rows = saved.len(),
            elapsed_ms = events::millis(started.elapsed()),
            "saved analyses"
        );
        Ok(saved)
    }

    /// The result for a path and a configuration, whatever the file holds now.
    /// Costs one indexed look-up; no JSON is parsed.
    ///
    /// To have the file compared too, use [`lookup`](Self::lookup) or
    /// [`get_or_analyze`](Self::get_or_analyze).
    ///
    /// # Errors
    /// If the path is not UTF-8, the row cannot be read, or what the database
    /// says.
    pub fn get_cached(
        &self,
        file_path: impl AsRef<Path>,
        config_hash: impl AsRef<str>,
    ) -> Result<Option<MediaAnalysisRow>, StoreError> {
        let key = key(file_path.as_ref(), config_hash.as_ref())?;
        let row = self.backend.get(key)?;
        tracing::debug!(
            path = key.file_path,
            config_hash = key.config_hash,
            outcome = if row.is_some() { "hit" } else { "miss" },
            "looked up without comparing"
        );
        Ok(row)
    }

    /// The result under each key, whatever the files hold now: in the order of
    /// the keys, and all as of one moment.
    ///
    /// # Errors
    /// What the database says. A row that cannot be read is its own error.
    pub fn get_many(
        &self,
        keys: &[AnalysisKey<'_>],
    ) -> Result<Vec<Found<MediaAnalysisRow>>, StoreError> {
        self.backend.get_many(keys)
    }

    /// The result for a path and a configuration if the file still holds
    /// `file_hash`; otherwise why not. Reads no file and writes nothing: where
    /// the answer is [`MissReason::Moved`], [`get_cached`](Self::get_cached)
    /// has the result under the path that it names.
    ///
    /// # Errors
    /// As for [`get_cached`](Self::get_cached).
    ///
    /// ```
    /// use media_analysis_store::MediaAnalysisStorage;
    /// use media_hash::{Sha256, config_hash, hash_bytes};
    /// use media_schema::{Lookup, MissReason, NewAnalysis};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let storage = MediaAnalysisStorage::open(folder.path().join("media.db"))?;
    /// let (content, config) = (hash_bytes::<Sha256>("samples"), config_hash(&["speech"])?);
    /// storage.save(&NewAnalysis::new("/old.wav", content.clone(), config.clone())?)?;
    ///
    /// let found = storage.lookup("/new.wav", &config, &content)?;
    /// let Lookup::Miss(MissReason::Moved { from }) = found else {
    ///     return Err(format!("{found:?}").into());
    /// };
    /// assert_eq!(from, "/old.wav");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lookup(
        &self,
        file_path: impl AsRef<Path>,
        config_hash: impl AsRef<str>,
        file_hash: &ContentHash,
    ) -> Result<Lookup<MediaAnalysisRow>, StoreError> {
        let key = key(file_path.as_ref(), config_hash.as_ref())?;
        let found = self.compare(key, file_hash)?;
        tracing::debug!(
            path = key.file_path,
            config_hash = key.config_hash,
            outcome = found.as_str(),
            reason = %found.reason(),
            "looked up"
        );
        Ok(found)
    }

    fn compare(
        &self,
        key: AnalysisKey<'_>,
        file_hash: &ContentHash,
    ) -> Result<Lookup<MediaAnalysisRow>, StoreError> {
        let Some(row) = self.backend.get(key)? else {
            return self.elsewhere(key, file_hash);
        };
        if row.file_hash == *file_hash {
            return Ok(Lookup::Hit(row));
        }
        Ok(match row.file_hash.parse() {
            Ok(stored) if stored.algorithm() == file_hash.algorithm() => Lookup::Stale {
                row,
                actual: file_hash.clone(),
            },
            _ => Lookup::Miss(MissReason::Incomparable {
                stored: row.file_hash,
            }),
        })
    }

    /// The answer where the path has no result.
    fn elsewhere(
        &self,
        key: AnalysisKey<'_>,
        file_hash: &ContentHash,
    ) -> Result<Lookup<MediaAnalysisRow>, StoreError> {
        let from = match self.of_content(file_hash.as_str(), key.config_hash)? {
            // Somebody has saved it just now.
            Some(row) if row.file_path == key.file_path => return Ok(Lookup::Hit(row)),
            other => other.map(|row| row.file_path),
        };
        Ok(Lookup::Miss(match from {
            Some(from) => MissReason::Moved { from },
            None if self.backend.knows_path(key.file_path)? => MissReason::OtherConfig,
            None => MissReason::New,
        }))
    }

    /// The newest result of a content under a configuration, whatever its path;
    /// `None` too if it cannot be read.
    pub(crate) fn of_content(
        &self,
        file_hash: &str,
        config_hash: &str,
    ) -> Result<Option<MediaAnalysisRow>, StoreError> {
        match self.backend.newest_of_content(file_hash, config_hash) {
            Err(StoreError::Row(_)) => Ok(None),
            found => found,
        }
    }

    /// A page of results, newest first; the newest 100 by default.
    ///
    /// # Errors
    /// A row that cannot be read is an error inside the page, not of it.
    pub fn list_jobs(
        &self,
        query: &Query<AnalysisFilter>,
    ) -> Result<Page<MediaAnalysisRow>, StoreError> {
        self.backend.list(query)
    }

    /// How many results a filter keeps; all of them with the default filter.
    ///
    /// # Errors
    /// What the database says.
    pub fn count(&self, filter: &AnalysisFilter) -> Result<u64, StoreError> {
        self.backend.count(filter)
    }

    /// Compares the file with the hash stored for it, by that hash's own
    /// algorithm. `None` if there is no result to compare with.
    ///
    /// # Errors
    /// If the stored hash is none, or of an algorithm that nobody here knows;
    /// if the file cannot be read; or what the database says.
    pub fn verify_file(
        &self,
        file_path: impl AsRef<Path>,
        config_hash: impl AsRef<str>,
    ) -> Result<Option<Verification>, StoreError> {
        let key = key(file_path.as_ref(), config_hash.as_ref())?;
        self.backend.verify_with(key, Role::Source, |path, hash| {
            media_hash::verify_file(path, hash)
        })
    }

    /// Removes the result for a path and a configuration; `false` if there was
    /// none.
    ///
    /// # Errors
    /// What the database says.
    pub fn remove(
        &self,
        file_path: impl AsRef<Path>,
        config_hash: impl AsRef<str>,
    ) -> Result<bool, StoreError> {
        let key = key(file_path.as_ref(), config_hash.as_ref())?;
        self.backend.remove(key)
    }
}

impl<B: AnalysisBackend> JobStore<AnalysisJob> for MediaAnalysisStorage<B> {
    fn save(&self, new: &NewAnalysis) -> Result<Saved, StoreError> {
        Self::save(self, new)
    }

    fn save_many(&self, new: &[NewAnalysis]) -> Result<Vec<Saved>, StoreError> {
        Self::save_many(self, new)
    }

    fn get(&self, key: AnalysisKey<'_>) -> Result<Option<MediaAnalysisRow>, StoreError> {
        self.backend.get(key)
    }

    fn get_many(
        &self,
        keys: &[AnalysisKey<'_>],
    ) -> Result<Vec<Found<MediaAnalysisRow>>, StoreError> {
        Self::get_many(self, keys)
    }

    fn list(&self, query: &Query<AnalysisFilter>) -> Result<Page<MediaAnalysisRow>, StoreError> {
        self.list_jobs(query)
    }

    fn count(&self, filter: &AnalysisFilter) -> Result<u64, StoreError> {
        Self::count(self, filter)
    }

    fn remove(&self, key: AnalysisKey<'_>) -> Result<bool, StoreError> {
        self.backend.remove(key)
    }

    fn walk(&self, from: i64) -> Result<WalkedPage<MediaAnalysisRow>, StoreError> {
        self.backend.walk(from)
    }

    fn import(&self, rows: &[MediaAnalysisRow]) -> Result<Vec<Imported>, StoreError> {
        self.backend.import(rows)
    }

    fn prune_rows(
        &self,
        rows: Vec<Walked<MediaAnalysisRow>>,
        prune: &Prune,
        remove: bool,
    ) -> Result<Vec<Walked<MediaAnalysisRow>>, StoreError> {
        self.backend.prune_rows(rows, prune, remove)
    }
}

pub(crate) fn key<'a>(
    file_path: &'a Path,
    config_hash: &'a str,
) -> Result<AnalysisKey<'a>, StoreError> {
    let file_path = path_key(file_path, "file_path").map_err(|source| StoreError::Invalid {
        job: file_path.display().to_string(),
        source,
    })?;
    Ok(AnalysisKey {
        file_path,
        config_hash,
    })
}
