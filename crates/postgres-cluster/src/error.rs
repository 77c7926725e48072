//! What can go wrong with a throw-away server.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use thiserror::Error;

/// A server could not be made, started, asked or ended.
///
/// Its `Debug` is its message with those of its sources, because that is what a test shows whose
/// `unwrap` met it.
#[derive(Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no folder with all programs.
    #[error(
        "there is no folder with initdb, postgres, pg_basebackup and psql ({looked_in}); install \
         PostgreSQL, or name its folder in POSTGRES_BIN_DIR"
    )]
    NotFound {
        /// Where they were looked for.
        looked_in: String,
    },
    /// Root cannot run a server, and there is nobody to run it as.
    #[error("PostgreSQL refuses to run as root, and /etc/passwd knows neither postgres nor nobody")]
    NoUser,
    /// A file or folder of the server.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("cannot run {}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program ended with a failure.
    #[error("{} failed ({status}): {said}", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to its standard error.
        said: String,
    },
    /// The server ended while it was starting.
    #[error("the server on port {port} ended while it was starting; its log ends with:\n{log}")]
    Ended {
        /// Its port.
        port: u16,
        /// The end of its log.
        log: String,
    },
    /// The server did not get somewhere in time.
    #[error("the server on port {port} is not {goal} after {seconds} s; its log ends with:\n{log}")]
    TooSlow {
        /// Its port.
        port: u16,
        /// Where it should have got.
        goal: &'static str,
        /// How long that was waited for.
        seconds: u64,
        /// The end of its log.
        log: String,
    },
    /// The server is running and should not be, or the other way round.
    #[error("the server on port {port} {}", if *running { "is running already" } else { "is not running; start it first" })]
    State {
        /// Its port.
        port: u16,
        /// Whether it is running.
        running: bool,
    },
    /// A process of the server could not be signalled or listed.
    #[error("cannot signal the processes of the server on port {port}")]
    Signal {
        /// Its port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate {
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn run(program: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Run {
            program: program.to_owned(),
            source,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
