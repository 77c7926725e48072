//! The one connection that writes, and the queue for it.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

/// A connection that one thread has at a time. Waiting for it is bounded, which
/// waiting for a mutex alone is not.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Mutex<Connection>,
    /// Whether somebody has the connection.
    is_taken: Mutex<bool>,
    returned: Condvar,
}

impl Writer {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection: Mutex::new(connection),
            is_taken: Mutex::new(false),
            returned: Condvar::new(),
        }
    }

    /// Takes the connection, or `None` if it did not come back in time.
    pub(crate) fn take(&self, timeout: Duration) -> Option<Taken<'_>> {
        let (mut is_taken, _) = self
            .returned
            .wait_timeout_while(self.is_taken(), timeout, |is_taken| *is_taken)
            .unwrap_or_else(PoisonError::into_inner);
        if *is_taken {
            return None;
        }
        *is_taken = true;
        Some(Taken {
            // Free: it is this thread's turn. A panic inside a transaction
            // rolled it back on its way out.
            connection: self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
            _turn: Turn(self),
        })
    }

    fn is_taken(&self) -> MutexGuard<'_, bool> {
        self.is_taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection, until this is dropped.
#[derive(Debug)]
pub(crate) struct Taken<'w> {
    connection: MutexGuard<'w, Connection>,
    /// Ends behind the connection's lock.
    _turn: Turn<'w>,
}

impl Deref for Taken<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

#[derive(Debug)]
struct Turn<'w>(&'w Writer);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.is_taken() = false;
        self.0.returned.notify_one();
    }
}
