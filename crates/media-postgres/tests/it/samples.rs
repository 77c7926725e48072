//! Rows to save, and rows as they are read back.

use media_hash::{ContentHash, Sha256, hash_bytes};
use media_postgres::PostgresDatabase;
use media_schema::{
    AnalysisJob, AnalysisKey, Job, JobStore, MediaAnalysisRow, MediaProcessingRow, NewAnalysis,
    NewProcessing, ProcessingJob, ProcessingKey, Query, Timestamp, Walk, Walked,
};

use crate::support;

pub(crate) fn hash(text: &str) -> ContentHash {
    hash_bytes::<Sha256>(text)
}

pub(crate) fn time(seconds: f64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

pub(crate) fn analysis(path: &str, content: &str, seconds: f64) -> NewAnalysis {
    NewAnalysis::new(path, hash(content), hash("config"))
        .unwrap()
        .with_created_at(time(seconds))
}

pub(crate) fn job(name: &str, input: &str, output: &str, seconds: f64) -> NewProcessing {
    NewProcessing::new(name, "cut", (input, hash(input)), (output, hash(output)))
        .unwrap()
        .with_created_at(time(seconds))
}

/// An empty database; `None` where no server can be started.
pub(crate) fn fresh() -> Option<PostgresDatabase> {
    Some(support::fresh()?.database)
}

pub(crate) fn get_analysis(database: &PostgresDatabase, path: &str) -> Option<MediaAnalysisRow> {
    let config = hash("config");
    let key = AnalysisKey {
        file_path: path,
        config_hash: config.as_str(),
    };
    JobStore::<AnalysisJob>::get(database, key).unwrap()
}

pub(crate) fn get_job(database: &PostgresDatabase, job_id: &str) -> Option<MediaProcessingRow> {
    JobStore::<ProcessingJob>::get(database, ProcessingKey { job_id }).unwrap()
}

/// All rows by `id`, read a page at a time.
pub(crate) fn all<J: Job>(database: &PostgresDatabase) -> Vec<Walked<J::Row>>
where
    PostgresDatabase: JobStore<J>,
{
    let mut walk = Walk::default();
    let mut rows = Vec::new();
    loop {
        let page = walk.next::<J>(database).unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page.into_iter().map(|walked| Walked {
            id: walked.id,
            bytes: walked.bytes,
            row: walked.row.unwrap(),
        }));
    }
}

/// What a filter keeps, read a page of two at a time.
pub(crate) fn listed<J: Job>(
    database: &PostgresDatabase,
    filter: impl Fn() -> J::Filter,
) -> Vec<J::Row>
where
    PostgresDatabase: JobStore<J>,
{
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let mut query = Query::from(filter()).limit(2);
        query.after = after;
        let page = database.list(&query).unwrap();
        let next = page.next.clone();
        rows.extend(page.into_rows().unwrap());
        if next.is_none() {
            return rows;
        }
        after = next;
    }
}

/// The store of analyses, of which a call is not ambiguous.
pub(crate) fn analyses(database: &PostgresDatabase) -> &dyn JobStore<AnalysisJob> {
    database
}

/// Likewise that of jobs.
pub(crate) fn jobs(database: &PostgresDatabase) -> &dyn JobStore<ProcessingJob> {
    database
}
