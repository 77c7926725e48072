//! Walks along the paths that rows name, in the order of their bytes.

use media_schema::{Cursor, NamingRow, Readable, RowError, Scope, Selected, StoreError};
use rusqlite::Connection;

use super::path_column::PathColumn;
use super::path_text::PathText;
use super::queue;
use crate::{ConnectionSource, Fault};

/// Paths that are taken from the rows at once.
const CHUNK: usize = 2000;

/// The rows of a scope from a place on, all of a path together.
pub(crate) fn rows(
    connection: &Connection,
    scope: Scope,
    after: Option<&Cursor>,
) -> Result<(Readable<NamingRow>, Option<Cursor>), Fault> {
    let columns = PathColumn::of(connection, scope)?;
    let from = PathText::of_cursor(after)?;
    let (paths, is_last) = distinct(connection, &columns, &from)?;
    let mut rows = Vec::new();
    let Some(to) = paths.into_iter().next_back() else {
        return Ok((rows, None));
    };
    for column in columns {
        rows.append(&mut column.range(connection, &from, &to)?);
    }
    let next = (!is_last).then(|| to.successor().to_cursor());
    Ok((rows, next))
}

/// The paths alone, without those that cannot be read.
pub(crate) fn paths(
    connection: &Connection,
    scope: Scope,
    after: Option<&Cursor>,
) -> Result<(Vec<String>, Option<Cursor>), Fault> {
    let columns = PathColumn::of(connection, scope)?;
    let from = PathText::of_cursor(after)?;
    let (paths, is_last) = distinct(connection, &columns, &from)?;
    let next = match paths.last() {
        Some(last) if !is_last => Some(last.clone().successor().to_cursor()),
        _ => None,
    };
    let readable = paths.iter().filter_map(PathText::as_str);
    Ok((readable.map(str::to_owned).collect(), next))
}

/// Distinct paths from a place on, sorted, and whether they are the last.
fn distinct(
    connection: &Connection,
    columns: &[&PathColumn],
    from: &PathText,
) -> Result<(Vec<PathText>, bool), Fault> {
    let mut all = Vec::new();
    // Behind the end of a chunk of one column, others may have more to say.
    let mut end: Option<PathText> = None;
    for column in columns {
        let paths = column.paths(connection, from, CHUNK)?;
        if paths.len() == CHUNK
            && let Some(last) = paths.last()
            && end.as_ref().is_none_or(|end| last < end)
        {
            end = Some(last.clone());
        }
        all.extend(paths);
    }
    if let Some(end) = &end {
        all.retain(|path| path <= end);
    }
    all.sort_unstable();
    all.dedup();
    Ok((all, end.is_none()))
}

/// The rows that name each path, or those of each job.
pub(crate) fn rows_of(
    connection: &Connection,
    scope: Scope,
    selected: &[Selected],
) -> Result<Vec<Readable<NamingRow>>, Fault> {
    let columns = PathColumn::of(connection, scope)?;
    let answer = |selected: &Selected| {
        let mut rows = Vec::new();
        for column in &columns {
            rows.append(&mut match selected {
                Selected::Path(path) => column.rows(connection, &PathText::from(path.as_str()))?,
                Selected::Job(job_id) if column.names_jobs() => column.job(connection, job_id)?,
                Selected::Job(_) => Vec::new(),
            });
        }
        Ok(rows)
    };
    selected.iter().map(answer).collect()
}

/// Puts the paths that rows name into a scope's queue, a chunk at a time, and
/// returns the rows whose paths cannot be read.
pub(crate) fn enqueue(
    source: &impl ConnectionSource,
    scope: Scope,
) -> Result<Vec<RowError>, StoreError> {
    const ACTION: &str = "list the recorded paths";
    let columns = source.read(ACTION, |connection| PathColumn::of(connection, scope))?;
    let mut unreadable = Vec::new();
    for column in columns {
        let mut from = PathText::default();
        loop {
            let paths = source.read(ACTION, |connection| {
                let paths = column.paths(connection, &from, CHUNK)?;
                for path in paths.iter().filter(|path| path.as_str().is_none()) {
                    let rows = column.rows(connection, path)?;
                    unreadable.extend(rows.into_iter().filter_map(Result::err));
                }
                Ok(paths)
            })?;
            source.write("queue files for an audit", |connection| {
                queue::add(connection, scope.as_str(), &paths)
            })?;
            match paths.into_iter().next_back() {
                Some(last) => from = last.successor(),
                None => break,
            }
        }
    }
    Ok(unreadable)
}
