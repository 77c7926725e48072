//! The store of analysis results.

use std::path::Path;
use std::time::Instant;

use media_hash::{ContentHash, Verification};
use media_schema::{
    ANALYSIS_JOBS, AnalysisFilter, AnalysisJob, AnalysisKey, FixityExt, Found, JobStore, Lookup,
    MediaAnalysisRow, MissReason, NewAnalysis, Page, Query, Role, Saved, StoreError, path_key,
};
use media_sqlite::{ConnectionSource, Database, OpenError, OpenOptions, snapshot};

use crate::{events, exchange, prune, sql};

/// Analysis results in the table `analysis_jobs`, over any connection source.
///
/// Alone on a file, it creates its own table and no other; put on the
/// [`Database`] that another store uses, both share the file.
#[derive(Debug, Clone)]
pub struct MediaAnalysisStorage<S = Database> {
    pub(crate) source: S,
}

impl MediaAnalysisStorage {
    /// Opens the database at a path with the default [`OpenOptions`], and
    /// creates it if need be.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::with_source(OpenOptions::new().open(path)?)
    }
}

impl<S: ConnectionSource> MediaAnalysisStorage<S> {
    /// Uses a database, or a transaction on one, that is open already.
    ///
    /// # Errors
    /// If the table cannot be created, or the source is read-only and has none.
    pub fn with_source(source: S) -> Result<Self, OpenError> {
        source.ensure_table(&ANALYSIS_JOBS)?;
        Ok(Self { source })
    }

    /// Saves a result. One that was there for the same path and configuration
    /// is replaced, and its row keeps its `id`.
    ///
    /// # Errors
    /// What the database says; nothing was written then.
    pub fn save(&self, new: &NewAnalysis) -> Result<Saved, StoreError> {
        let saved = self
            .source
            .write("save an analysis", |connection| sql::save(connection, new))?;
        events::saved(new, saved);
        Ok(saved)
    }

    /// Saves all of `new` in one transaction, or on the first error none.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    pub fn save_many(&self, new: &[NewAnalysis]) -> Result<Vec<Saved>, StoreError> {
        let started = Instant::now();
        let saved: Vec<_> = self.source.write("save analyses", |connection| {
            new.iter().map(|new| sql::save(connection, new)).collect()
        })?;
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
        let row = self.get(key)?;
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
        self.source.read("read analyses", |connection| {
            snapshot(connection, |connection| sql::get_many(connection, keys))
        })
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
        let Some(row) = self.get(key)? else {
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
            None if self.knows_path(key)? => MissReason::OtherConfig,
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
        let found = self.source.read("look for the same content", |connection| {
            sql::get_by_content(connection, file_hash, config_hash)
        });
        match found {
            Err(StoreError::Row(_)) => Ok(None),
            found => found,
        }
    }

    /// Whether there is a result for this path under any configuration.
    pub(crate) fn knows_path(&self, key: AnalysisKey<'_>) -> Result<bool, StoreError> {
        self.source.read("look for a path", |connection| {
            sql::knows_path(connection, key.file_path)
        })
    }

    /// A page of results, newest first; the newest 100 by default.
    ///
    /// # Errors
    /// A row that cannot be read is an error inside the page, not of it.
    pub fn list_jobs(
        &self,
        query: &Query<AnalysisFilter>,
    ) -> Result<Page<MediaAnalysisRow>, StoreError> {
        self.source.read("list analyses", |connection| {
            sql::listing(&query.filter).page(
                connection,
                query.limit,
                query.after.as_ref(),
                sql::decode,
            )
        })
    }

    /// How many results a filter keeps; all of them with the default filter.
    ///
    /// # Errors
    /// What the database says.
    pub fn count(&self, filter: &AnalysisFilter) -> Result<u64, StoreError> {
        self.source.read("count analyses", |connection| {
            sql::listing(filter).count(connection)
        })
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
        self.verify_with(key, Role::Source, |path, hash| {
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
        JobStore::remove(self, key(file_path.as_ref(), config_hash.as_ref())?)
    }
}

impl<S: ConnectionSource> JobStore<AnalysisJob> for MediaAnalysisStorage<S> {
    fn save(&self, new: &NewAnalysis) -> Result<Saved, StoreError> {
        Self::save(self, new)
    }

    fn save_many(&self, new: &[NewAnalysis]) -> Result<Vec<Saved>, StoreError> {
        Self::save_many(self, new)
    }

    fn get(&self, key: AnalysisKey<'_>) -> Result<Option<MediaAnalysisRow>, StoreError> {
        self.source
            .read("read an analysis", |connection| sql::get(connection, key))
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
        self.source.write("remove an analysis", |connection| {
            sql::remove(connection, key)
        })
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

/// Every statement that the store runs, with a name: so that a check can look
/// at their query plans.
#[doc(hidden)]
#[must_use]
pub fn statements() -> Vec<(String, String)> {
    let text = || Some(String::new());
    let filters = [
        ("all", AnalysisFilter::default()),
        (
            "by path",
            AnalysisFilter {
                file_path: text(),
                ..AnalysisFilter::default()
            },
        ),
        (
            "by hash",
            AnalysisFilter {
                file_hash: text(),
                ..AnalysisFilter::default()
            },
        ),
        (
            "by config",
            AnalysisFilter {
                config_hash: text(),
                ..AnalysisFilter::default()
            },
        ),
    ];
    let fixed = [
        ("save: insert if new", sql::INSERT_NEW),
        ("save: update", sql::UPDATE),
        ("save: insert", sql::INSERT),
        ("get_cached", sql::GET),
        ("lookup: known path", sql::KNOWS_PATH),
        ("lookup: same content", sql::GET_BY_CONTENT),
        ("remove", sql::REMOVE),
        ("prune: newest of a path", prune::NEWEST_OF_PATH),
        ("prune: remove", prune::DELETE),
    ]
    .map(|(name, sql)| (name.to_owned(), sql.to_owned()));
    media_sqlite::listing_statements(filters.map(|(name, filter)| (name, sql::listing(&filter))))
        .chain(fixed)
        .chain([("walk".to_owned(), exchange::page_sql())])
        .collect()
}
