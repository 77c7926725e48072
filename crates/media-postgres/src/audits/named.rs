//! Walks along the paths that rows name, in the order of their digests.

use media_schema::{Cursor, JobName, NamingRow, Readable, Role, RowError, Scope, Selected};
use postgres::Row;

use super::place::{behind, digest_of};
use super::queue::tables;
use crate::Fault;
use crate::column::RowReader;
use crate::digest::digest;
use crate::session::Session;

const JOBS: &str = "processing_jobs";

/// Paths of a page.
const PAGE: i64 = 2000;

/// The first paths behind a digest. So many of each column hold so many of all.
macro_rules! paths {
    () => {
        "SELECT DISTINCT ON (digest) digest, path FROM (\
             (SELECT DISTINCT ON (path_digest) path_digest AS digest, file_path AS path \
             FROM analysis_jobs WHERE $1 AND path_digest > $3 ORDER BY path_digest LIMIT $4) \
             UNION ALL \
             (SELECT DISTINCT ON (output_path_digest) output_path_digest, output_path \
             FROM processing_jobs WHERE $2 AND output_path_digest > $3 \
             ORDER BY output_path_digest LIMIT $4) \
             UNION ALL \
             (SELECT DISTINCT ON (input_path_digest) input_path_digest, input_path \
             FROM processing_jobs WHERE $2 AND input_path_digest > $3 \
             ORDER BY input_path_digest LIMIT $4)) AS named \
         ORDER BY digest LIMIT $4"
    };
}

pub(super) const PATHS: &str = paths!();

/// All rows of these paths, in their order.
pub(super) const ROWS: &str = concat!(
    "WITH page AS MATERIALIZED (",
    paths!(),
    "), last AS MATERIALIZED (SELECT digest FROM page ORDER BY digest DESC LIMIT 1) \
     SELECT id, file_path, file_hash, NULL AS job_id, 0 AS role, path_digest AS digest \
     FROM analysis_jobs \
     WHERE $1 AND path_digest > $3 AND path_digest <= (SELECT digest FROM last) \
     UNION ALL SELECT id, output_path, output_hash, job_id, 1, output_path_digest \
     FROM processing_jobs \
     WHERE $2 AND output_path_digest > $3 AND output_path_digest <= (SELECT digest FROM last) \
     UNION ALL SELECT id, input_path, input_hash, job_id, 2, input_path_digest \
     FROM processing_jobs \
     WHERE $2 AND input_path_digest > $3 AND input_path_digest <= (SELECT digest FROM last) \
     ORDER BY digest, role, id"
);

/// The rows of each path, or of each job; what is not asked for is NULL, and is
/// found nowhere.
pub(super) const ROWS_OF: &str = "SELECT row.id, row.path, row.hash, row.job_id, row.role, asked.number \
     FROM unnest($3::bytea[], $4::bytea[]) WITH ORDINALITY AS asked(path, job, number) \
     CROSS JOIN LATERAL (\
         SELECT id, file_path AS path, file_hash AS hash, NULL AS job_id, 0 AS role \
         FROM analysis_jobs WHERE $1 AND path_digest = asked.path \
         UNION ALL SELECT id, output_path, output_hash, job_id, 1 \
         FROM processing_jobs WHERE $2 AND output_path_digest = asked.path \
         UNION ALL SELECT id, input_path, input_hash, job_id, 2 \
         FROM processing_jobs WHERE $2 AND input_path_digest = asked.path \
         UNION ALL SELECT id, output_path, output_hash, job_id, 1 \
         FROM processing_jobs WHERE $2 AND job_digest = asked.job \
         UNION ALL SELECT id, input_path, input_hash, job_id, 2 \
         FROM processing_jobs WHERE $2 AND job_digest = asked.job) AS row \
     ORDER BY asked.number, row.role, row.id";

/// The distinct paths of a scope behind a place.
pub(crate) fn paths(
    session: &mut Session,
    scope: Scope,
    after: Option<&Cursor>,
) -> Result<(Vec<String>, Option<Cursor>), Fault> {
    let after = digest_of(after)?;
    let (analyses, jobs) = tables(scope);
    let rows = session.query(PATHS, &[&analyses, &jobs, &after, &PAGE])?;
    let mut paths = Vec::with_capacity(rows.len());
    for row in &rows {
        paths.push(row.try_get(1)?);
    }
    let next = match rows.last() {
        Some(last) if rows.len() as u64 >= PAGE.cast_unsigned() => Some(behind(last.try_get(0)?)),
        _ => None,
    };
    Ok((paths, next))
}

/// The rows of a scope behind a place, all of a path together.
pub(crate) fn rows(
    session: &mut Session,
    scope: Scope,
    after: Option<&Cursor>,
) -> Result<(Readable<NamingRow>, Option<Cursor>), Fault> {
    let after = digest_of(after)?;
    let (analyses, jobs) = tables(scope);
    let rows = session.query(ROWS, &[&analyses, &jobs, &after, &PAGE])?;
    let mut naming = Vec::with_capacity(rows.len());
    let mut last: &[u8] = &[];
    let mut paths = 0;
    for row in &rows {
        let digest = row.try_get(5)?;
        if digest != last {
            paths += 1;
            last = digest;
        }
        naming.push(naming_row(row)?);
    }
    let next = (paths >= PAGE).then(|| behind(last));
    Ok((naming, next))
}

/// The rows that name each path, or those of each job.
pub(crate) fn rows_of(
    session: &mut Session,
    scope: Scope,
    selected: &[Selected],
) -> Result<Vec<Readable<NamingRow>>, Fault> {
    let mut answers: Vec<_> = selected.iter().map(|_| Vec::new()).collect();
    let digests: Vec<_> = selected
        .iter()
        .map(|selected| match selected {
            Selected::Path(path) => (Some(digest(path)), None),
            Selected::Job(job_id) => (None, Some(digest(job_id))),
        })
        .collect();
    let (analyses, jobs) = tables(scope);
    let (by_path, by_job): (Vec<_>, Vec<_>) = digests
        .iter()
        .map(|(path, job)| {
            let slice = <[u8; 32]>::as_slice;
            (path.as_ref().map(slice), job.as_ref().map(slice))
        })
        .unzip();
    let rows = session.query(ROWS_OF, &[&analyses, &jobs, &by_path, &by_job])?;
    for row in &rows {
        let number: i64 = row.try_get(5)?;
        let answer = usize::try_from(number - 1)
            .ok()
            .and_then(|index| answers.get_mut(index));
        if let Some(answer) = answer {
            answer.push(naming_row(row)?);
        }
    }
    Ok(answers)
}

fn naming_row(row: &Row) -> Result<Result<NamingRow, RowError>, Fault> {
    let role = match row.try_get(4)? {
        0 => Role::Source,
        1 => Role::Output,
        _ => Role::Input,
    };
    Ok(decode(row, role))
}

fn decode(row: &Row, role: Role) -> Result<NamingRow, RowError> {
    let (table, columns): (_, &[_]) = match role {
        Role::Source => ("analysis_jobs", &["id", "file_path", "file_hash"]),
        Role::Input => (JOBS, &["id", "input_path", "input_hash", "job_id"]),
        Role::Output => (JOBS, &["id", "output_path", "output_hash", "job_id"]),
    };
    let columns = RowReader::new(row, table, columns)?;
    let id = columns.id();
    Ok(NamingRow {
        path: columns.text(1)?,
        role,
        hash: columns.hash(2)?,
        job: match role {
            Role::Source => JobName::Analysis { id },
            Role::Input | Role::Output => JobName::Processing {
                id,
                job_id: columns.text(3)?,
            },
        },
    })
}
