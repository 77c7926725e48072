//! References and `Arc`s of a backend are backends.

use std::borrow::Cow;
use std::sync::Arc;

use media_hash::{ContentHash, Fingerprint};

use crate::{
    AnalysisBackend, Backend, BegunAudit, Claim, ClaimError, ClaimToken, Cursor, DoneJob,
    ExportedCheck, FixityBackend, Found, FoundByAudit, Imported, Job, JobStore, LearntHashes,
    LineageBackend, LineageReader, MediaAnalysisRow, MediaBackend, MediaProcessingRow, NamingRow,
    NewAnalysis, NewProcessing, Page, PastAudit, PastCheck, ProcessingBackend, Prune, Query,
    QueuedFile, Readable, RowError, Saved, Scope, Selected, Statistics, StoreError, Table, Waiting,
    Walked, WalkedCheck, WalkedPage,
};

macro_rules! delegate {
    ($pointer:ty, $($lifetime:lifetime,)?) => {
        impl<$($lifetime,)? B: Backend + ?Sized> Backend for $pointer {
            fn name(&self) -> Cow<'_, str> {
                (**self).name()
            }

            fn ensure_table(&self, table: &'static Table) -> Result<(), StoreError> {
                (**self).ensure_table(table)
            }

            fn remembered_hash(
                &self,
                fingerprint: &Fingerprint,
                algorithm: &str,
            ) -> Result<Option<ContentHash>, StoreError> {
                (**self).remembered_hash(fingerprint, algorithm)
            }

            fn remember_hashes(&self, learnt: &[LearntHashes]) -> Result<(), StoreError> {
                (**self).remember_hashes(learnt)
            }

            fn claim(&self, parts: &[&str], waiting: Waiting<'_>) -> Result<Claim, ClaimError> {
                (**self).claim(parts, waiting)
            }
        }

        impl<$($lifetime,)? J: Job, B: JobStore<J> + ?Sized> JobStore<J> for $pointer {
            fn save(&self, new: &J::New) -> Result<Saved, StoreError> {
                (**self).save(new)
            }

            fn save_many(&self, new: &[J::New]) -> Result<Vec<Saved>, StoreError> {
                (**self).save_many(new)
            }

            fn get(&self, key: J::Key<'_>) -> Result<Option<J::Row>, StoreError> {
                (**self).get(key)
            }

            fn get_many(&self, keys: &[J::Key<'_>]) -> Result<Vec<Found<J::Row>>, StoreError> {
                (**self).get_many(keys)
            }

            fn list(&self, query: &Query<J::Filter>) -> Result<Page<J::Row>, StoreError> {
                (**self).list(query)
            }

            fn count(&self, filter: &J::Filter) -> Result<u64, StoreError> {
                (**self).count(filter)
            }

            fn remove(&self, key: J::Key<'_>) -> Result<bool, StoreError> {
                (**self).remove(key)
            }

            fn walk(&self, from: i64) -> Result<WalkedPage<J::Row>, StoreError> {
                (**self).walk(from)
            }

            fn import(&self, rows: &[J::Row]) -> Result<Vec<Imported>, StoreError> {
                (**self).import(rows)
            }

            fn prune_rows(
                &self,
                rows: Vec<Walked<J::Row>>,
                prune: &Prune,
                remove: bool,
            ) -> Result<Vec<Walked<J::Row>>, StoreError> {
                (**self).prune_rows(rows, prune, remove)
            }
        }

        impl<$($lifetime,)? B: AnalysisBackend + ?Sized> AnalysisBackend for $pointer {
            fn newest_of_content(
                &self,
                file_hash: &str,
                config_hash: &str,
            ) -> Result<Option<MediaAnalysisRow>, StoreError> {
                (**self).newest_of_content(file_hash, config_hash)
            }

            fn knows_path(&self, file_path: &str) -> Result<bool, StoreError> {
                (**self).knows_path(file_path)
            }

            fn save_and_get(
                &self,
                new: &NewAnalysis,
                learnt: &[LearntHashes],
                claim: Option<ClaimToken>,
            ) -> Result<(MediaAnalysisRow, Saved), StoreError> {
                (**self).save_and_get(new, learnt, claim)
            }
        }

        impl<$($lifetime,)? B: ProcessingBackend + ?Sized> ProcessingBackend for $pointer {
            fn done_jobs(
                &self,
                action: &str,
                input_hash: &str,
                each: &mut dyn FnMut(DoneJob<'_>),
            ) -> Result<(), StoreError> {
                (**self).done_jobs(action, input_hash, each)
            }

            fn knows_content(&self, action: &str, input_hash: &str) -> Result<bool, StoreError> {
                (**self).knows_content(action, input_hash)
            }

            fn knows_input(&self, action: &str, input_path: &str) -> Result<bool, StoreError> {
                (**self).knows_input(action, input_path)
            }

            fn record_and_get(
                &self,
                new: &NewProcessing,
                learnt: &[LearntHashes],
                claim: Option<ClaimToken>,
            ) -> Result<(MediaProcessingRow, Saved), StoreError> {
                (**self).record_and_get(new, learnt, claim)
            }
        }

        impl<$($lifetime,)? B: FixityBackend + ?Sized> FixityBackend for $pointer {
            fn prepare_audits(&self) -> Result<bool, StoreError> {
                (**self).prepare_audits()
            }

            fn begin_audit(
                &self,
                scope: Option<Scope>,
                resume: bool,
            ) -> Result<Option<BegunAudit>, StoreError> {
                (**self).begin_audit(scope, resume)
            }

            fn keep_checks(&self, found: &FoundByAudit<'_>) -> Result<(), StoreError> {
                (**self).keep_checks(found)
            }

            fn finish_audit(&self, audit_id: i64) -> Result<(), StoreError> {
                (**self).finish_audit(audit_id)
            }

            fn enqueue(&self, scope: Scope) -> Result<Vec<RowError>, StoreError> {
                (**self).enqueue(scope)
            }

            fn queued(
                &self,
                scope: Scope,
                last_place: i64,
                after: Option<&QueuedFile>,
                limit: usize,
            ) -> Result<Vec<QueuedFile>, StoreError> {
                (**self).queued(scope, last_place, after, limit)
            }

            fn files_left(&self, scope: Scope, last_place: i64) -> Result<u64, StoreError> {
                (**self).files_left(scope, last_place)
            }

            fn last_place(&self, scope: Scope) -> Result<i64, StoreError> {
                (**self).last_place(scope)
            }

            fn place(&self, scope: Scope, path: &str) -> Result<Option<i64>, StoreError> {
                (**self).place(scope, path)
            }

            fn survey_queue(
                &self,
                scope: Scope,
                after: Option<&QueuedFile>,
                limit: usize,
            ) -> Result<Vec<QueuedFile>, StoreError> {
                (**self).survey_queue(scope, after, limit)
            }

            fn named_paths(
                &self,
                scope: Scope,
                after: Option<&Cursor>,
            ) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
                (**self).named_paths(scope, after)
            }

            fn naming_rows(
                &self,
                scope: Scope,
                after: Option<&Cursor>,
            ) -> Result<(Readable<NamingRow>, Option<Cursor>), StoreError> {
                (**self).naming_rows(scope, after)
            }

            fn rows_of(
                &self,
                scope: Scope,
                selected: &[Selected],
            ) -> Result<Vec<Readable<NamingRow>>, StoreError> {
                (**self).rows_of(scope, selected)
            }

            fn paths_of_content(
                &self,
                hashes: &[&str],
                after: Option<&Cursor>,
            ) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
                (**self).paths_of_content(hashes, after)
            }

            fn latest_verdict(
                &self,
                path: &str,
                expected: &str,
            ) -> Result<Option<(i64, String)>, StoreError> {
                (**self).latest_verdict(path, expected)
            }

            fn history(&self, path: &str, limit: usize) -> Result<Vec<PastCheck>, StoreError> {
                (**self).history(path, limit)
            }

            fn latest_checks(&self, expected: &str) -> Result<Vec<PastCheck>, StoreError> {
                (**self).latest_checks(expected)
            }

            fn walk_checks(&self, after: i64, newest: usize) -> Result<Vec<WalkedCheck>, StoreError> {
                (**self).walk_checks(after, newest)
            }

            fn export_audits(&self, from: i64) -> Result<WalkedPage<PastAudit>, StoreError> {
                (**self).export_audits(from)
            }

            fn export_checks(&self, from: i64) -> Result<WalkedPage<ExportedCheck>, StoreError> {
                (**self).export_checks(from)
            }

            fn import_audits(&self, audits: &[PastAudit]) -> Result<Vec<Imported>, StoreError> {
                (**self).import_audits(audits)
            }

            fn import_checks(&self, checks: &[ExportedCheck]) -> Result<Vec<Imported>, StoreError> {
                (**self).import_checks(checks)
            }
        }

        impl<$($lifetime,)? B: LineageBackend + ?Sized> LineageBackend for $pointer {
            fn read_lineage(
                &self,
                read: &mut dyn FnMut(&mut dyn LineageReader) -> Result<(), StoreError>,
            ) -> Result<(), StoreError> {
                (**self).read_lineage(read)
            }
        }

        impl<$($lifetime,)? B: MediaBackend + ?Sized> MediaBackend for $pointer {
            fn statistics(&self) -> Result<Statistics, StoreError> {
                (**self).statistics()
            }
        }
    };
}

delegate!(&'a B, 'a,);
delegate!(Arc<B>,);
