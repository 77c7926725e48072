//! A database, or a transaction on one, as a backend of the contract.
//!
//! The bodies are written once, for any source of connections; the traits are
//! another crate's, so that each source needs an implementation of its own.

use std::borrow::Cow;

use media_hash::{ContentHash, Fingerprint};
use media_schema::{
    AnalysisBackend, AnalysisFilter, AnalysisJob, AnalysisKey, Backend, Claim, ClaimError,
    ClaimToken, DoneJob, Found, Imported, JobStore, LearntHashes, MediaAnalysisRow,
    MediaProcessingRow, NewAnalysis, NewProcessing, Page, ProcessingBackend, ProcessingFilter,
    ProcessingJob, ProcessingKey, Prune, Query, Saved, StoreError, Table, Waiting, Walked,
    WalkedPage,
};

use crate::{ConnectionSource, Database, Transaction, analyses, claim, hash_cache, jobs, prune};

macro_rules! backend {
    ($source:ty) => {
        impl Backend for $source {
            fn name(&self) -> Cow<'_, str> {
                ConnectionSource::path(self).to_string_lossy()
            }

            fn ensure_table(&self, table: &'static Table) -> Result<(), StoreError> {
                Ok(ConnectionSource::ensure_table(self, table)?)
            }

            fn remembered_hash(
                &self,
                fingerprint: &Fingerprint,
                algorithm: &str,
            ) -> Result<Option<ContentHash>, StoreError> {
                hash_cache::remembered(self, fingerprint, algorithm)
            }

            fn remember_hashes(&self, learnt: &[LearntHashes]) -> Result<(), StoreError> {
                hash_cache::remember(self, learnt)
            }

            fn claim(&self, parts: &[&str], waiting: Waiting<'_>) -> Result<Claim, ClaimError> {
                claim::claim(ConnectionSource::path(self), parts, waiting)
            }
        }

        impl JobStore<AnalysisJob> for $source {
            fn save(&self, new: &NewAnalysis) -> Result<Saved, StoreError> {
                analyses::save(self, new)
            }

            fn save_many(&self, new: &[NewAnalysis]) -> Result<Vec<Saved>, StoreError> {
                analyses::save_many(self, new)
            }

            fn get(&self, key: AnalysisKey<'_>) -> Result<Option<MediaAnalysisRow>, StoreError> {
                analyses::get(self, key)
            }

            fn get_many(
                &self,
                keys: &[AnalysisKey<'_>],
            ) -> Result<Vec<Found<MediaAnalysisRow>>, StoreError> {
                analyses::get_many(self, keys)
            }

            fn list(
                &self,
                query: &Query<AnalysisFilter>,
            ) -> Result<Page<MediaAnalysisRow>, StoreError> {
                analyses::list(self, query)
            }

            fn count(&self, filter: &AnalysisFilter) -> Result<u64, StoreError> {
                analyses::count(self, filter)
            }

            fn remove(&self, key: AnalysisKey<'_>) -> Result<bool, StoreError> {
                analyses::remove(self, key)
            }

            fn walk(&self, from: i64) -> Result<WalkedPage<MediaAnalysisRow>, StoreError> {
                analyses::walk(self, from)
            }

            fn import(&self, rows: &[MediaAnalysisRow]) -> Result<Vec<Imported>, StoreError> {
                analyses::import(self, rows)
            }

            fn prune_rows(
                &self,
                rows: Vec<Walked<MediaAnalysisRow>>,
                prune: &Prune,
                remove: bool,
            ) -> Result<Vec<Walked<MediaAnalysisRow>>, StoreError> {
                prune::prune_rows::<AnalysisJob>(self, rows, prune, remove)
            }
        }

        impl AnalysisBackend for $source {
            fn newest_of_content(
                &self,
                file_hash: &str,
                config_hash: &str,
            ) -> Result<Option<MediaAnalysisRow>, StoreError> {
                analyses::newest_of_content(self, file_hash, config_hash)
            }

            fn knows_path(&self, file_path: &str) -> Result<bool, StoreError> {
                analyses::knows_path(self, file_path)
            }

            fn save_and_get(
                &self,
                new: &NewAnalysis,
                learnt: &[LearntHashes],
                _: Option<ClaimToken>,
            ) -> Result<(MediaAnalysisRow, Saved), StoreError> {
                analyses::save_and_get(self, new, learnt)
            }
        }

        impl JobStore<ProcessingJob> for $source {
            fn save(&self, new: &NewProcessing) -> Result<Saved, StoreError> {
                jobs::save(self, new)
            }

            fn save_many(&self, new: &[NewProcessing]) -> Result<Vec<Saved>, StoreError> {
                jobs::save_many(self, new)
            }

            fn get(
                &self,
                key: ProcessingKey<'_>,
            ) -> Result<Option<MediaProcessingRow>, StoreError> {
                jobs::get(self, key)
            }

            fn get_many(
                &self,
                keys: &[ProcessingKey<'_>],
            ) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
                jobs::get_many(self, keys)
            }

            fn list(
                &self,
                query: &Query<ProcessingFilter>,
            ) -> Result<Page<MediaProcessingRow>, StoreError> {
                jobs::list(self, query)
            }

            fn count(&self, filter: &ProcessingFilter) -> Result<u64, StoreError> {
                jobs::count(self, filter)
            }

            fn remove(&self, key: ProcessingKey<'_>) -> Result<bool, StoreError> {
                jobs::remove(self, key)
            }

            fn walk(&self, from: i64) -> Result<WalkedPage<MediaProcessingRow>, StoreError> {
                jobs::walk(self, from)
            }

            fn import(&self, rows: &[MediaProcessingRow]) -> Result<Vec<Imported>, StoreError> {
                jobs::import(self, rows)
            }

            fn prune_rows(
                &self,
                rows: Vec<Walked<MediaProcessingRow>>,
                prune: &Prune,
                remove: bool,
            ) -> Result<Vec<Walked<MediaProcessingRow>>, StoreError> {
                prune::prune_rows::<ProcessingJob>(self, rows, prune, remove)
            }
        }

        impl ProcessingBackend for $source {
            fn done_jobs(
                &self,
                action: &str,
                input_hash: &str,
                each: &mut dyn FnMut(DoneJob<'_>),
            ) -> Result<(), StoreError> {
                jobs::done_jobs(self, action, input_hash, each)
            }

            fn knows_content(&self, action: &str, input_hash: &str) -> Result<bool, StoreError> {
                jobs::knows_content(self, action, input_hash)
            }

            fn knows_input(&self, action: &str, input_path: &str) -> Result<bool, StoreError> {
                jobs::knows_input(self, action, input_path)
            }

            fn record_and_get(
                &self,
                new: &NewProcessing,
                learnt: &[LearntHashes],
                _: Option<ClaimToken>,
            ) -> Result<(MediaProcessingRow, Saved), StoreError> {
                jobs::record_and_get(self, new, learnt)
            }
        }
    };
}

backend!(Database);
backend!(Transaction<'_>);
