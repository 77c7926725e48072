//! Which rows to remove.

use std::num::NonZero;

use crate::{Job, JobStore, RowError, StoreError, Timestamp, Walk, Walked};

/// What is to be removed from a store. A row goes only if it meets every
/// criterion that is set; if none is, nothing goes and that is an error.
///
/// ```
/// use std::num::NonZero;
/// use media_schema::{Prune, Timestamp};
///
/// let old_and_gone = Prune {
///     older_than: Timestamp::from_unix_seconds(1_767_225_600.0),
///     missing: true,
///     ..Prune::default()
/// };
/// assert!(old_and_gone.require_criterion().is_ok());
/// assert!(Prune::default().require_criterion().is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prune {
    /// Only rows from before this time.
    pub older_than: Option<Timestamp>,
    /// Only analyses of files that are not there any more, and jobs whose
    /// output is not there any more.
    ///
    /// A file is missing if the system says that there is none of that name. One
    /// that cannot be looked at is not, nor is a relative path: relative to
    /// what, nobody recorded. A job stays if its output is there, whatever
    /// became of the input, and if another recorded job read its output: the
    /// record of where a file came from goes through it.
    pub missing: bool,
    /// Only rows that are not among the newest so many of their kind: of a
    /// path's analyses; of the jobs of an action, input path and parameters.
    pub keep_latest: Option<NonZero<usize>>,
    /// Find what would go, and remove nothing.
    pub dry_run: bool,
}

impl Prune {
    /// Refuses to remove everything.
    ///
    /// # Errors
    /// [`StoreError::NoCriterion`] if no criterion is set.
    pub fn require_criterion(&self) -> Result<(), StoreError> {
        if self.older_than.is_none() && !self.missing && self.keep_latest.is_none() {
            return Err(StoreError::NoCriterion);
        }
        Ok(())
    }
}

/// What went, or in a dry run would go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Rows.
    pub rows: u64,
    /// The bytes of text in them.
    pub bytes: u64,
}

/// What is told while a prune is at work.
#[derive(Debug)]
pub enum PruneEvent<'r, R> {
    /// This row went, or in a dry run would go.
    Goes {
        /// The row.
        row: &'r R,
        /// The bytes of text in it.
        bytes: u64,
    },
    /// This row cannot be read, and stays.
    Unreadable(RowError),
    /// So many more rows were looked at, and all of them that go are gone.
    Looked {
        /// How many.
        rows: u64,
    },
}

impl Prune {
    /// Prunes a store. `each` is told what goes, and may end the prune: what
    /// went before stays gone. `is_missing` looks at a file, while nothing is
    /// locked; what was saved again meanwhile is seen by the removal.
    ///
    /// # Errors
    /// [`StoreError::NoCriterion`]; what `each` returns, or what the store says.
    pub fn run<J: Job, E: From<StoreError>>(
        &self,
        store: &(impl JobStore<J> + ?Sized),
        is_missing: impl Fn(&str) -> bool,
        mut each: impl FnMut(PruneEvent<'_, J::Row>) -> Result<(), E>,
    ) -> Result<Pruned, E> {
        self.require_criterion()?;
        let mut pruned = Pruned::default();
        let mut walk = Walk::default();
        loop {
            let page = walk.next::<J>(store)?;
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
            for gone in self.page::<J>(store, rows, &is_missing)? {
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
    fn page<J: Job>(
        &self,
        store: &(impl JobStore<J> + ?Sized),
        mut rows: Vec<Walked<J::Row>>,
        is_missing: impl Fn(&str) -> bool,
    ) -> Result<Vec<Walked<J::Row>>, StoreError> {
        if let Some(time) = self.older_than {
            rows.retain(|walked| J::created_at(&walked.row) < time);
        }
        if rows.is_empty() {
            return Ok(rows);
        }
        let mut rows = store.prune_rows(rows, self, false)?;
        if self.missing {
            rows.retain(|walked| is_missing(J::subject(&walked.row)));
        }
        if rows.is_empty() || self.dry_run {
            return Ok(rows);
        }
        store.prune_rows(rows, self, true)
    }
}
