//! Walks over whole tables, by `id`, a page at a time.
//!
//! For what is to see every row: export, prune. A page is as of one moment, and
//! is handed out when no connection is held: nobody waits for whoever takes the
//! rows, and no more than a page is held.

use crate::{Job, JobStore, RowError, StoreError};

/// A row that a walk met.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked<R> {
    /// Its `id`.
    pub id: i64,
    /// The bytes of text in it.
    pub bytes: u64,
    /// What it decodes to.
    pub row: R,
}

/// Rows that a walk met; one that cannot be read is its own error.
pub type WalkedPage<R> = Vec<Walked<Result<R, RowError>>>;

/// A walk over a store: written once for every backend.
///
/// Rows that are saved behind its place meanwhile are not met, those with a
/// higher `id` are.
#[derive(Debug)]
pub struct Walk {
    /// The least `id` that is left; `None` behind the last.
    from: Option<i64>,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            from: Some(i64::MIN),
        }
    }
}

impl Walk {
    /// The next page; empty behind the last row.
    ///
    /// # Errors
    /// What the store says.
    pub fn next<J: Job>(
        &mut self,
        store: &(impl JobStore<J> + ?Sized),
    ) -> Result<WalkedPage<J::Row>, StoreError> {
        self.next_by(|from| store.walk(from))
    }

    /// The next page of whatever else is read by `id`: `read` gets the least
    /// one that is left.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn next_by<R>(
        &mut self,
        read: impl FnOnce(i64) -> Result<WalkedPage<R>, StoreError>,
    ) -> Result<WalkedPage<R>, StoreError> {
        let Some(from) = self.from else {
            return Ok(Vec::new());
        };
        let page = read(from)?;
        self.from = page.last().and_then(|last| last.id.checked_add(1));
        Ok(page)
    }
}
