//! The table of analyses behind the contract.

mod batch;
mod sql;

use media_schema::{
    AnalysisBackend, AnalysisFilter, AnalysisJob, AnalysisKey, ClaimToken, Found, Imported,
    JobStore, LearntHashes, MediaAnalysisRow, NewAnalysis, Page, Prune, Query, Saved, StoreError,
    Walked, WalkedPage,
};

use crate::database::Replay;
use crate::nul::has_nul;
use crate::prune::{Prunable, prune_rows};
use crate::{PostgresDatabase, walk};

use sql::Analysis;

impl JobStore<AnalysisJob> for PostgresDatabase {
    fn save(&self, new: &NewAnalysis) -> Result<Saved, StoreError> {
        let analysis = Analysis::of_new(new);
        let (_, saved) = self.write("save an analysis", Replay::Safe, |session| {
            sql::save(session, &analysis, &[], self.server())
        })?;
        Ok(saved)
    }

    fn save_many(&self, new: &[NewAnalysis]) -> Result<Vec<Saved>, StoreError> {
        let analyses: Vec<_> = new.iter().map(Analysis::of_new).collect();
        self.write("save analyses", Replay::Safe, |session| {
            batch::save(session, &analyses)
        })
    }

    fn get(&self, key: AnalysisKey<'_>) -> Result<Option<MediaAnalysisRow>, StoreError> {
        self.read("read an analysis", |session| sql::get(session, key))
    }

    fn get_many(
        &self,
        keys: &[AnalysisKey<'_>],
    ) -> Result<Vec<Found<MediaAnalysisRow>>, StoreError> {
        self.read("read analyses", |session| batch::get(session, keys))
    }

    fn list(&self, query: &Query<AnalysisFilter>) -> Result<Page<MediaAnalysisRow>, StoreError> {
        self.read("list analyses", |session| {
            sql::listing(&query.filter).page(
                session,
                query.limit,
                query.after.as_ref(),
                sql::decode,
            )
        })
    }

    fn count(&self, filter: &AnalysisFilter) -> Result<u64, StoreError> {
        self.read("count analyses", |session| {
            sql::listing(filter).count(session)
        })
    }

    fn remove(&self, key: AnalysisKey<'_>) -> Result<bool, StoreError> {
        self.write("remove an analysis", Replay::Safe, |session| {
            sql::remove(session, key)
        })
    }

    fn walk(&self, from: i64) -> Result<WalkedPage<MediaAnalysisRow>, StoreError> {
        self.read("walk over analyses", |session| {
            walk::page(session, &sql::WALK, from, sql::decode)
        })
    }

    fn import(&self, rows: &[MediaAnalysisRow]) -> Result<Vec<Imported>, StoreError> {
        for row in rows {
            sql::refuse_nul(row)?;
        }
        let analyses: Vec<_> = rows.iter().map(Analysis::of_row).collect();
        self.write("import analyses", Replay::Safe, |session| {
            batch::import(session, &analyses)
        })
    }

    fn prune_rows(
        &self,
        rows: Vec<Walked<MediaAnalysisRow>>,
        prune: &Prune,
        remove: bool,
    ) -> Result<Vec<Walked<MediaAnalysisRow>>, StoreError> {
        prune_rows::<AnalysisJob>(self, rows, prune, remove)
    }
}

impl AnalysisBackend for PostgresDatabase {
    fn newest_of_content(
        &self,
        file_hash: &str,
        config_hash: &str,
    ) -> Result<Option<MediaAnalysisRow>, StoreError> {
        if has_nul(file_hash) || has_nul(config_hash) {
            return Ok(None);
        }
        self.read("look for the same content", |session| {
            sql::newest_of_content(session, file_hash, config_hash)
        })
    }

    fn knows_path(&self, file_path: &str) -> Result<bool, StoreError> {
        if has_nul(file_path) {
            return Ok(false);
        }
        self.read("look for a path", |session| {
            sql::knows_path(session, file_path)
        })
    }

    fn save_and_get(
        &self,
        new: &NewAnalysis,
        learnt: &[LearntHashes],
        claim: Option<ClaimToken>,
    ) -> Result<(MediaAnalysisRow, Saved), StoreError> {
        let analysis = Analysis::of_new(new);
        let (id, saved) = self.write_with(claim, "save an analysis", |session| {
            sql::save(session, &analysis, learnt, self.server())
        })?;
        Ok((analysis.into_row(new, id), saved))
    }
}

impl Prunable for AnalysisJob {
    const ACTION: &'static str = "prune analyses";
    const PATH_DIGEST: &'static str = "path_digest";
    const KIND: &'static str = "path_digest";
    const DELETE: &'static str = " DELETE FROM analysis_jobs USING dispensable \
         WHERE analysis_jobs.id = dispensable.id \
         AND analysis_jobs.created_at = dispensable.created_at RETURNING analysis_jobs.id";
    const IS_FREE: Option<&'static str> = None;

    fn path(row: &MediaAnalysisRow) -> &str {
        &row.file_path
    }

    fn output(row: &MediaAnalysisRow) -> (&str, &str) {
        (&row.file_path, row.file_hash.as_str())
    }
}
