//! The statements for many analyses: each takes all of them as arrays.

use std::collections::HashMap;

use media_schema::{AnalysisKey, Found, Imported, MediaAnalysisRow, Saved};
use postgres::Row;

use super::sql::{Analysis, columns, decode, is_storable, saved_as};
use crate::digest::digest;
use crate::session::{Parameter, Session};
use crate::{Fault, batch};

/// The rows that are given, in their order.
macro_rules! given {
    () => {
        "given AS (SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[], \
         $5::text[], $6::text[], $7::text[], $8::float8[]) WITH ORDINALITY AS given \
         (path_digest, config_digest, file_path, file_hash, config_hash, ranges, metadata, \
         created_at, place))"
    };
}

/// Saves what is selected behind it. New rows get their `id`s in the order in
/// which they are given; they are written in that of their keys, so that no two
/// clients with the same ones wait for each other. The sequence is looked for in a
/// subquery, which is once; for each row it would take a quarter of the time.
macro_rules! insert {
    ($from:literal) => {
        concat!(
            "INSERT INTO analysis_jobs (id, path_digest, config_digest, file_path, file_hash, \
             config_hash, ranges, metadata, created_at, revision) \
             SELECT id, path_digest, config_digest, file_path, file_hash, config_hash, ranges, \
             metadata, created_at, 0 FROM (\
             SELECT nextval((SELECT pg_get_serial_sequence('analysis_jobs', 'id')::regclass)) AS id, \
             ordered.* FROM (\
             SELECT given.* FROM ",
            $from,
            " ORDER BY given.place) AS ordered) AS numbered \
             ORDER BY path_digest, config_digest \
             ON CONFLICT (path_digest, config_digest) DO UPDATE SET \
             file_hash = EXCLUDED.file_hash, ranges = EXCLUDED.ranges, \
             metadata = EXCLUDED.metadata, created_at = EXCLUDED.created_at, \
             revision = analysis_jobs.revision + 1"
        )
    };
}

const SAVE: &str = concat!(
    "WITH ",
    given!(),
    " ",
    insert!("given"),
    " RETURNING path_digest, config_digest, revision"
);

/// Of what was saved unheard: the places of the rows that are there, or of ones
/// that are newer, as in `sql.rs`.
const SAVED_BEFORE: &str = concat!(
    "WITH ",
    given!(),
    " SELECT given.place, found.revision FROM given CROSS JOIN LATERAL (\
     SELECT revision FROM analysis_jobs \
     WHERE path_digest = given.path_digest AND config_digest = given.config_digest \
     AND (created_at > given.created_at OR (created_at = given.created_at \
     AND file_hash = given.file_hash AND ranges IS NOT DISTINCT FROM given.ranges \
     AND metadata IS NOT DISTINCT FROM given.metadata)) LIMIT 1) AS found"
);

/// Rows that are to stay are not touched. One that somebody saves in this very
/// moment is not found; it is replaced only if it is older.
const IMPORT: &str = concat!(
    "WITH ",
    given!(),
    ", found AS (SELECT given.place, found.* FROM given CROSS JOIN LATERAL (\
     SELECT created_at, created_at = given.created_at AND file_hash = given.file_hash \
     AND ranges IS NOT DISTINCT FROM given.ranges \
     AND metadata IS NOT DISTINCT FROM given.metadata AS is_same FROM analysis_jobs \
     WHERE path_digest = given.path_digest AND config_digest = given.config_digest LIMIT 1) \
     AS found), saved AS (",
    insert!(
        "given LEFT JOIN found ON found.place = given.place WHERE found.place IS NULL \
         OR (found.created_at < given.created_at AND found.created_at > '-Infinity')"
    ),
    " WHERE analysis_jobs.created_at < EXCLUDED.created_at \
     RETURNING path_digest, config_digest, revision) \
     SELECT saved.revision, found.created_at, found.is_same FROM given \
     LEFT JOIN saved ON saved.path_digest = given.path_digest \
     AND saved.config_digest = given.config_digest \
     LEFT JOIN found ON found.place = given.place ORDER BY given.place"
);

/// One look-up along the key for each, whatever the planner thinks of joins.
const GET: &str = concat!(
    "SELECT ",
    columns!(),
    ", place FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[]) WITH ORDINALITY \
     AS wanted (wanted_path_digest, wanted_config_digest, wanted_path, wanted_config, place) \
     CROSS JOIN LATERAL (SELECT * FROM analysis_jobs \
     WHERE path_digest = wanted_path_digest AND config_digest = wanted_config_digest \
     AND file_path = wanted_path AND config_hash = wanted_config LIMIT 1) AS found"
);

/// Results as arrays, one for each column.
struct Columns<'a> {
    path_digests: Vec<&'a [u8]>,
    config_digests: Vec<&'a [u8]>,
    file_paths: Vec<&'a str>,
    file_hashes: Vec<&'a str>,
    config_hashes: Vec<&'a str>,
    ranges: Vec<Option<&'a str>>,
    metadata: Vec<Option<&'a str>>,
    created_at: Vec<f64>,
}

impl<'a> Columns<'a> {
    fn new(analyses: &'a [Analysis<'a>], places: &[usize]) -> Self {
        fn column<'a, T>(
            analyses: &'a [Analysis<'a>],
            places: &[usize],
            get: impl Fn(&'a Analysis<'a>) -> T,
        ) -> Vec<T> {
            places.iter().map(|at| get(&analyses[*at])).collect()
        }
        Self {
            path_digests: column(analyses, places, |analysis| &*analysis.path_digest),
            config_digests: column(analyses, places, |analysis| &*analysis.config_digest),
            file_paths: column(analyses, places, |analysis| analysis.file_path),
            file_hashes: column(analyses, places, |analysis| analysis.file_hash),
            config_hashes: column(analyses, places, |analysis| analysis.config_hash),
            ranges: column(analyses, places, |analysis| analysis.ranges),
            metadata: column(analyses, places, |analysis| analysis.metadata),
            created_at: column(analyses, places, |analysis| analysis.created_at),
        }
    }

    fn parameters(&self) -> [Parameter<'_>; 8] {
        [
            &self.path_digests,
            &self.config_digests,
            &self.file_paths,
            &self.file_hashes,
            &self.config_hashes,
            &self.ranges,
            &self.metadata,
            &self.created_at,
        ]
    }
}

fn statements(analyses: &[Analysis<'_>]) -> Vec<Vec<usize>> {
    let rows = analyses
        .iter()
        .map(|analysis| (key(analysis), analysis.len()));
    batch::writing(rows)
}

fn key<'a>(analysis: &'a Analysis<'_>) -> (&'a [u8], &'a [u8]) {
    (&analysis.path_digest, &analysis.config_digest)
}

/// Saves results, and says in their order what that did.
pub(super) fn save(session: &mut Session, analyses: &[Analysis<'_>]) -> Result<Vec<Saved>, Fault> {
    let mut saved = vec![Saved::Inserted; analyses.len()];
    if analyses.is_empty() {
        return Ok(saved);
    }
    batch::write(session, &statements(analyses), |session, places| {
        let mut places = places.to_vec();
        if session.is_replay {
            leave_out_saved(session, analyses, &mut places, &mut saved)?;
            if places.is_empty() {
                return Ok(());
            }
        }
        let columns = Columns::new(analyses, &places);
        let rows = session.query(SAVE, &columns.parameters())?;
        let mut revisions = HashMap::with_capacity(rows.len());
        for row in &rows {
            let key: (&[u8], &[u8]) = (row.try_get(0)?, row.try_get(1)?);
            revisions.insert(key, row.try_get(2)?);
        }
        for at in places {
            if let Some(revision) = revisions.get(&key(&analyses[at])) {
                saved[at] = saved_as(*revision);
            }
        }
        Ok(())
    })?;
    Ok(saved)
}

/// Leaves out what was saved by a try whose answer was not heard: it is not done
/// again over what somebody else has saved since.
fn leave_out_saved(
    session: &mut Session,
    analyses: &[Analysis<'_>],
    places: &mut Vec<usize>,
    saved: &mut [Saved],
) -> Result<(), Fault> {
    let columns = Columns::new(analyses, places);
    let mut is_saved = vec![false; places.len()];
    for row in session.query(SAVED_BEFORE, &columns.parameters())? {
        let place: i64 = row.try_get(0)?;
        if let Some(index) = usize::try_from(place - 1).ok()
            && let (Some(is_saved), Some(at)) = (is_saved.get_mut(index), places.get(index))
        {
            *is_saved = true;
            saved[*at] = saved_as(row.try_get(1)?);
        }
    }
    let mut is_saved = is_saved.into_iter();
    places.retain(|_| !is_saved.next().unwrap_or_default());
    Ok(())
}

/// Saves results as they are, and says in their order what that did.
pub(super) fn import(
    session: &mut Session,
    analyses: &[Analysis<'_>],
) -> Result<Vec<Imported>, Fault> {
    batch::import(
        session,
        &statements(analyses),
        Imported::Kept,
        |session, places| {
            let rows = session.query(IMPORT, &Columns::new(analyses, places).parameters())?;
            Ok(rows)
        },
        outcome,
    )
}

fn outcome(row: &Row) -> Result<Option<Imported>, Fault> {
    let revision: Option<i64> = row.try_get(0)?;
    let found: Option<f64> = row.try_get(1)?;
    let is_same: Option<bool> = row.try_get(2)?;
    Ok(match (revision, found) {
        (Some(0), _) => Some(Imported::Inserted),
        (Some(_), _) => Some(Imported::Replaced),
        (None, Some(found)) if !found.is_finite() => Some(Imported::Conflict),
        (None, Some(_)) if is_same == Some(true) => Some(Imported::Unchanged),
        (None, Some(_)) => Some(Imported::Kept),
        (None, None) => None,
    })
}

/// The row under each key, all as of one moment.
pub(super) fn get(
    session: &mut Session,
    keys: &[AnalysisKey<'_>],
) -> Result<Vec<Found<MediaAnalysisRow>>, Fault> {
    let mut found: Vec<_> = keys.iter().map(|_| Ok(None)).collect();
    let wanted = keys
        .iter()
        .enumerate()
        .filter(|(_, key)| is_storable(**key));
    let statements =
        batch::reading(wanted.map(|(at, key)| (at, key.file_path.len() + key.config_hash.len())));
    batch::read(session, &statements, |session, places| {
        let paths: Vec<_> = places.iter().map(|at| keys[*at].file_path).collect();
        let configs: Vec<_> = places.iter().map(|at| keys[*at].config_hash).collect();
        let digests = |texts: &[&str]| -> Vec<Vec<u8>> {
            texts.iter().map(|text| digest(text).to_vec()).collect()
        };
        let rows = session.query(
            GET,
            &[&digests(&paths), &digests(&configs), &paths, &configs],
        )?;
        batch::put_in_place(&rows, places, &mut found, decode)
    })?;
    Ok(found)
}
