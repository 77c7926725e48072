//! Why there is no connection to a server.

use std::error::Error as StdError;
use std::time::Duration;

use thiserror::Error;

use crate::Difference;

type Source = Box<dyn StdError + Send + Sync>;

/// Why a database on a server could not be opened. It was left as it was.
///
/// No message holds a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address cannot be read. It is not repeated here, for it may hold a
    /// password.
    #[error(
        "the address of the server cannot be read: {problem}; \
         it is like postgres://user@host:5432/database"
    )]
    Address {
        /// What is wrong with it.
        problem: String,
    },
    /// An option that cannot hold.
    #[error("option {option} cannot hold: {problem}")]
    InvalidOption {
        /// The option.
        option: &'static str,
        /// What it takes.
        problem: &'static str,
    },
    /// A certificate or key cannot be used.
    #[error("cannot use {what}")]
    Certificate {
        /// The file, or what else it is.
        what: String,
        /// Why not.
        source: Source,
    },
    /// Nobody answers there.
    #[error("{server} cannot be reached: check the address, the network and the server")]
    Unreachable {
        /// The address.
        server: String,
        /// What the system says.
        source: Source,
    },
    /// The connection cannot be encrypted as the address asks for.
    #[error("the connection to {server} cannot be encrypted: check sslmode and sslrootcert")]
    Encryption {
        /// The address.
        server: String,
        /// What is wrong.
        source: Source,
    },
    /// The server does not let this user in.
    #[error("{server} refuses this user: check the name, the password and its pg_hba.conf")]
    Refused {
        /// The address.
        server: String,
        /// What the server says.
        source: Source,
    },
    /// The server asks for a password, and there is none.
    #[error("{server} asks for a password: set PGPASSWORD, or write it into the address")]
    NoPassword {
        /// The address.
        server: String,
    },
    /// The database holds text in an encoding that cannot hold every path.
    #[error(
        "{server} keeps text as {found}, which has no place for every path: create the \
         database anew with createdb -E UTF8 -T template0"
    )]
    Encoding {
        /// The address.
        server: String,
        /// The encoding's name.
        found: String,
    },
    /// There is no database of that name.
    #[error("{server} has no such database: create it with createdb, or correct the address")]
    NoDatabase {
        /// The address.
        server: String,
        /// What the server says.
        source: Source,
    },
    /// The server takes no more connections, or is starting up, all the while.
    #[error("{server} is busy, waited {:.1} s: try again, or raise its max_connections",
        waited.as_secs_f64())]
    Busy {
        /// The address.
        server: String,
        /// How long the call waited.
        waited: Duration,
        /// What the server says.
        source: Source,
    },
    /// The server is too old.
    #[error("{server} is PostgreSQL {found}, and at least {least} is needed")]
    TooOld {
        /// The address.
        server: String,
        /// Its version.
        found: String,
        /// The oldest that is good.
        least: u32,
    },
    /// It was opened for writing, and takes no writes: a standby, or set so.
    #[error("{server} takes no writes ({why}): name the primary, or open it for reading only")]
    ReadOnly {
        /// The address.
        server: String,
        /// Why not.
        why: &'static str,
    },
    /// The tables are not there, and are not to be created.
    #[error("{server} has no tables of media-store: save something to create them")]
    NoTables {
        /// The address.
        server: String,
    },
    /// The tables are not there, and the user may not create them.
    #[error(
        "this user may not create the tables in {server}: let its owner run what \
         `media-store schema show` prints for this address"
    )]
    NoRights {
        /// The address.
        server: String,
        /// What the server says.
        source: Source,
    },
    /// Created by a newer version of this project.
    #[error(
        "{server} was written by a newer version (schema {found}, this program knows \
         {supported}): nothing was changed, update this program"
    )]
    Newer {
        /// The address.
        server: String,
        /// The version of its tables.
        found: i64,
        /// The newest that this program knows.
        supported: u32,
    },
    /// One of our tables is not as it must be.
    #[error("{server} cannot be used: {difference}; nothing was changed")]
    Schema {
        /// The address.
        server: String,
        /// The object at fault.
        difference: Difference,
    },
    /// Anything else that the server says.
    #[error("cannot {action} {server}")]
    Server {
        /// The address.
        server: String,
        /// What was tried.
        action: &'static str,
        /// What the server says.
        source: Source,
    },
}
