//! The table `fixity_files`: which file is next.

use media_schema::{QueuedFile, Scope};

use super::bounded;
use crate::Fault;
use crate::digest::digest;
use crate::session::{Parameter, Session};

/// The rows stay on the server, and those that are in the queue are left out
/// before the others are told apart.
const ENQUEUE: &str = "INSERT INTO fixity_files (scope, path_digest, path, place) \
     SELECT DISTINCT ON (named.digest) $1::text, named.digest, named.path, 0 FROM (\
         SELECT path_digest AS digest, file_path AS path FROM analysis_jobs WHERE $2 \
         UNION ALL SELECT output_path_digest, output_path FROM processing_jobs WHERE $3 \
         UNION ALL SELECT input_path_digest, input_path FROM processing_jobs WHERE $3) AS named \
     WHERE NOT EXISTS (SELECT FROM fixity_files AS file \
         WHERE file.scope = $1 AND file.path_digest = named.digest) \
     ORDER BY named.digest ON CONFLICT DO NOTHING";

pub(super) const LAST_PLACE: &str =
    "SELECT coalesce(max(place), 0) FROM fixity_files WHERE scope = $1";

pub(super) const NEXT: &str = "SELECT place, path FROM fixity_files \
     WHERE scope = $1 AND place <= $2 AND (place, path_digest) > ($3, $4) \
     ORDER BY place, path_digest LIMIT $5";

const LEFT: &str = "SELECT count(*) FROM fixity_files WHERE scope = $1 AND place <= $2";

pub(super) const PLACE: &str =
    "SELECT place FROM fixity_files WHERE scope = $1 AND path_digest = $2";

/// All of a scope, for their number and sizes.
pub(super) const SURVEY: &str = "SELECT place, path FROM fixity_files \
     WHERE scope = $1 AND path_digest > $2 ORDER BY path_digest LIMIT $3";

/// Adds the paths that rows name and that are not in it yet.
pub(crate) fn enqueue(session: &mut Session, scope: Scope) -> Result<(), Fault> {
    let (analyses, jobs) = tables(scope);
    session.execute(ENQUEUE, &[&scope.as_str(), &analyses, &jobs])?;
    Ok(())
}

/// Whether analyses are in a scope, and whether jobs are.
pub(crate) fn tables(scope: Scope) -> (bool, bool) {
    (scope != Scope::Processing, scope != Scope::Analysis)
}

/// The highest place, 0 if none was ever checked.
pub(crate) fn last_place(session: &mut Session, scope: Scope) -> Result<i64, Fault> {
    let row = session.query_one(LAST_PLACE, &[&scope.as_str()])?;
    Ok(row.try_get(0)?)
}

/// How many are not behind `last`.
pub(crate) fn left(session: &mut Session, scope: Scope, last: i64) -> Result<u64, Fault> {
    let row = session.query_one(LEFT, &[&scope.as_str(), &last])?;
    Ok(row.try_get::<_, i64>(0)?.cast_unsigned())
}

/// A file's place, if it is in the queue.
pub(crate) fn place(session: &mut Session, scope: Scope, path: &str) -> Result<Option<i64>, Fault> {
    let row = session.query_first(PLACE, &[&scope.as_str(), &digest(path).as_slice()])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The files that are next up to `last`, behind one or from the first on.
pub(crate) fn next(
    session: &mut Session,
    scope: Scope,
    last: i64,
    after: Option<&QueuedFile>,
    limit: usize,
) -> Result<Vec<QueuedFile>, Fault> {
    let place = after.map_or(-1, |file| file.place);
    let digest = digest_of(after);
    let digest = digest.as_slice();
    let limit = bounded(limit);
    files(
        session,
        NEXT,
        &[&scope.as_str(), &last, &place, &digest, &limit],
    )
}

/// A page of a scope's files in the order of their digests, which stays while
/// they are checked.
pub(crate) fn survey(
    session: &mut Session,
    scope: Scope,
    after: Option<&QueuedFile>,
    limit: usize,
) -> Result<Vec<QueuedFile>, Fault> {
    let digest = digest_of(after);
    files(
        session,
        SURVEY,
        &[&scope.as_str(), &digest.as_slice(), &bounded(limit)],
    )
}

/// The digest of a file's path; the place before all without one.
fn digest_of(file: Option<&QueuedFile>) -> Vec<u8> {
    file.map(|file| digest(&file.path).to_vec())
        .unwrap_or_default()
}

fn files(
    session: &mut Session,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<QueuedFile>, Fault> {
    let rows = session.query(sql, parameters)?;
    rows.iter()
        .map(|row| {
            Ok(QueuedFile {
                place: row.try_get(0)?,
                path: row.try_get(1)?,
            })
        })
        .collect()
}
