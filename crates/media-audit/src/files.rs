//! Where an audit's files come from.

use std::collections::VecDeque;

use media_schema::{RowError, StoreError};
use media_sqlite::{ConnectionSource, Fault};
use rusqlite::Connection;

use crate::error::AuditError;
use crate::ledger::Ledger;
use crate::queue;
use crate::recorded::{NamedFile, PathColumn, PathText};
use crate::scope::{Scope, Selected};

/// Paths that are taken from the rows at once.
const CHUNK: usize = 2000;

/// Where an audit's files come from.
#[derive(Debug)]
pub(crate) enum Files {
    /// A scope's queue, oldest check first.
    Queue(queue::Walk),
    /// The rows themselves, in the order of their paths: if nothing is kept.
    Sweep(Sweep),
    /// A selection.
    List(VecDeque<NamedFile>),
}

/// Puts the paths that rows name into a scope's queue, a chunk at a time, and
/// returns the rows whose paths cannot be read.
pub(crate) fn enqueue<S: ConnectionSource>(
    source: &S,
    scope: &str,
    columns: &[&'static PathColumn],
) -> Result<Vec<RowError>, StoreError> {
    let mut unreadable = Vec::new();
    for column in columns {
        let mut from = PathText::default();
        loop {
            let paths = source.read("list the recorded paths", |connection| {
                let paths = column.paths(connection, &from, CHUNK)?;
                for path in paths.iter().filter(|path| path.as_str().is_none()) {
                    let rows = column.rows(connection, path)?;
                    unreadable.extend(rows.into_iter().filter_map(Result::err));
                }
                Ok(paths)
            })?;
            source.write("queue files for an audit", |connection| {
                queue::add(connection, scope, &paths)
            })?;
            match paths.into_iter().next_back() {
                Some(last) => from = last.successor(),
                None => break,
            }
        }
    }
    Ok(unreadable)
}

/// The files of a selection, and its rows that cannot be read.
pub(crate) fn select<S: ConnectionSource>(
    source: &S,
    columns: &[&'static PathColumn],
    selection: &[Selected],
) -> Result<(VecDeque<NamedFile>, Vec<RowError>), AuditError> {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for selected in selection {
        let rows = source.read("look for the files to audit", |connection| {
            let mut rows = Vec::new();
            for column in columns {
                rows.extend(match selected {
                    Selected::Path(path) => {
                        let path = PathText::from(path.as_str());
                        column.rows(connection, &path)?
                    }
                    Selected::Job(job_id) if column.names_jobs() => {
                        column.job(connection, job_id)?
                    }
                    Selected::Job(_) => Vec::new(),
                });
            }
            Ok(rows)
        })?;
        if rows.is_empty() {
            return Err(match selected.clone() {
                Selected::Path(path) => AuditError::UnknownPath { path },
                Selected::Job(job_id) => AuditError::UnknownJob { job_id },
            });
        }
        for row in rows {
            match row {
                Ok(row) => found.push(row),
                Err(error) => unreadable.push(error),
            }
        }
    }
    Ok((NamedFile::group(found), unreadable))
}

/// A walk along the paths that rows name.
#[derive(Debug)]
pub(crate) struct Sweep {
    columns: Vec<&'static PathColumn>,
    /// `None` at the end.
    from: Option<PathText>,
    files: VecDeque<NamedFile>,
}

impl Sweep {
    pub(crate) fn new(columns: &[&'static PathColumn]) -> Self {
        Self {
            columns: columns.to_owned(),
            from: Some(PathText::default()),
            files: VecDeque::new(),
        }
    }

    /// The next file; `unreadable` gets the rows that cannot be read.
    pub(crate) fn next(
        &mut self,
        connection: &Connection,
        unreadable: &mut Vec<RowError>,
    ) -> Result<Option<NamedFile>, Fault> {
        while self.files.is_empty()
            && let Some(from) = self.from.take()
        {
            let (paths, is_last) = self.paths(connection, &from)?;
            let Some(to) = paths.into_iter().next_back() else {
                break;
            };
            let mut rows = Vec::new();
            for column in &self.columns {
                for row in column.range(connection, &from, &to)? {
                    match row {
                        Ok(row) => rows.push(row),
                        Err(error) => unreadable.push(error),
                    }
                }
            }
            self.files = NamedFile::group(rows);
            self.from = (!is_last).then(|| to.successor());
        }
        Ok(self.files.pop_front())
    }

    /// The next paths without their rows; empty at the end.
    pub(crate) fn next_paths(&mut self, connection: &Connection) -> Result<Vec<PathText>, Fault> {
        let Some(from) = self.from.take() else {
            return Ok(Vec::new());
        };
        let (paths, is_last) = self.paths(connection, &from)?;
        if !is_last {
            self.from = paths.last().cloned().map(PathText::successor);
        }
        Ok(paths)
    }

    /// Distinct paths from a place on, sorted, and whether they are the last.
    fn paths(
        &self,
        connection: &Connection,
        from: &PathText,
    ) -> Result<(Vec<PathText>, bool), Fault> {
        let mut all = Vec::new();
        // Behind the end of a chunk of one column, others may have more to say.
        let mut end: Option<PathText> = None;
        for column in &self.columns {
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
}

/// Files beside each other in a page of a survey.
const PAGE: i64 = 500;

/// Calls `count` with each file that an audit is about to check, however many
/// it has checked meanwhile.
pub(crate) fn survey<S: ConnectionSource>(
    source: &S,
    columns: &[&'static PathColumn],
    ledger: Option<&Ledger>,
    // The last place in the queue when this run began.
    last_place: i64,
    mut count: impl FnMut(&str) -> bool,
) -> Result<bool, StoreError> {
    const ACTION: &str = "count the files to audit";
    let Some((queue, ledger)) = ledger.and_then(|ledger| Some((ledger.queue?, ledger))) else {
        let mut sweep = Sweep::new(columns);
        loop {
            let paths = source.read(ACTION, |connection| sweep.next_paths(connection))?;
            if paths.is_empty() {
                return Ok(true);
            }
            if !paths.iter().filter_map(PathText::as_str).all(&mut count) {
                return Ok(false);
            }
        }
    };
    let mut after = String::new();
    loop {
        let page = source.read(ACTION, |connection| {
            queue::survey(connection, queue, &after, PAGE)
        })?;
        let Some((last, _)) = page.last() else {
            return Ok(true);
        };
        after.clone_from(last);
        for (path, place) in &page {
            let was_checked_before = (ledger.last_place + 1..=last_place).contains(place);
            if !was_checked_before && !count(path) {
                return Ok(false);
            }
        }
    }
}

/// The columns of the tables that are there.
pub(crate) fn present<S: ConnectionSource>(
    source: &S,
) -> Result<Vec<&'static PathColumn>, StoreError> {
    source.read("look for the tables to audit", PathColumn::present)
}

pub(crate) fn in_scope(columns: &[&'static PathColumn], scope: Scope) -> Vec<&'static PathColumn> {
    let columns = columns.iter().copied();
    columns.filter(|column| scope.contains(column)).collect()
}
