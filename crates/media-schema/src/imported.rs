//! What importing a row did.

/// What an import did with a row. Importing the same rows again changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Imported {
    /// The row is new.
    Inserted,
    /// An older row gave way: it keeps its `id` and has the new values.
    Replaced,
    /// The same row was there.
    Unchanged,
    /// What was there stays, for it is newer, or as new.
    Kept,
    /// What was there stays, though it is another job of that name, or a row
    /// that cannot be read; or what this belongs to is not there.
    Conflict,
}
