//! The paths that were recorded with a content.

use media_schema::Cursor;
use postgres::Row;

use super::place::bad;
use crate::Fault;
use crate::nul::has_nul;
use crate::session::Session;

/// Paths of a page.
const PAGE: usize = 64;

/// The paths of each way to write a hash: of sources, of outputs, of inputs,
/// newest first. For each of the three there is a place from which on they are
/// wanted; where that is NULL, none are. The key of the index is part of the
/// order, so that nothing else is walked.
pub(super) const PATHS: &str = "SELECT row.path, asked.way, row.role, row.created_at, row.id \
     FROM unnest($1::text[], $2::float8[], $3::bigint[], $4::float8[], $5::bigint[], \
     $6::float8[], $7::bigint[]) WITH ORDINALITY AS asked(hash, source_time, source_id, \
     output_time, output_id, input_time, input_id, way) \
     CROSS JOIN LATERAL (\
         (SELECT 0 AS role, file_path AS path, created_at, id FROM analysis_jobs \
         WHERE left(file_hash, 160) = ANY (ARRAY[left(asked.hash, 160)]) \
         AND file_hash = asked.hash \
         AND (created_at, id) < (asked.source_time, asked.source_id) \
         ORDER BY left(file_hash, 160) DESC, created_at DESC, id DESC LIMIT $8) \
         UNION ALL \
         (SELECT 1, output_path, created_at, id FROM processing_jobs \
         WHERE left(output_hash, 160) = ANY (ARRAY[left(asked.hash, 160)]) \
         AND output_hash = asked.hash \
         AND (created_at, id) < (asked.output_time, asked.output_id) \
         ORDER BY left(output_hash, 160) DESC, created_at DESC, id DESC LIMIT $8) \
         UNION ALL \
         (SELECT 2, input_path, created_at, id FROM processing_jobs \
         WHERE left(input_hash, 160) = ANY (ARRAY[left(asked.hash, 160)]) \
         AND input_hash = asked.hash \
         AND (created_at, id) < (asked.input_time, asked.input_id) \
         ORDER BY left(input_hash, 160) DESC, created_at DESC, id DESC LIMIT $8)) AS row \
     ORDER BY asked.way, row.role, row.created_at DESC, row.id DESC LIMIT $8";

/// Lists of a way: sources, outputs, inputs.
const ROLES: usize = 3;

/// A place: the list among all, from 0 on, and the last row of it that was
/// handed out.
#[derive(Debug, Clone, Copy)]
struct Place {
    list: usize,
    created_at: f64,
    id: i64,
}

impl Place {
    /// Before all. `NaN` is greater than any other number here.
    const START: Self = Self {
        list: 0,
        created_at: f64::NAN,
        id: i64::MAX,
    };

    fn of_row(row: &Row) -> Result<Self, Fault> {
        let (way, role): (i64, i32) = (row.try_get(1)?, row.try_get(2)?);
        let list = (way - 1) * 3 + i64::from(role);
        Ok(Self {
            list: usize::try_from(list).unwrap_or(usize::MAX),
            created_at: row.try_get(3)?,
            id: row.try_get(4)?,
        })
    }

    fn cursor(&self) -> Cursor {
        let bits = self.created_at.to_bits();
        Cursor::new(format!("{}:{bits:016x}:{}", self.list, self.id))
    }

    fn of_cursor(cursor: &Cursor) -> Option<Self> {
        let (list, row) = cursor.as_str().split_once(':')?;
        let (bits, id) = row.split_once(':')?;
        let place = Self {
            list: list.parse().ok()?,
            created_at: f64::from_bits(u64::from_str_radix(bits, 16).ok()?),
            id: id.parse().ok()?,
        };
        // As it was written, and not otherwise.
        (place.cursor() == *cursor).then_some(place)
    }

    /// From where on a list is wanted.
    fn of_list(&self, list: usize) -> (Option<f64>, Option<i64>) {
        let Self { created_at, id, .. } = match list.cmp(&self.list) {
            std::cmp::Ordering::Less => return (None, None),
            std::cmp::Ordering::Equal => *self,
            std::cmp::Ordering::Greater => Self::START,
        };
        (Some(created_at), Some(id))
    }
}

/// A page of them: hash by hash, column by column, those that were recorded
/// last first.
pub(crate) fn paths(
    session: &mut Session,
    hashes: &[&str],
    after: Option<&Cursor>,
) -> Result<(Vec<String>, Option<Cursor>), Fault> {
    let place = match after {
        None => Place::START,
        Some(cursor) => Place::of_cursor(cursor)
            .filter(|place| place.list < hashes.len() * ROLES)
            .ok_or_else(|| bad(cursor))?,
    };
    let places = |role| -> (Vec<_>, Vec<_>) {
        (0..hashes.len())
            .map(|way| place.of_list(way * ROLES + role))
            .unzip()
    };
    let [sources, outputs, inputs] = [places(0), places(1), places(2)];
    let known: Vec<_> = hashes
        .iter()
        .map(|hash| (!has_nul(hash)).then_some(*hash))
        .collect();
    // One more, to know whether there is one.
    let limit = super::bounded(PAGE + 1);
    let rows = session.query(
        PATHS,
        &[
            &known, &sources.0, &sources.1, &outputs.0, &outputs.1, &inputs.0, &inputs.1, &limit,
        ],
    )?;
    let mut paths = Vec::with_capacity(PAGE);
    for row in rows.iter().take(PAGE) {
        paths.push(row.try_get(0)?);
    }
    let next = match rows.get(PAGE - 1) {
        Some(last) if rows.len() > PAGE => Some(Place::of_row(last)?.cursor()),
        _ => None,
    };
    Ok((paths, next))
}
