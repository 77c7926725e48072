//! The contract that every storage backend fulfils.

use std::fmt::Debug;

use crate::error::{RowError, StoreError};
use crate::query::{Page, Query};
use crate::walk::{Walked, WalkedPage};
use crate::{FileRef, Imported, Prune, Table, Timestamp};

/// A kind of job: what identifies one, what is saved, what is read back, and
/// the table that holds it.
///
/// Implemented by the markers [`AnalysisJob`](crate::AnalysisJob) and
/// [`ProcessingJob`](crate::ProcessingJob).
pub trait Job: Sized + 'static {
    /// What identifies one job among its kind.
    type Key<'a>: Copy + Debug;
    /// What is saved.
    type New;
    /// What is read back.
    type Row: Debug;
    /// What a list can be narrowed by; the default keeps everything.
    type Filter: Default;

    /// The table's descriptor.
    const TABLE: &'static Table;

    /// The key under which `new` will be found.
    fn key(new: &Self::New) -> Self::Key<'_>;

    /// A key in words, for messages.
    fn describe(key: Self::Key<'_>) -> String;

    /// The files that a row names, in a fixed order.
    fn files(row: &Self::Row) -> Vec<FileRef<'_>>;

    /// The path of the file that a row is about: it is of no use without.
    fn subject(row: &Self::Row) -> &str;

    /// When a row was saved.
    fn created_at(row: &Self::Row) -> Timestamp;
}

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Saved {
    /// The row is new.
    Inserted,
    /// A row with the same identity was there; it keeps its `id` and has the
    /// new values.
    Replaced,
}

impl Saved {
    /// `inserted` or `replaced`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Replaced => "replaced",
        }
    }
}

/// What lies under a key: a row, none, or one that cannot be read.
pub type Found<R> = Result<Option<R>, RowError>;

/// Rows that were read; one that cannot be is its own error.
pub type Readable<T> = Vec<Result<T, RowError>>;

/// A place where jobs of one kind are kept.
///
/// Object-safe, so that code can hold a `Box<dyn JobStore<AnalysisJob>>`
/// whatever the backend. Every method either does all of what it says or
/// nothing, and may be called from many threads and processes at once. After an
/// error nothing was changed; after [`StoreError::Unavailable`] that is not
/// known, for the connection may have broken before the answer: look again.
///
/// The table must be there ([`Backend::ensure_table`](crate::Backend::ensure_table)):
/// the stores see to that when they are made. Without it a call may be an error.
///
/// A key or a filter may be any text. One that no row can have, with a NUL
/// character say, finds nothing.
pub trait JobStore<J: Job> {
    /// Saves one job. Once this returns, every later read sees it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the kind does not replace; otherwise
    /// what the backend says. A save that the backend repeats because a
    /// connection broke does not conflict with itself.
    fn save(&self, new: &J::New) -> Result<Saved, StoreError>;

    /// Saves all of `new` or, on the first error, none, in the order given.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    fn save_many(&self, new: &[J::New]) -> Result<Vec<Saved>, StoreError>;

    /// The row under a key, or `None`.
    ///
    /// # Errors
    /// [`StoreError::Row`] if the row is there and cannot be read.
    fn get(&self, key: J::Key<'_>) -> Result<Option<J::Row>, StoreError>;

    /// The row under each key, or `None`, in the order of the keys and all as
    /// of one moment.
    ///
    /// # Errors
    /// What the backend says. A row that cannot be read is its own error.
    fn get_many(&self, keys: &[J::Key<'_>]) -> Result<Vec<Found<J::Row>>, StoreError>;

    /// A page of rows, newest first: by `created_at`, then by `id`. With a limit
    /// of 0 it has no rows and no next page.
    ///
    /// # Errors
    /// A row that cannot be read is an error inside the page, not of the page.
    fn list(&self, query: &Query<J::Filter>) -> Result<Page<J::Row>, StoreError>;

    /// How many rows a filter keeps.
    ///
    /// # Errors
    /// What the backend says.
    fn count(&self, filter: &J::Filter) -> Result<u64, StoreError>;

    /// Removes the row under a key; `false` if there was none. It is `true` too
    /// if the connection was lost and there is none now: it may have been removed
    /// by the first try.
    ///
    /// # Errors
    /// What the backend says.
    fn remove(&self, key: J::Key<'_>) -> Result<bool, StoreError>;

    /// The rows whose `id` is `from` or higher, by `id`: as many as are handed
    /// out at once, one at least; none behind the last. At most 10,000 rows, and
    /// at most 16 MiB of text and one row. For [`Walk`](crate::Walk).
    ///
    /// # Errors
    /// What the backend says.
    fn walk(&self, from: i64) -> Result<WalkedPage<J::Row>, StoreError>;

    /// Saves exported rows as they are, all of them or on the first error
    /// none, and says of each what became of it. Their `id`s are passed over.
    ///
    /// Of two rows of a kind that replaces, the newer stays; of two that are as
    /// new, the one that is there. Where the kind does not replace, another row
    /// under the same key is a conflict, and the one that is there stays.
    ///
    /// A text with a NUL character is in no line of an export that can be read
    /// ([`JsonLineError::Nul`](crate::JsonLineError::Nul)). A row that has one all
    /// the same may be refused.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the backend cannot keep a row's text; otherwise
    /// as for [`save_many`](Self::save_many).
    fn import(&self, rows: &[J::Row]) -> Result<Vec<Imported>, StoreError>;

    /// Of `rows`, those that no criterion of `prune` keeps which the database
    /// knows of: not the newest of their kind, not needed by another row. With
    /// `remove` they are removed in the same transaction, and those are
    /// returned that went: one that was saved again since it was read stays. On
    /// a server a row that somebody else saves in the same moment may not be
    /// seen, and so not keep another.
    ///
    /// # Errors
    /// What the backend says.
    fn prune_rows(
        &self,
        rows: Vec<Walked<J::Row>>,
        prune: &Prune,
        remove: bool,
    ) -> Result<Vec<Walked<J::Row>>, StoreError>;
}
