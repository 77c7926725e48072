//! The store of processing jobs.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use media_hash::Verification;
use media_schema::{
    FixityExt, Found, JobStore, MediaProcessingRow, NewProcessing, PROCESSING_JOBS, Page,
    ProcessingFilter, ProcessingJob, ProcessingKey, Query, Role, Saved, StoreError,
};
use media_sqlite::{ConnectionSource, Database, OpenError, OpenOptions, snapshot};

use crate::shape::{KnownShape, Shape};
use crate::{events, exchange, prune, sql};

/// Processing jobs in the table `processing_jobs`, over any connection source.
///
/// Alone on a file, it creates its own table and no other; put on the
/// [`Database`] that another store uses, both share the file.
#[derive(Debug, Clone)]
pub struct MediaProcessingStorage<S = Database> {
    pub(crate) source: S,
    pub(crate) shape: Arc<KnownShape>,
}

impl MediaProcessingStorage {
    /// Opens the database at a path with the default [`OpenOptions`], and
    /// creates it if need be.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::with_source(OpenOptions::new().open(path)?)
    }
}

impl<S: ConnectionSource> MediaProcessingStorage<S> {
    /// Uses a database, or a transaction on one, that is open already.
    ///
    /// # Errors
    /// If the table cannot be created, or the source is read-only and has none.
    pub fn with_source(source: S) -> Result<Self, OpenError> {
        source.ensure_table(&PROCESSING_JOBS)?;
        Ok(Self {
            source,
            shape: Arc::default(),
        })
    }

    /// Records a job.
    ///
    /// In a file of the Python library's second generation, which keeps one
    /// job for each action, input path and parameters, an earlier one gives
    /// way: the answer is [`Saved::Replaced`]. Elsewhere every job is kept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the `job_id` is taken: the first record
    /// stays. Otherwise what the database says; nothing was written then.
    pub fn save(&self, new: &NewProcessing) -> Result<Saved, StoreError> {
        let saved = self.source.write("record a job", |connection| {
            sql::save(connection, self.shape.current(connection)?, new)
        })?;
        events::recorded(new, saved);
        Ok(saved)
    }

    /// Records all of `new` in one transaction, or on the first error none.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    pub fn save_many(&self, new: &[NewProcessing]) -> Result<Vec<Saved>, StoreError> {
        let started = Instant::now();
        let saved: Vec<_> = self.source.write("record jobs", |connection| {
            let shape = self.shape.current(connection)?;
            new.iter()
                .map(|new| sql::save(connection, shape, new))
                .collect()
        })?;
        events::recorded_many(saved.len(), started.elapsed());
        Ok(saved)
    }

    /// The job of that name, or `None`. No JSON is parsed.
    ///
    /// # Errors
    /// If the row cannot be read, or what the database says.
    pub fn get_by_job_id(
        &self,
        job_id: impl AsRef<str>,
    ) -> Result<Option<MediaProcessingRow>, StoreError> {
        self.get(key(job_id.as_ref()))
    }

    /// The job of each name, or `None`: in the order of the keys, and all as of
    /// one moment.
    ///
    /// # Errors
    /// What the database says. A row that cannot be read is its own error.
    pub fn get_many(
        &self,
        keys: &[ProcessingKey<'_>],
    ) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
        self.source.read("read jobs", |connection| {
            snapshot(connection, |connection| {
                sql::get_many(connection, self.shape.last_seen(connection)?, keys)
            })
        })
    }

    /// A page of jobs, newest first; the newest 100 by default.
    ///
    /// # Errors
    /// A row that cannot be read is an error inside the page, not of it.
    pub fn list_jobs(
        &self,
        query: &Query<ProcessingFilter>,
    ) -> Result<Page<MediaProcessingRow>, StoreError> {
        self.source.read("list jobs", |connection| {
            let shape = self.shape.current(connection)?;
            sql::listing(&query.filter, shape).page(
                connection,
                query.limit,
                query.after.as_ref(),
                |row| sql::decode(row, shape),
            )
        })
    }

    /// How many jobs a filter keeps; all of them with the default filter.
    ///
    /// # Errors
    /// What the database says.
    pub fn count(&self, filter: &ProcessingFilter) -> Result<u64, StoreError> {
        self.source.read("count jobs", |connection| {
            sql::listing(filter, Shape::default()).count(connection)
        })
    }

    /// Compares a job's input with the hash recorded for it, by that hash's
    /// own algorithm. `None` if there is no such job.
    ///
    /// # Errors
    /// If the recorded hash is none, or of an algorithm that nobody here
    /// knows; if the file cannot be read; or what the database says.
    pub fn verify_input(
        &self,
        job_id: impl AsRef<str>,
    ) -> Result<Option<Verification>, StoreError> {
        self.verify(job_id.as_ref(), Role::Input)
    }

    /// Compares a job's output with the hash recorded for it, likewise.
    ///
    /// # Errors
    /// As for [`verify_input`](Self::verify_input).
    pub fn verify_output(
        &self,
        job_id: impl AsRef<str>,
    ) -> Result<Option<Verification>, StoreError> {
        self.verify(job_id.as_ref(), Role::Output)
    }

    fn verify(&self, job_id: &str, role: Role) -> Result<Option<Verification>, StoreError> {
        self.verify_with(key(job_id), role, |path, hash| {
            media_hash::verify_file(path, hash)
        })
    }

    /// Removes the job of that name; `false` if there was none. The files that
    /// it names are left alone.
    ///
    /// # Errors
    /// What the database says.
    pub fn remove(&self, job_id: impl AsRef<str>) -> Result<bool, StoreError> {
        JobStore::remove(self, key(job_id.as_ref()))
    }
}

impl<S: ConnectionSource> JobStore<ProcessingJob> for MediaProcessingStorage<S> {
    fn save(&self, new: &NewProcessing) -> Result<Saved, StoreError> {
        Self::save(self, new)
    }

    fn save_many(&self, new: &[NewProcessing]) -> Result<Vec<Saved>, StoreError> {
        Self::save_many(self, new)
    }

    fn get(&self, key: ProcessingKey<'_>) -> Result<Option<MediaProcessingRow>, StoreError> {
        self.source.read("read a job", |connection| {
            sql::get(connection, self.shape.last_seen(connection)?, key)
        })
    }

    fn get_many(
        &self,
        keys: &[ProcessingKey<'_>],
    ) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
        Self::get_many(self, keys)
    }

    fn list(
        &self,
        query: &Query<ProcessingFilter>,
    ) -> Result<Page<MediaProcessingRow>, StoreError> {
        self.list_jobs(query)
    }

    fn count(&self, filter: &ProcessingFilter) -> Result<u64, StoreError> {
        Self::count(self, filter)
    }

    fn remove(&self, key: ProcessingKey<'_>) -> Result<bool, StoreError> {
        self.source
            .write("remove a job", |connection| sql::remove(connection, key))
    }
}

fn key(job_id: &str) -> ProcessingKey<'_> {
    ProcessingKey { job_id }
}

/// Every statement that the store runs, with a name: so that a check can look
/// at their query plans. Those of a file of the second generation, with its
/// further column and index, come when `second_generation` is set.
#[doc(hidden)]
#[must_use]
pub fn statements(second_generation: bool) -> Vec<(String, String)> {
    let shape = Shape {
        config_hash: second_generation,
        replaces: second_generation,
    };
    let text = || Some(String::new());
    let all = ProcessingFilter::default;
    let filters = [
        ("all", all()),
        (
            "by action",
            ProcessingFilter {
                action: text(),
                ..all()
            },
        ),
        (
            "by path",
            ProcessingFilter {
                path: text(),
                ..all()
            },
        ),
        (
            "by input path",
            ProcessingFilter {
                input_path: text(),
                ..all()
            },
        ),
        (
            "by output path",
            ProcessingFilter {
                output_path: text(),
                ..all()
            },
        ),
        (
            "by hash",
            ProcessingFilter {
                hash: text(),
                ..all()
            },
        ),
        (
            "by path and hash",
            ProcessingFilter {
                path: text(),
                hash: text(),
                ..all()
            },
        ),
    ];
    let mut statements: Vec<_> = media_sqlite::listing_statements(
        filters.map(|(name, filter)| (name, sql::listing(&filter, shape))),
    )
    .collect();
    let mut push = |name: &str, sql: &str| statements.push((name.to_owned(), sql.to_owned()));
    push("remove", sql::REMOVE);
    push("save: known job", sql::KNOWS_JOB);
    push("find_reusable", sql::FIND);
    push("get_or_process: known content", sql::KNOWS_CONTENT);
    push("get_or_process: known input", sql::KNOWS_INPUT);
    push("walk", &exchange::page_sql(shape));
    push("prune: newest of a path", prune::NEWEST_OF_PATH);
    push("prune: remove", prune::DELETE);
    push("prune: is read by another", prune::IS_READ);
    if second_generation {
        push("get_by_job_id", sql::GET_WITH_CONFIG);
        push("save: replace", sql::REPLACE);
        push("import: time of cached", exchange::TIME_OF_CACHED);
        push("save: insert with config", sql::INSERT_WITH_CONFIG);
    } else {
        push("get_by_job_id", sql::GET);
        push("save: insert", sql::INSERT);
    }
    statements
}
