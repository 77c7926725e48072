//! Throw-away PostgreSQL servers for tests and benchmarks.
//!
//! A [`Cluster`] is a real server, started by PostgreSQL's own programs in a temporary folder, on a
//! free port of 127.0.0.1 and on a Unix socket. It can be stopped, killed, paused and started
//! again, and it can have a [standby](Cluster::standby). Dropping it ends the server at once and
//! removes its files.
//!
//! ```
//! use postgres_cluster::Cluster;
//!
//! # fn main() -> Result<(), postgres_cluster::Error> {
//! let Some(programs) = postgres_cluster::required() else {
//!     return Ok(());
//! };
//! let server = Cluster::builder(&programs)
//!     .setting("max_connections", "20")
//!     .start()?;
//! let url = server.create_database("films")?;
//! assert!(url.starts_with("postgres://postgres@127.0.0.1:"));
//!
//! server.psql_in("films", "create table film (title text)")?;
//! server.kill()?;
//! server.start()?;
//! assert_eq!(server.psql_in("films", "select count(*) from film")?, "0");
//! # Ok(())
//! # }
//! ```
//!
//! A test that only needs an empty database takes one of the server that all tests of its process
//! share:
//!
//! ```
//! # fn main() -> Result<(), postgres_cluster::Error> {
//! let Some(server) = postgres_cluster::shared() else {
//!     return Ok(());
//! };
//! let url = server.fresh_database()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Which programs
//!
//! `initdb`, `postgres`, `pg_basebackup` and `psql` of one folder: the one that the environment
//! variable `POSTGRES_BIN_DIR` names, else one of `PATH`, else the highest version in the usual
//! folders. Where there is none, [`required`] says in one line that the tests were not run. If
//! `REQUIRE_TEST_PROGRAMS` or `REQUIRE_POSTGRES` is set, it panics instead. Windows counts as
//! having none.
//!
//! # As whom
//!
//! PostgreSQL refuses to run as root. Root's servers run as the user `postgres`, else as `nobody`,
//! who must be able to reach the folder for temporary files. Everybody else's run as themselves.
//!
//! # What a server is like
//!
//! Its encoding is UTF-8, its collation `C`. `fsync` is off, so that it would not survive a crash
//! of the machine; it does survive [`kill`](Cluster::kill). Everything else is as PostgreSQL has it
//! by default, unless [`Builder::setting`] says otherwise. From this machine everybody may connect
//! as anybody, without a password, except as a [`Builder::role`].
//!
//! # Nothing stays behind
//!
//! A small shell process waits for the end of a pipe that this process holds. When the pipe ends,
//! however the process ended, it ends the server and removes the folder. Statics, which are never
//! dropped, are cleaned up the same way.

mod builder;
mod cluster;
mod data;
mod error;
mod folder;
mod port;
mod programs;
mod psql;
mod server;
mod shared;
mod standby;
mod system;
mod tls;
mod wait;

pub use builder::Builder;
pub use cluster::Cluster;
pub use error::Error;
pub use programs::{Programs, required};
pub use shared::shared;
pub use tls::Tls;
