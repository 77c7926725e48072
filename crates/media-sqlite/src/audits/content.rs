//! The paths that were recorded with a content.

use media_schema::{Cursor, StoreError};
use rusqlite::Connection;

use super::path_column::COLUMNS;
use crate::Fault;

/// Rows that are fetched at once.
const PAGE: usize = 64;

/// A page of them: hash by hash, column by column, those that were recorded
/// last first.
///
/// A cursor is the number of the list among these, and a cursor of that list;
/// nothing for its beginning.
pub(crate) fn paths(
    connection: &Connection,
    hashes: &[&str],
    after: Option<&Cursor>,
) -> Result<(Vec<String>, Option<Cursor>), Fault> {
    let lists = hashes
        .iter()
        .flat_map(|hash| COLUMNS.iter().map(move |column| (column, *hash)));
    let (first, mut behind) = parse(after)?;
    let mut paths = Vec::new();
    let mut left = PAGE;
    for (number, (column, hash)) in lists.enumerate().skip(first) {
        if left == 0 {
            return Ok((paths, Some(cursor(number, None))));
        }
        let behind = behind.take();
        if !column.is_there(connection)? {
            continue;
        }
        let list = column.with_hash(hash);
        let page = list.page(connection, left, behind.as_ref(), |row| column.path_of(row))?;
        left -= page.rows.len();
        // A path that is no text cannot be opened, and is reported elsewhere.
        paths.extend(page.rows.into_iter().filter_map(Result::ok));
        if let Some(next) = page.next {
            return Ok((paths, Some(cursor(number, Some(&next)))));
        }
    }
    Ok((paths, None))
}

fn cursor(number: usize, next: Option<&Cursor>) -> Cursor {
    Cursor::new(format!("{number}:{}", next.map_or("", Cursor::as_str)))
}

/// The list that a cursor names, and the place in it.
fn parse(cursor: Option<&Cursor>) -> Result<(usize, Option<Cursor>), StoreError> {
    let Some(cursor) = cursor else {
        return Ok((0, None));
    };
    let parts = cursor.as_str().split_once(':');
    let parsed = parts.and_then(|(number, next)| {
        let next = (!next.is_empty()).then(|| Cursor::new(next));
        Some((number.parse().ok()?, next))
    });
    parsed.ok_or_else(|| StoreError::BadCursor {
        cursor: cursor.as_str().to_owned(),
    })
}
