//! Removing rows that nobody needs: what the database knows of them.
//!
//! Files are looked at between reading and removing, while no lock is held.
//! What was saved, or saved again, meanwhile is seen by the removal, which asks
//! the database everything once more.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZero;

use media_schema::{Job, Prune, StoreError, Walked};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use crate::{ConnectionSource, Fault};

/// A kind of job whose table can be pruned.
pub(crate) trait Prunable: Job {
    /// What is done, for messages.
    const ACTION: &'static str;

    /// The rows of a path, newest first: the `id`, then the columns by which
    /// they are told apart in kinds.
    const NEWEST_OF_PATH: &'static str;

    /// Removes the row of an `id` and a `created_at`.
    const DELETE: &'static str;

    /// The path that [`NEWEST_OF_PATH`](Self::NEWEST_OF_PATH) takes.
    fn path(row: &Self::Row) -> &str;

    /// A row's values of the further columns of that statement.
    fn kind(row: &Self::Row) -> Vec<Option<&str>>;

    /// Whether another row needs this one, though its file is missing.
    fn is_needed(connection: &Connection, row: &Self::Row) -> Result<bool, Fault>;
}

/// Of `rows`, those that nothing in the database keeps; with `remove`, those
/// of them that were removed.
pub(crate) fn prune_rows<J: Prunable>(
    source: &impl ConnectionSource,
    rows: Vec<Walked<J::Row>>,
    prune: &Prune,
    remove: bool,
) -> Result<Vec<Walked<J::Row>>, StoreError> {
    if !remove {
        return source.read(J::ACTION, |connection| {
            dispensable::<J>(connection, rows, prune)
        });
    }
    source.write(J::ACTION, |connection| {
        let mut delete = connection.prepare_cached(J::DELETE)?;
        let mut gone = Vec::with_capacity(rows.len());
        for walked in dispensable::<J>(connection, rows, prune)? {
            let created_at = J::created_at(&walked.row).as_unix_seconds();
            if delete.execute(params![walked.id, created_at])? > 0 {
                gone.push(walked);
            }
        }
        Ok(gone)
    })
}

/// The rows that no criterion which the database knows of keeps.
fn dispensable<J: Prunable>(
    connection: &Connection,
    mut rows: Vec<Walked<J::Row>>,
    prune: &Prune,
) -> Result<Vec<Walked<J::Row>>, Fault> {
    if let Some(latest) = prune.keep_latest {
        let superseded = superseded::<J>(connection, &rows, latest)?;
        let mut superseded = superseded.into_iter();
        rows.retain(|_| superseded.next() == Some(true));
    }
    if !prune.missing {
        return Ok(rows);
    }
    let mut free = Vec::with_capacity(rows.len());
    for walked in rows {
        if !J::is_needed(connection, &walked.row)? {
            free.push(walked);
        }
    }
    Ok(free)
}

/// Whether each row has so many newer ones of its kind.
fn superseded<J: Prunable>(
    connection: &Connection,
    rows: &[Walked<J::Row>],
    latest: NonZero<usize>,
) -> Result<Vec<bool>, Fault> {
    let mut by_path = BTreeMap::<_, Vec<_>>::new();
    for (at, walked) in rows.iter().enumerate() {
        by_path.entry(J::path(&walked.row)).or_default().push(at);
    }
    let mut superseded = vec![false; rows.len()];
    let mut newest = connection.prepare_cached(J::NEWEST_OF_PATH)?;
    let columns = newest.column_count();
    for (path, places) in by_path {
        // Rows of a path are told apart here, so that a pass over them answers
        // for all rows of the page: those cut out of one long file are many.
        let mut kinds = HashMap::new();
        let mut wanted = HashMap::new();
        for at in places {
            let next = kinds.len();
            let kind: Vec<_> = J::kind(&rows[at].row)
                .into_iter()
                .map(|value| value.map(str::as_bytes))
                .collect();
            let kind = *kinds.entry(kind).or_insert(next);
            wanted.insert(rows[at].id, (at, kind));
        }
        let kinds = kinds;
        let mut seen = vec![0; kinds.len()];
        let mut found = newest.query([path])?;
        while !wanted.is_empty()
            && let Some(row) = found.next()?
        {
            let id: i64 = row.get(0)?;
            if let Some((at, kind)) = wanted.remove(&id) {
                superseded[at] = seen[kind] >= latest.get();
                seen[kind] += 1;
            } else if let Some(kind) = kind_of(row, columns)?.and_then(|kind| kinds.get(&kind)) {
                seen[*kind] += 1;
            }
        }
    }
    Ok(superseded)
}

/// The columns behind the `id`; `None` if one holds what no row that can be
/// read does.
fn kind_of<'r>(
    row: &'r Row<'_>,
    columns: usize,
) -> rusqlite::Result<Option<Vec<Option<&'r [u8]>>>> {
    let mut kind = Vec::with_capacity(columns - 1);
    for column in 1..columns {
        kind.push(match row.get_ref(column)? {
            ValueRef::Text(text) => Some(text),
            ValueRef::Null => None,
            _ => return Ok(None),
        });
    }
    Ok(Some(kind))
}
