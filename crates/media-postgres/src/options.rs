//! How a database on a server is opened.

use std::time::Duration;

use crate::{ConnectError, PostgresDatabase};

/// Options for opening a [`PostgresDatabase`], and the call that does.
///
/// | option | default |
/// |---|---|
/// | [`connections`](Self::connections) | 8 |
/// | [`timeout`](Self::timeout) | 60 s |
/// | [`read_only`](Self::read_only) | `false` |
#[derive(Debug, Clone)]
#[must_use = "options open nothing until `open` is called"]
pub struct ConnectOptions {
    pub(crate) connections: u32,
    pub(crate) timeout: Duration,
    pub(crate) read_only: bool,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ConnectOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            connections: 8,
            timeout: Duration::from_secs(60),
            read_only: false,
        }
    }

    /// Sets how many threads can ask the server at once; further ones wait
    /// their turn. Connections are made when they are first needed. One more
    /// holds the claims of this process, if it has any.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// Sets how long a call waits for a lock or a connection, or for a server
    /// that has gone to come back, before it gives up with an error; at most
    /// `i32::MAX` milliseconds. A connection is waited for a second at least. An
    /// answer that a server never gives is waited for without end.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Opens for reading only: the tables must exist, and a standby will do.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Opens the database at an address, and creates our tables in it if there
    /// are none and [`read_only`](Self::read_only) is not set.
    ///
    /// The address is one that libpq takes, and begins with `postgres://` or
    /// `postgresql://`: several hosts, `sslmode`, `sslrootcert`, `options` and
    /// so on mean what they mean there
    /// (<https://www.postgresql.org/docs/current/libpq-connect.html>). A password
    /// that it does not have is taken from the variable `PGPASSWORD`. Of several
    /// hosts the one that takes writes is used; when that ends, the others are
    /// tried.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn open(&self, address: &str) -> Result<PostgresDatabase, ConnectError> {
        PostgresDatabase::open(address, self)
    }

    pub(crate) fn validate(&self) -> Result<(), ConnectError> {
        if self.connections == 0 {
            return Err(ConnectError::InvalidOption {
                option: "connections",
                problem: "at least one is needed",
            });
        }
        if self.timeout.as_millis() > i32::MAX as u128 {
            return Err(ConnectError::InvalidOption {
                option: "timeout",
                problem: "at most 2147483647 ms (24.8 days)",
            });
        }
        Ok(())
    }
}
