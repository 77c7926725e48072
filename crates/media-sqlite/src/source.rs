//! What a store needs of a database: a connection to read, one to write.

use std::path::Path;

use media_schema::{StoreError, Table};
use rusqlite::Connection;

use crate::{Fault, OpenError};

/// A source of connections, for the stores' statements.
///
/// A [`Database`](crate::Database) lends one of its pool; a
/// [`Transaction`](crate::Transaction) lends its own. `action` says in a few
/// words what is done, for messages: `save an analysis`.
pub trait ConnectionSource {
    /// The absolute path of the database.
    fn path(&self) -> &Path;

    /// Creates a table of ours, with its indexes, where it is missing.
    ///
    /// # Errors
    /// If that fails, or the source is read-only and the table is not there.
    fn ensure_table(&self, table: &'static Table) -> Result<(), OpenError>;

    /// Lends a connection for reading. Short: results are collected whole.
    ///
    /// # Errors
    /// What the closure returns, or what the database says.
    fn read<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError>;

    /// Lends a connection inside a write transaction, which is committed if
    /// the closure succeeds and otherwise leaves nothing behind.
    ///
    /// # Errors
    /// What the closure returns, or what the database says.
    fn write<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError>;
}

impl<S: ConnectionSource> ConnectionSource for &S {
    fn path(&self) -> &Path {
        (**self).path()
    }

    fn ensure_table(&self, table: &'static Table) -> Result<(), OpenError> {
        (**self).ensure_table(table)
    }

    fn read<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        (**self).read(action, run)
    }

    fn write<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        (**self).write(action, run)
    }
}
