//! The statements for many jobs: each takes all of them as arrays.

use std::collections::HashSet;

use media_schema::{Found, Imported, MediaProcessingRow, ProcessingKey};
use postgres::Row;

use super::sql::{Processing, columns, conflict, decode};
use crate::digest::digest;
use crate::nul::has_nul;
use crate::session::{Parameter, Session};
use crate::{Fault, batch};

/// The rows that are given, in their order.
macro_rules! given {
    () => {
        "given AS (SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::text[], \
         $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], \
         $12::float8[]) WITH ORDINALITY AS given (job_digest, input_path_digest, \
         output_path_digest, job_id, action, input_path, input_hash, output_path, output_hash, \
         parameters, metadata, created_at, place))"
    };
}

/// Saves what is selected behind it, so that the rows get their `id`s in order.
macro_rules! insert {
    ($from:literal) => {
        concat!(
            "INSERT INTO processing_jobs (job_digest, input_path_digest, output_path_digest, \
             job_id, action, input_path, input_hash, output_path, output_hash, parameters, \
             metadata, created_at) \
             SELECT given.job_digest, given.input_path_digest, given.output_path_digest, \
             given.job_id, given.action, given.input_path, given.input_hash, given.output_path, \
             given.output_hash, given.parameters, given.metadata, given.created_at FROM ",
            $from,
            " ORDER BY given.place"
        )
    };
}

/// Names are taken in an order of their own, so that no two clients with the
/// same ones wait for each other.
const SAVE: &str = concat!(
    "WITH ",
    given!(),
    ", names AS (INSERT INTO processing_job_names (job_digest) \
     SELECT job_digest FROM given ORDER BY job_digest) ",
    insert!("given")
);

/// Of these names, those that are taken.
const TAKEN: &str =
    "SELECT job_digest FROM processing_job_names WHERE job_digest = ANY ($1::bytea[])";

/// A job that somebody saves in this very moment is neither found nor saved.
const IMPORT: &str = concat!(
    "WITH ",
    given!(),
    ", found AS (SELECT given.place, found.* FROM given CROSS JOIN LATERAL (\
     SELECT created_at = given.created_at AND job_id = given.job_id \
     AND action = given.action AND input_path = given.input_path \
     AND input_hash = given.input_hash AND output_path = given.output_path \
     AND output_hash = given.output_hash \
     AND parameters IS NOT DISTINCT FROM given.parameters \
     AND metadata IS NOT DISTINCT FROM given.metadata AS is_same FROM processing_jobs \
     WHERE job_digest = given.job_digest LIMIT 1) AS found), \
     names AS (INSERT INTO processing_job_names (job_digest) \
     SELECT job_digest FROM given \
     WHERE NOT EXISTS (SELECT 1 FROM found WHERE found.place = given.place) \
     ORDER BY job_digest ON CONFLICT (job_digest) DO NOTHING RETURNING job_digest), \
     saved AS (",
    insert!("given JOIN names ON names.job_digest = given.job_digest"),
    ") SELECT names.job_digest IS NOT NULL, found.is_same FROM given \
     LEFT JOIN names ON names.job_digest = given.job_digest \
     LEFT JOIN found ON found.place = given.place ORDER BY given.place"
);

/// One look-up along the index for each, whatever the planner thinks of joins.
const GET: &str = concat!(
    "SELECT ",
    columns!(),
    ", place FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY \
     AS wanted (wanted_digest, wanted_id, place) \
     CROSS JOIN LATERAL (SELECT * FROM processing_jobs \
     WHERE job_digest = wanted_digest AND job_id = wanted_id LIMIT 1) AS found"
);

/// Jobs as arrays, one for each column.
struct Columns<'a> {
    digests: [Vec<&'a [u8]>; 3],
    texts: [Vec<&'a str>; 6],
    json: [Vec<Option<&'a str>>; 2],
    created_at: Vec<f64>,
}

impl<'a> Columns<'a> {
    fn new(jobs: &'a [Processing<'a>], places: &[usize]) -> Self {
        fn column<'a, T>(
            jobs: &'a [Processing<'a>],
            places: &[usize],
            get: impl Fn(&'a Processing<'a>) -> T,
        ) -> Vec<T> {
            places.iter().map(|at| get(&jobs[*at])).collect()
        }
        Self {
            digests: [
                column(jobs, places, |job| &*job.job_digest),
                column(jobs, places, |job| &*job.input_path_digest),
                column(jobs, places, |job| &*job.output_path_digest),
            ],
            texts: [
                column(jobs, places, |job| job.job_id),
                column(jobs, places, |job| job.action),
                column(jobs, places, |job| job.input_path),
                column(jobs, places, |job| job.input_hash),
                column(jobs, places, |job| job.output_path),
                column(jobs, places, |job| job.output_hash),
            ],
            json: [
                column(jobs, places, |job| job.parameters),
                column(jobs, places, |job| job.metadata),
            ],
            created_at: column(jobs, places, |job| job.created_at),
        }
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        let mut parameters: Vec<Parameter<'_>> = Vec::with_capacity(12);
        parameters.extend(self.digests.iter().map(|column| column as Parameter<'_>));
        parameters.extend(self.texts.iter().map(|column| column as Parameter<'_>));
        parameters.extend(self.json.iter().map(|column| column as Parameter<'_>));
        parameters.push(&self.created_at);
        parameters
    }
}

fn statements(jobs: &[Processing<'_>]) -> Vec<Vec<usize>> {
    batch::writing(jobs.iter().map(|job| (&job.job_digest, job.len())))
}

/// Saves jobs, or none of them.
pub(super) fn save(
    session: &mut Session,
    jobs: &[Processing<'_>],
    database: &str,
) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        let saved = batch::write(session, &statements(jobs), |session, places| {
            let columns = Columns::new(jobs, places);
            session.execute(SAVE, &columns.parameters())?;
            Ok(())
        });
        let fault = match saved {
            Err(fault) if fault.is_taken() => fault,
            done => return done,
        };
        tries += 1;
        if session.is_replay && all_are_there(session, jobs)? {
            return Ok(());
        }
        if let Some(job_id) = first_taken(session, jobs)? {
            return Err(conflict(job_id, database));
        }
        // The job that was in the way has been removed meanwhile; if not, what
        // was taken is no name.
        if tries == 3 {
            return Err(fault);
        }
    }
}

/// Whether all jobs are what a try before this one has saved.
fn all_are_there(session: &mut Session, jobs: &[Processing<'_>]) -> Result<bool, Fault> {
    let keys: Vec<_> = jobs.iter().map(Processing::key).collect();
    let found = get(session, &keys)?;
    Ok(jobs
        .iter()
        .zip(found)
        .all(|(job, found)| matches!(found, Ok(Some(row)) if job.is(&row))))
}

/// The first job whose name is taken: in the database, or by one before it.
fn first_taken<'a>(
    session: &mut Session,
    jobs: &[Processing<'a>],
) -> Result<Option<&'a str>, Fault> {
    let digests: Vec<_> = jobs.iter().map(|job| &*job.job_digest).collect();
    let rows = session.query(TAKEN, &[&digests])?;
    let mut taken = HashSet::with_capacity(rows.len());
    for row in &rows {
        taken.insert(row.try_get::<_, &[u8]>(0)?);
    }
    let first = jobs.iter().find(|job| !taken.insert(&job.job_digest));
    Ok(first.map(|job| job.job_id))
}

/// Saves jobs as they are, and says in their order what that did.
pub(super) fn import(
    session: &mut Session,
    jobs: &[Processing<'_>],
) -> Result<Vec<Imported>, Fault> {
    batch::import(
        session,
        &statements(jobs),
        Imported::Conflict,
        |session, places| {
            let rows = session.query(IMPORT, &Columns::new(jobs, places).parameters())?;
            Ok(rows)
        },
        outcome,
    )
}

fn outcome(row: &Row) -> Result<Option<Imported>, Fault> {
    let is_new: bool = row.try_get(0)?;
    let is_same: Option<bool> = row.try_get(1)?;
    Ok(match is_same {
        _ if is_new => Some(Imported::Inserted),
        Some(true) => Some(Imported::Unchanged),
        Some(false) => Some(Imported::Conflict),
        None => None,
    })
}

/// The row under each key, all as of one moment.
pub(super) fn get(
    session: &mut Session,
    keys: &[ProcessingKey<'_>],
) -> Result<Vec<Found<MediaProcessingRow>>, Fault> {
    let mut found: Vec<_> = keys.iter().map(|_| Ok(None)).collect();
    let wanted = keys.iter().enumerate();
    let wanted = wanted.filter(|(_, key)| !has_nul(key.job_id));
    let statements = batch::reading(wanted.map(|(at, key)| (at, key.job_id.len())));
    batch::read(session, &statements, |session, places| {
        let names: Vec<_> = places.iter().map(|at| keys[*at].job_id).collect();
        let digests: Vec<_> = names.iter().map(|name| digest(name).to_vec()).collect();
        let rows = session.query(GET, &[&digests, &names])?;
        batch::put_in_place(&rows, places, &mut found, decode)
    })?;
    Ok(found)
}
