//! The table `fixity_files`: which file is next.

use media_schema::{QueuedFile, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::path_text::PathText;
use crate::Fault;

pub(crate) const ADD: &str =
    "INSERT OR IGNORE INTO fixity_files (scope, path, place) VALUES (?1, ?2, 0)";

pub(crate) const LAST_PLACE: &str = "SELECT max(place) FROM fixity_files WHERE scope = ?1";

pub(crate) const NEXT: &str = "SELECT place, path FROM fixity_files \
     WHERE scope = ?1 AND place <= ?2 AND (place, path) > (?3, ?4) ORDER BY place, path LIMIT ?5";

pub(crate) const LEFT: &str = "SELECT count(*) FROM fixity_files WHERE scope = ?1 AND place <= ?2";

pub(crate) const PLACE: &str = "SELECT place FROM fixity_files WHERE scope = ?1 AND path = ?2";

pub(crate) const MOVE: &str =
    "UPDATE fixity_files SET place = ?1, checked_at = ?2 WHERE scope = ?3 AND path = ?4";

pub(crate) const REMOVE: &str = "DELETE FROM fixity_files WHERE scope = ?1 AND path = ?2";

/// All of a scope, for their number and sizes.
pub(crate) const SURVEY: &str = "SELECT place, path FROM fixity_files \
     WHERE scope = ?1 AND path > ?2 ORDER BY path LIMIT ?3";

/// Adds the paths that are not in it yet.
pub(crate) fn add(connection: &Connection, scope: &str, paths: &[PathText]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(ADD)?;
    for path in paths.iter().filter_map(PathText::as_str) {
        statement.execute(params![scope, path])?;
    }
    Ok(())
}

/// The highest place, 0 if none was ever checked.
pub(crate) fn last_place(connection: &Connection, scope: &str) -> Result<i64, Fault> {
    let place: Option<i64> = connection
        .prepare_cached(LAST_PLACE)?
        .query_row([scope], |row| row.get(0))?;
    Ok(place.unwrap_or(0))
}

/// How many are not behind `last`.
pub(crate) fn left(connection: &Connection, scope: &str, last: i64) -> Result<u64, Fault> {
    let count: i64 = connection
        .prepare_cached(LEFT)?
        .query_row(params![scope, last], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// A file's place, if it is in the queue.
pub(crate) fn place(
    connection: &Connection,
    scope: &str,
    path: &str,
) -> Result<Option<i64>, Fault> {
    let place = connection
        .prepare_cached(PLACE)?
        .query_row([scope, path], |row| row.get(0))
        .optional()?;
    Ok(place)
}

/// Moves files to the end, each behind the one before.
pub(crate) fn move_to_end(
    connection: &Connection,
    scope: &str,
    last: i64,
    now: Timestamp,
    paths: &[&str],
) -> Result<(), Fault> {
    let mut place = last_place(connection, scope)?.max(last);
    let mut statement = connection.prepare_cached(MOVE)?;
    for path in paths {
        place += 1;
        statement.execute(params![place, now.as_unix_seconds(), scope, path])?;
    }
    Ok(())
}

pub(crate) fn remove(connection: &Connection, scope: &str, path: &str) -> Result<(), Fault> {
    connection.prepare_cached(REMOVE)?.execute([scope, path])?;
    Ok(())
}

/// The files that are next up to `last`, behind one or from the first on.
pub(crate) fn next(
    connection: &Connection,
    scope: &str,
    last: i64,
    after: Option<&QueuedFile>,
    limit: usize,
) -> Result<Vec<QueuedFile>, Fault> {
    let (place, path) = after.map_or((-1, ""), |file| (file.place, &file.path));
    let values = params![scope, last, place, path, bounded(limit)];
    files(connection, NEXT, values)
}

/// A page of a scope's files in the order of their paths, which stays while
/// they are checked.
pub(crate) fn survey(
    connection: &Connection,
    scope: &str,
    after: Option<&QueuedFile>,
    limit: usize,
) -> Result<Vec<QueuedFile>, Fault> {
    let path = after.map_or("", |file| &file.path);
    files(connection, SURVEY, params![scope, path, bounded(limit)])
}

fn files(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<QueuedFile>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let files = statement.query_map(values, |row| {
        Ok(QueuedFile {
            place: row.get(0)?,
            path: row.get(1)?,
        })
    })?;
    Ok(files.collect::<rusqlite::Result<_>>()?)
}

fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
