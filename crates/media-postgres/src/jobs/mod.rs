//! The table of processing jobs behind the contract.

mod batch;
mod sql;

use media_schema::{
    ClaimToken, DoneJob, Found, Imported, JobStore, LearntHashes, MediaProcessingRow,
    NewProcessing, Page, ProcessingBackend, ProcessingFilter, ProcessingJob, ProcessingKey, Prune,
    Query, Saved, StoreError, Walked, WalkedPage,
};

use crate::database::Replay;
use crate::nul::has_nul;
use crate::prune::{Prunable, prune_rows};
use crate::{PostgresDatabase, walk};

use sql::Processing;

impl JobStore<ProcessingJob> for PostgresDatabase {
    fn save(&self, new: &NewProcessing) -> Result<Saved, StoreError> {
        let job = Processing::of_new(new);
        self.write("save a job", Replay::Safe, |session| {
            sql::save(session, &job, &[], self.server())
        })?;
        Ok(Saved::Inserted)
    }

    fn save_many(&self, new: &[NewProcessing]) -> Result<Vec<Saved>, StoreError> {
        let jobs: Vec<_> = new.iter().map(Processing::of_new).collect();
        self.write("save jobs", Replay::Safe, |session| {
            batch::save(session, &jobs, self.server())
        })?;
        Ok(vec![Saved::Inserted; jobs.len()])
    }

    fn get(&self, key: ProcessingKey<'_>) -> Result<Option<MediaProcessingRow>, StoreError> {
        self.read("read a job", |session| sql::get(session, key))
    }

    fn get_many(
        &self,
        keys: &[ProcessingKey<'_>],
    ) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
        self.read("read jobs", |session| batch::get(session, keys))
    }

    fn list(
        &self,
        query: &Query<ProcessingFilter>,
    ) -> Result<Page<MediaProcessingRow>, StoreError> {
        self.read("list jobs", |session| {
            sql::listing(&query.filter).page(
                session,
                query.limit,
                query.after.as_ref(),
                sql::decode,
            )
        })
    }

    fn count(&self, filter: &ProcessingFilter) -> Result<u64, StoreError> {
        self.read("count jobs", |session| sql::listing(filter).count(session))
    }

    fn remove(&self, key: ProcessingKey<'_>) -> Result<bool, StoreError> {
        self.write("remove a job", Replay::Safe, |session| {
            sql::remove(session, key)
        })
    }

    fn walk(&self, from: i64) -> Result<WalkedPage<MediaProcessingRow>, StoreError> {
        self.read("walk over jobs", |session| {
            walk::page(session, &sql::WALK, from, sql::decode)
        })
    }

    fn import(&self, rows: &[MediaProcessingRow]) -> Result<Vec<Imported>, StoreError> {
        for row in rows {
            sql::refuse_nul(row)?;
        }
        let jobs: Vec<_> = rows.iter().map(Processing::of_row).collect();
        self.write("import jobs", Replay::Safe, |session| {
            batch::import(session, &jobs)
        })
    }

    fn prune_rows(
        &self,
        rows: Vec<Walked<MediaProcessingRow>>,
        prune: &Prune,
        remove: bool,
    ) -> Result<Vec<Walked<MediaProcessingRow>>, StoreError> {
        prune_rows::<ProcessingJob>(self, rows, prune, remove)
    }
}

impl ProcessingBackend for PostgresDatabase {
    fn done_jobs(
        &self,
        action: &str,
        input_hash: &str,
        each: &mut dyn FnMut(DoneJob<'_>),
    ) -> Result<(), StoreError> {
        if has_nul(action) || has_nul(input_hash) {
            return Ok(());
        }
        // All are read first: what is asked again tells nothing twice.
        let rows = self.read("look for the same content", |session| {
            sql::done_jobs(session, action, input_hash)
        })?;
        for row in &rows {
            if let Some(job) = sql::done_job(row) {
                each(job);
            }
        }
        Ok(())
    }

    fn knows_content(&self, action: &str, input_hash: &str) -> Result<bool, StoreError> {
        if has_nul(action) || has_nul(input_hash) {
            return Ok(false);
        }
        self.read("look for a content", |session| {
            sql::knows_content(session, action, input_hash)
        })
    }

    fn knows_input(&self, action: &str, input_path: &str) -> Result<bool, StoreError> {
        if has_nul(action) || has_nul(input_path) {
            return Ok(false);
        }
        self.read("look for a path", |session| {
            sql::knows_input(session, action, input_path)
        })
    }

    fn record_and_get(
        &self,
        new: &NewProcessing,
        learnt: &[LearntHashes],
        claim: Option<ClaimToken>,
    ) -> Result<(MediaProcessingRow, Saved), StoreError> {
        let job = Processing::of_new(new);
        let id = self.write_with(claim, "save a job", |session| {
            sql::save(session, &job, learnt, self.server())
        })?;
        Ok((job.into_row(id), Saved::Inserted))
    }
}

impl Prunable for ProcessingJob {
    const ACTION: &'static str = "prune jobs";
    const PATH_DIGEST: &'static str = "input_path_digest";
    const KIND: &'static str = "input_path_digest, action, parameters";
    const DELETE: &'static str = ", removed AS (DELETE FROM processing_jobs USING dispensable \
         WHERE processing_jobs.id = dispensable.id \
         AND processing_jobs.created_at = dispensable.created_at \
         RETURNING processing_jobs.id, processing_jobs.job_digest), \
         freed AS (DELETE FROM processing_job_names USING removed \
         WHERE processing_job_names.job_digest = removed.job_digest) \
         SELECT id FROM removed";
    const IS_FREE: Option<&'static str> = Some(
        "NOT EXISTS (SELECT 1 FROM processing_jobs AS reader \
         WHERE reader.input_path_digest = given.output_path_digest \
         AND reader.input_path = given.output_path AND reader.id <> given.id) \
         AND NOT EXISTS (SELECT 1 FROM processing_jobs AS reader \
         WHERE left(reader.input_hash, 160) = left(given.output_hash, 160) \
         AND reader.input_hash = given.output_hash AND reader.id <> given.id)",
    );

    fn path(row: &MediaProcessingRow) -> &str {
        &row.input_path
    }

    fn output(row: &MediaProcessingRow) -> (&str, &str) {
        (&row.output_path, row.output_hash.as_str())
    }
}
