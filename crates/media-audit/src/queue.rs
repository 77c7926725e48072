//! The table `fixity_files`: which file is next.

use std::collections::VecDeque;

use media_schema::Timestamp;
use media_sqlite::Fault;
use rusqlite::{Connection, OptionalExtension, params};

use crate::recorded::PathText;

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
pub(crate) const SURVEY: &str = "SELECT path, place FROM fixity_files \
     WHERE scope = ?1 AND path > ?2 ORDER BY path LIMIT ?3";

/// Files that are taken from the table at once.
const PAGE: i64 = 256;

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
pub(crate) fn move_to_end<'p>(
    connection: &Connection,
    scope: &str,
    last: i64,
    now: Timestamp,
    paths: impl IntoIterator<Item = &'p str>,
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

/// A walk along the queue.
#[derive(Debug)]
pub(crate) struct Walk {
    /// The last file that was fetched.
    after: (i64, String),
    page: VecDeque<(i64, String)>,
}

impl Walk {
    pub(crate) fn new() -> Self {
        Self {
            after: (-1, String::new()),
            page: VecDeque::new(),
        }
    }

    /// The next file that is not behind `last`.
    pub(crate) fn next(
        &mut self,
        connection: &Connection,
        scope: &str,
        last: i64,
    ) -> Result<Option<String>, Fault> {
        if self.page.is_empty() {
            let (place, path) = &self.after;
            let mut statement = connection.prepare_cached(NEXT)?;
            self.page = statement
                .query_map(params![scope, last, place, path, PAGE], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            if let Some(last) = self.page.back() {
                self.after = last.clone();
            }
        }
        Ok(self.page.pop_front().map(|(_, path)| path))
    }

    /// Takes out a file whose turn came early.
    pub(crate) fn forget(&mut self, path: &str) {
        self.page.retain(|(_, waiting)| waiting != path);
    }
}

/// A page of a scope's files behind a path, with their places.
pub(crate) fn survey(
    connection: &Connection,
    scope: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>, Fault> {
    let mut statement = connection.prepare_cached(SURVEY)?;
    let page = statement.query_map(params![scope, after, limit], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(page.collect::<rusqlite::Result<_>>()?)
}
