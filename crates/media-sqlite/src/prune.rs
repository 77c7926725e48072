//! Removing rows that nobody needs, a page of a walk at a time.
//!
//! Files are looked at between reading and removing, while no lock is held.
//! What was saved, or saved again, meanwhile is seen by the removal, which asks
//! the database everything once more.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::Path;

use media_schema::{Prune, PruneEvent, Pruned, StoreError, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use crate::{ConnectionSource, Fault, Walk, Walked, WalkedPage};

/// A table that can be pruned.
pub trait Prunable {
    /// Its rows.
    type Row;

    /// What is done, for messages.
    const ACTION: &'static str;

    /// The rows of a path, newest first: the `id`, then the columns by which
    /// they are told apart in kinds.
    const NEWEST_OF_PATH: &'static str;

    /// Removes the row of an `id` and a `created_at`.
    const DELETE: &'static str;

    /// The next page of a walk over the table.
    ///
    /// # Errors
    /// What the database says.
    fn page(
        &self,
        connection: &Connection,
        walk: &mut Walk,
    ) -> Result<WalkedPage<Self::Row>, Fault>;

    /// When a row was saved.
    fn created_at(row: &Self::Row) -> Timestamp;

    /// The file that a row is about: it is of no use without.
    fn file(row: &Self::Row) -> &str;

    /// The path that [`NEWEST_OF_PATH`](Self::NEWEST_OF_PATH) takes.
    fn path(row: &Self::Row) -> &str;

    /// A row's values of the further columns of that statement.
    fn kind(row: &Self::Row) -> Vec<Option<&str>>;

    /// Whether another row needs this one, though its file is missing.
    ///
    /// # Errors
    /// What the database says.
    fn is_needed(connection: &Connection, row: &Self::Row) -> Result<bool, Fault>;
}

/// Prunes a table. `each` is told what goes, and may end the prune: what went
/// before stays gone.
///
/// # Errors
/// What `each` returns, or what the database says.
pub fn prune<S, T, E>(
    source: &S,
    table: &T,
    prune: &Prune,
    mut each: impl FnMut(PruneEvent<'_, T::Row>) -> Result<(), E>,
) -> Result<Pruned, E>
where
    S: ConnectionSource,
    T: Prunable,
    E: From<StoreError>,
{
    prune.require_criterion()?;
    let mut pruned = Pruned::default();
    let mut walk = Walk::default();
    loop {
        let page = source.read(T::ACTION, |connection| table.page(connection, &mut walk))?;
        if page.is_empty() {
            return Ok(pruned);
        }
        let looked = page.len() as u64;
        let mut rows = Vec::with_capacity(page.len());
        for Walked { id, bytes, row } in page {
            match row {
                Ok(row) => rows.push(Walked { id, bytes, row }),
                Err(error) => each(PruneEvent::Unreadable(error))?,
            }
        }
        for gone in prune_page::<S, T>(source, rows, prune)? {
            pruned.rows += 1;
            pruned.bytes += gone.bytes;
            each(PruneEvent::Goes {
                row: &gone.row,
                bytes: gone.bytes,
            })?;
        }
        each(PruneEvent::Looked { rows: looked })?;
    }
}

/// Removes what is to go of a page, and returns it.
fn prune_page<S: ConnectionSource, T: Prunable>(
    source: &S,
    mut rows: Vec<Walked<T::Row>>,
    prune: &Prune,
) -> Result<Vec<Walked<T::Row>>, StoreError> {
    if let Some(time) = prune.older_than {
        rows.retain(|walked| T::created_at(&walked.row) < time);
    }
    if rows.is_empty() {
        return Ok(rows);
    }
    let mut rows = source.read(T::ACTION, |connection| {
        dispensable::<T>(connection, rows, prune)
    })?;
    if prune.missing {
        rows.retain(|walked| is_missing(T::file(&walked.row)));
    }
    if rows.is_empty() || prune.dry_run {
        return Ok(rows);
    }
    source.write(T::ACTION, |connection| {
        let mut delete = connection.prepare_cached(T::DELETE)?;
        let mut gone = Vec::with_capacity(rows.len());
        for walked in dispensable::<T>(connection, rows, prune)? {
            let created_at = T::created_at(&walked.row).as_unix_seconds();
            if delete.execute(params![walked.id, created_at])? > 0 {
                gone.push(walked);
            }
        }
        Ok(gone)
    })
}

/// Only if the system says so: a folder that cannot be read hides its files,
/// and what a relative path was relative to is not known. A link is there,
/// wherever it leads.
fn is_missing(path: &str) -> bool {
    let path = Path::new(path);
    path.is_absolute()
        && fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The rows that no criterion which the database knows of keeps.
fn dispensable<T: Prunable>(
    connection: &Connection,
    mut rows: Vec<Walked<T::Row>>,
    prune: &Prune,
) -> Result<Vec<Walked<T::Row>>, Fault> {
    if let Some(latest) = prune.keep_latest {
        let superseded = superseded::<T>(connection, &rows, latest)?;
        let mut superseded = superseded.into_iter();
        rows.retain(|_| superseded.next() == Some(true));
    }
    if !prune.missing {
        return Ok(rows);
    }
    let mut free = Vec::with_capacity(rows.len());
    for walked in rows {
        if !T::is_needed(connection, &walked.row)? {
            free.push(walked);
        }
    }
    Ok(free)
}

/// Whether each row has so many newer ones of its kind.
fn superseded<T: Prunable>(
    connection: &Connection,
    rows: &[Walked<T::Row>],
    latest: NonZero<usize>,
) -> Result<Vec<bool>, Fault> {
    let mut by_path = BTreeMap::<_, Vec<_>>::new();
    for (at, walked) in rows.iter().enumerate() {
        by_path.entry(T::path(&walked.row)).or_default().push(at);
    }
    let mut superseded = vec![false; rows.len()];
    let mut newest = connection.prepare_cached(T::NEWEST_OF_PATH)?;
    let columns = newest.column_count();
    for (path, places) in by_path {
        // Rows of a path are told apart here, so that a pass over them answers
        // for all rows of the page: those cut out of one long file are many.
        let mut kinds = HashMap::new();
        let mut wanted = HashMap::new();
        for at in places {
            let next = kinds.len();
            let kind: Vec<_> = T::kind(&rows[at].row)
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
