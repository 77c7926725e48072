//! Transactions: the guard that every write runs in, and the source that lets
//! several stores share one.

use std::path::Path;
use std::time::{Duration, Instant};

use media_schema::{StoreError, Table};
use rusqlite::Connection;

use crate::connection::{is_busy, sleep};
use crate::jobs::{KnownShape, RemembersShape};
use crate::{ConnectionSource, Fault, OpenError, bootstrap};

/// How long a writer that found the lock taken waits before it asks again: at
/// first, and when it has waited for long.
const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(5);

/// A write transaction that rolls back unless it is committed, by whatever way
/// its scope is left.
///
/// IMMEDIATE, because a read that turns into a write fails at once, whatever
/// the timeout, if anybody wrote in between.
#[derive(Debug)]
pub(crate) struct Immediate<'c> {
    connection: &'c Connection,
}

impl<'c> Immediate<'c> {
    /// Waits for the write lock up to the connection's own timeout.
    pub(crate) fn begin(connection: &'c Connection) -> rusqlite::Result<Self> {
        run(connection, "BEGIN IMMEDIATE")?;
        Ok(Self { connection })
    }

    /// Waits for the write lock for at most `patience`, which is the connection's
    /// own timeout too.
    ///
    /// SQLite's own handler asks again after up to 100 ms, so that of several
    /// processes that save, all may sleep while nobody does. This asks sooner,
    /// and not so soon that those who ask as SQLite does never find it free.
    pub(crate) fn begin_soon(
        connection: &'c Connection,
        patience: Duration,
    ) -> rusqlite::Result<Self> {
        connection.busy_timeout(Duration::ZERO)?;
        let begun = Self::begin_within(connection, patience);
        connection.busy_timeout(patience)?;
        begun
    }

    fn begin_within(connection: &'c Connection, patience: Duration) -> rusqlite::Result<Self> {
        let started = Instant::now();
        loop {
            match Self::begin(connection) {
                Err(error) if is_busy(&error) => {
                    let waited = started.elapsed();
                    let left = patience.saturating_sub(waited);
                    if left.is_zero() {
                        return Err(error);
                    }
                    sleep((waited / 8).clamp(SOON, LATE).min(left));
                }
                begun => return begun,
            }
        }
    }

    pub(crate) fn commit(self) -> rusqlite::Result<()> {
        // On failure the drop rolls back what is still open.
        run(self.connection, "COMMIT")
    }
}

impl Drop for Immediate<'_> {
    fn drop(&mut self) {
        if !self.connection.is_autocommit() {
            // A failure leaves the transaction to SQLite, which rolls it back
            // with the connection; there is nobody to tell.
            let _ = run(self.connection, "ROLLBACK");
        }
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// One write transaction as a [`ConnectionSource`]: stores put on it save
/// together or not at all. Made by [`Database::transaction`](crate::Database::transaction).
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
    path: &'c Path,
    shape: KnownShape,
}

impl<'c> Transaction<'c> {
    pub(crate) fn new(connection: &'c Connection, path: &'c Path, shape: KnownShape) -> Self {
        Self {
            connection,
            path,
            shape,
        }
    }

    fn fault(&self, fault: Fault, action: &'static str) -> StoreError {
        fault.into_store_error(self.path, action, Duration::ZERO)
    }

    /// Some errors (a full disk, a peer's trigger) roll the whole transaction
    /// back. What followed would be committed by itself.
    fn require_begun(&self, action: &'static str) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            return Err(StoreError::Backend {
                database: self.path.display().to_string(),
                action,
                source: "an earlier error rolled the transaction back: run it again".into(),
            });
        }
        Ok(())
    }
}

impl ConnectionSource for Transaction<'_> {
    fn path(&self) -> &Path {
        self.path
    }

    fn ensure_table(&self, table: &'static Table) -> Result<(), OpenError> {
        if bootstrap::is_complete(self.connection, self.path, table)? {
            return Ok(());
        }
        bootstrap::create(self.connection, self.path, table)
    }

    fn read<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.require_begun(action)?;
        run(self.connection).map_err(|fault| self.fault(fault, action))
    }

    /// Runs in a savepoint, so that a call that fails leaves nothing behind
    /// while the transaction goes on.
    fn write<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.require_begun(action)?;
        let savepoint =
            Savepoint::begin(self.connection).map_err(|error| self.fault(error.into(), action))?;
        let value = run(self.connection).map_err(|fault| self.fault(fault, action))?;
        savepoint
            .release()
            .map_err(|error| self.fault(error.into(), action))?;
        Ok(value)
    }
}

impl RemembersShape for Transaction<'_> {
    fn known_shape(&self) -> &KnownShape {
        &self.shape
    }
}

/// Reads as of one moment: what others write meanwhile is not seen. Works
/// inside a [`Transaction`] too.
///
/// # Errors
/// What the closure returns, or what the database says.
pub fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let savepoint = Savepoint::begin(connection)?;
    let value = read(connection)?;
    savepoint.release()?;
    Ok(value)
}

/// A savepoint that rolls back unless it is released.
#[derive(Debug)]
struct Savepoint<'c> {
    connection: &'c Connection,
    released: bool,
}

impl<'c> Savepoint<'c> {
    fn begin(connection: &'c Connection) -> rusqlite::Result<Self> {
        run(connection, "SAVEPOINT media_store")?;
        Ok(Self {
            connection,
            released: false,
        })
    }

    fn release(mut self) -> rusqlite::Result<()> {
        run(self.connection, "RELEASE media_store")?;
        self.released = true;
        Ok(())
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if !self.released && !self.connection.is_autocommit() {
            // As for a transaction: a failure ends in the outer rollback.
            let _ = run(self.connection, "ROLLBACK TO media_store");
            let _ = run(self.connection, "RELEASE media_store");
        }
    }
}
