//! Where an audit's files come from.

use std::collections::VecDeque;

use media_schema::{
    BegunAudit, Cursor, FixityBackend, QueuedFile, RowError, Scope, Selected, StoreError,
};

use crate::error::AuditError;
use crate::recorded::{NamedFile, readable};

/// Where an audit's files come from.
#[derive(Debug)]
pub(crate) enum Files {
    /// A scope's queue, oldest check first.
    Queue(Queue),
    /// The rows themselves, a page at a time: if nothing is kept.
    Sweep(Sweep),
    /// A selection.
    List(VecDeque<NamedFile>),
}

/// The files of a selection, and its rows that cannot be read.
pub(crate) fn select(
    backend: &(impl FixityBackend + ?Sized),
    scope: Scope,
    selection: &[Selected],
) -> Result<(VecDeque<NamedFile>, Vec<RowError>), AuditError> {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    let answers = backend.rows_of(scope, selection)?;
    for (selected, rows) in selection.iter().zip(answers) {
        if rows.is_empty() {
            return Err(match selected.clone() {
                Selected::Path(path) => AuditError::UnknownPath { path },
                Selected::Job(job_id) => AuditError::UnknownJob { job_id },
            });
        }
        found.append(&mut readable(rows, &mut unreadable));
    }
    Ok((NamedFile::group(found), unreadable))
}

/// Whether a row of a scope names a path, to the letter.
///
/// # Errors
/// What the database says.
pub fn is_recorded(
    backend: &(impl FixityBackend + ?Sized),
    scope: Scope,
    path: &str,
) -> Result<bool, StoreError> {
    let answers = backend.rows_of(scope, &[Selected::Path(path.to_owned())])?;
    Ok(answers.iter().any(|rows| !rows.is_empty()))
}

/// A walk along a queue.
#[derive(Debug)]
pub(crate) struct Queue {
    scope: Scope,
    /// Where the queue ends for this audit.
    last_place: i64,
    /// The last file that was fetched.
    after: Option<QueuedFile>,
    page: VecDeque<QueuedFile>,
}

impl Queue {
    /// Files that are fetched at once.
    const PAGE: usize = 256;

    pub(crate) fn new(scope: Scope, last_place: i64) -> Self {
        Self {
            scope,
            last_place,
            after: None,
            page: VecDeque::new(),
        }
    }

    /// The path of the next file.
    pub(crate) fn next(
        &mut self,
        backend: &(impl FixityBackend + ?Sized),
    ) -> Result<Option<String>, StoreError> {
        if self.page.is_empty() {
            let after = self.after.as_ref();
            let page = backend.queued(self.scope, self.last_place, after, Self::PAGE)?;
            self.page = page.into();
            if let Some(last) = self.page.back() {
                self.after = Some(last.clone());
            }
        }
        Ok(self.page.pop_front().map(|file| file.path))
    }

    /// Takes out a file whose turn came early.
    pub(crate) fn forget(&mut self, path: &str) {
        self.page.retain(|waiting| waiting.path != path);
    }
}

/// A walk along the rows of a scope.
#[derive(Debug)]
pub(crate) struct Sweep {
    scope: Scope,
    after: Option<Cursor>,
    is_last: bool,
    files: VecDeque<NamedFile>,
}

impl Sweep {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            scope,
            after: None,
            is_last: false,
            files: VecDeque::new(),
        }
    }

    /// The next files, as many as `most`, and none only at the end;
    /// `unreadable` gets the rows that cannot be read.
    pub(crate) fn next(
        &mut self,
        backend: &(impl FixityBackend + ?Sized),
        most: usize,
        unreadable: &mut Vec<RowError>,
    ) -> Result<Vec<NamedFile>, StoreError> {
        while self.files.is_empty() && !self.is_last {
            let (rows, after) = backend.naming_rows(self.scope, self.after.as_ref())?;
            self.files = NamedFile::group(readable(rows, unreadable));
            self.is_last = after.is_none();
            self.after = after;
        }
        Ok(first(&mut self.files, most))
    }
}

/// Takes the first files off a list.
pub(crate) fn first(files: &mut VecDeque<NamedFile>, most: usize) -> Vec<NamedFile> {
    files.drain(..most.min(files.len())).collect()
}

/// Files beside each other in a page of a survey.
const PAGE: usize = 500;

/// Calls `count` with each file that an audit is about to check, however many
/// it has checked meanwhile. Without one that is kept, with each that is named.
pub(crate) fn survey(
    backend: &(impl FixityBackend + ?Sized),
    scope: Scope,
    audit: Option<&BegunAudit>,
    // The last place in the queue when this run began.
    last_place: i64,
    mut count: impl FnMut(&str) -> bool,
) -> Result<bool, StoreError> {
    let Some(audit) = audit else {
        let mut after = None;
        loop {
            let (paths, next) = backend.named_paths(scope, after.as_ref())?;
            if !paths.iter().map(String::as_str).all(&mut count) {
                return Ok(false);
            }
            if next.is_none() {
                return Ok(true);
            }
            after = next;
        }
    };
    let mut after = None;
    loop {
        let mut page = backend.survey_queue(scope, after.as_ref(), PAGE)?;
        for QueuedFile { place, path } in &page {
            let was_checked_before = (audit.last_place + 1..=last_place).contains(place);
            if !was_checked_before && !count(path) {
                return Ok(false);
            }
        }
        after = page.pop();
        if after.is_none() {
            return Ok(true);
        }
    }
}
