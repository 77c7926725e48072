//! Where the database lies, and how a command opens it.

use std::env;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use media_sqlite::{Database, OpenError, OpenOptions};

use crate::failure::Failure;

const VARIABLE: &str = "MEDIA_STORE_DB";

/// Where the database lies, whether or not it exists.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
}

impl Place {
    /// The path that was given, else the environment's, else the one in the
    /// user's data folder: `$XDG_DATA_HOME` or `~/.local/share`, on macOS
    /// `~/Library/Application Support`, on Windows `%APPDATA%`.
    pub(crate) fn find(given: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = given {
            return Ok(Self { path: path.into() });
        }
        // An empty variable is one that is not set, as for XDG's own.
        if let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
            return Ok(Self { path: path.into() });
        }
        let data = etcetera::base_strategy::choose_native_strategy()
            .map_err(|error| {
                Failure::Message(format!(
                    "cannot find your data folder ({error}): name the database by --db or {VARIABLE}"
                ))
            })?
            .data_dir();
        Ok(Self {
            path: data.join("media-store").join("media.db"),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens for reading: creates, adopts and alters nothing.
    pub(crate) fn open_to_read(&self) -> Result<Database, Failure> {
        Ok(OpenOptions::new().read_only(true).open(&self.path)?)
    }
}

/// A store, or `None` if nothing of its kind was ever saved.
pub(crate) fn if_any<S>(store: Result<S, OpenError>) -> Result<Option<S>, Failure> {
    match store {
        Ok(store) => Ok(Some(store)),
        Err(OpenError::NoTable { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
