//! Where the database lies, and how a command opens it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use media_sqlite::{Database, OpenError, OpenOptions};

use crate::failure::Failure;
use crate::messages;

const VARIABLE: &str = "MEDIA_STORE_DB";

/// Where the database lies, whether or not it exists.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    /// Nobody named it, so its folder may have to be made.
    is_default: bool,
}

impl Place {
    /// The path that was given, else the environment's, else the one in the
    /// user's data folder: `$XDG_DATA_HOME` or `~/.local/share`, on macOS
    /// `~/Library/Application Support`, on Windows `%APPDATA%`.
    pub(crate) fn find(given: Option<&Path>) -> Result<Self, Failure> {
        if let Some(path) = given {
            return Ok(Self::named(path));
        }
        // An empty variable is one that is not set, as for XDG's own.
        if let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
            return Ok(Self::named(path));
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
            is_default: true,
        })
    }

    fn named(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            is_default: false,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens for reading: creates, adopts and alters nothing.
    pub(crate) fn open_to_read(&self) -> Result<Database, Failure> {
        Ok(OpenOptions::new().read_only(true).open(&self.path)?)
    }

    /// Opens for writing, and says so if that creates the database. The
    /// folder of one that was named must exist, for it may be misspelt.
    pub(crate) fn open_to_write(&self, quiet: bool) -> Result<Database, Failure> {
        let is_new = !self.path.exists();
        if let Some(folder) = self.path.parent()
            && self.is_default
            && is_new
        {
            fs::create_dir_all(folder).map_err(|source| Failure::File {
                action: "create the folder",
                path: folder.into(),
                source,
            })?;
        }
        let database = OpenOptions::new().open(&self.path)?;
        if is_new {
            let path = database.path().display();
            messages::note(quiet, &format_args!("created the database {path}"));
        }
        Ok(database)
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
