//! A backend that is a database, with somebody else at work in between: for the
//! tests of the stores.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use media_hash::{ContentHash, Fingerprint};
use media_schema::{
    AnalysisBackend, Backend, Claim, ClaimError, ClaimToken, DoneJob, Found, Imported, Job,
    JobStore, LearntHashes, MediaAnalysisRow, MediaProcessingRow, NewAnalysis, NewProcessing, Page,
    ProcessingBackend, Prune, Query, Saved, StoreError, Table, Waiting, Walked, WalkedPage,
};
use media_sqlite::Database;

/// When somebody else gets a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "each store's tests have moments of their own")]
pub(crate) enum Moment {
    /// A claim was lost, and before it is claimed once more.
    ClaimLost,
    /// Before rows are removed by a prune.
    Remove,
}

/// A database whose claims are lost some times before they are used.
pub(crate) struct Meddled<F> {
    database: Database,
    to_lose: AtomicU32,
    is_lost: AtomicBool,
    saves_first: bool,
    meddle: F,
}

impl<F: Fn(Moment)> Meddled<F> {
    pub(crate) fn new(database: Database, to_lose: u32, meddle: F) -> Self {
        Self {
            database,
            to_lose: AtomicU32::new(to_lose),
            is_lost: AtomicBool::new(false),
            saves_first: false,
            meddle,
        }
    }

    /// What is saved by a claim that is lost is saved, as by a connection that
    /// breaks before it has the answer.
    pub(crate) fn saving_first(mut self) -> Self {
        self.saves_first = true;
        self
    }

    /// What is saved by a claim, unless it is lost.
    fn save_by<T>(
        &self,
        claim: Option<ClaimToken>,
        save: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let take = |left: u32| left.checked_sub(1);
        let (set, fetch) = (Ordering::SeqCst, Ordering::SeqCst);
        if claim.is_some() && self.to_lose.fetch_update(set, fetch, take).is_ok() {
            self.is_lost.store(true, set);
            if self.saves_first {
                save()?;
            }
            return Err(StoreError::ClaimLost {
                database: self.name().into_owned(),
            });
        }
        save()
    }
}

impl<F: Fn(Moment)> Backend for Meddled<F> {
    fn name(&self) -> Cow<'_, str> {
        self.database.path().to_string_lossy()
    }

    fn ensure_table(&self, table: &'static Table) -> Result<(), StoreError> {
        Backend::ensure_table(&self.database, table)
    }

    fn remembered_hash(
        &self,
        fingerprint: &Fingerprint,
        algorithm: &str,
    ) -> Result<Option<ContentHash>, StoreError> {
        self.database.remembered_hash(fingerprint, algorithm)
    }

    fn remember_hashes(&self, learnt: &[LearntHashes]) -> Result<(), StoreError> {
        self.database.remember_hashes(learnt)
    }

    fn claim(&self, parts: &[&str], waiting: Waiting<'_>) -> Result<Claim, ClaimError> {
        if self.is_lost.swap(false, Ordering::SeqCst) {
            (self.meddle)(Moment::ClaimLost);
        }
        self.database.claim(parts, waiting)
    }
}

impl<J: Job, F: Fn(Moment)> JobStore<J> for Meddled<F>
where
    Database: JobStore<J>,
{
    fn save(&self, new: &J::New) -> Result<Saved, StoreError> {
        self.database.save(new)
    }

    fn save_many(&self, new: &[J::New]) -> Result<Vec<Saved>, StoreError> {
        self.database.save_many(new)
    }

    fn get(&self, key: J::Key<'_>) -> Result<Option<J::Row>, StoreError> {
        self.database.get(key)
    }

    fn get_many(&self, keys: &[J::Key<'_>]) -> Result<Vec<Found<J::Row>>, StoreError> {
        self.database.get_many(keys)
    }

    fn list(&self, query: &Query<J::Filter>) -> Result<Page<J::Row>, StoreError> {
        self.database.list(query)
    }

    fn count(&self, filter: &J::Filter) -> Result<u64, StoreError> {
        self.database.count(filter)
    }

    fn remove(&self, key: J::Key<'_>) -> Result<bool, StoreError> {
        self.database.remove(key)
    }

    fn walk(&self, from: i64) -> Result<WalkedPage<J::Row>, StoreError> {
        self.database.walk(from)
    }

    fn import(&self, rows: &[J::Row]) -> Result<Vec<Imported>, StoreError> {
        self.database.import(rows)
    }

    fn prune_rows(
        &self,
        rows: Vec<Walked<J::Row>>,
        prune: &Prune,
        remove: bool,
    ) -> Result<Vec<Walked<J::Row>>, StoreError> {
        if remove {
            (self.meddle)(Moment::Remove);
        }
        self.database.prune_rows(rows, prune, remove)
    }
}

impl<F: Fn(Moment)> AnalysisBackend for Meddled<F> {
    fn newest_of_content(
        &self,
        file_hash: &str,
        config_hash: &str,
    ) -> Result<Option<MediaAnalysisRow>, StoreError> {
        self.database.newest_of_content(file_hash, config_hash)
    }

    fn knows_path(&self, file_path: &str) -> Result<bool, StoreError> {
        self.database.knows_path(file_path)
    }

    fn save_and_get(
        &self,
        new: &NewAnalysis,
        learnt: &[LearntHashes],
        claim: Option<ClaimToken>,
    ) -> Result<(MediaAnalysisRow, Saved), StoreError> {
        self.save_by(claim, || self.database.save_and_get(new, learnt, claim))
    }
}

impl<F: Fn(Moment)> ProcessingBackend for Meddled<F> {
    fn done_jobs(
        &self,
        action: &str,
        input_hash: &str,
        each: &mut dyn FnMut(DoneJob<'_>),
    ) -> Result<(), StoreError> {
        self.database.done_jobs(action, input_hash, each)
    }

    fn knows_content(&self, action: &str, input_hash: &str) -> Result<bool, StoreError> {
        self.database.knows_content(action, input_hash)
    }

    fn knows_input(&self, action: &str, input_path: &str) -> Result<bool, StoreError> {
        self.database.knows_input(action, input_path)
    }

    fn record_and_get(
        &self,
        new: &NewProcessing,
        learnt: &[LearntHashes],
        claim: Option<ClaimToken>,
    ) -> Result<(MediaProcessingRow, Saved), StoreError> {
        self.save_by(claim, || self.database.record_and_get(new, learnt, claim))
    }
}
