//! Where the database lies, and how a command opens it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use media_schema::StoreError;
use media_sqlite::{Database, Durability, Generation, OpenOptions};

use crate::failure::{Failure, chain};
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

    /// Opens for an audit, which is as it is for reading but for its history:
    /// what is not ours yet is not made ours for that.
    pub(crate) fn open_to_audit(&self) -> Result<Audited, Failure> {
        let inspection = media_sqlite::inspect(&self.path)?;
        let without = |reason: String| {
            Ok(Audited {
                database: self.open_to_read()?,
                no_history: Some(reason),
            })
        };
        if inspection.version != i64::from(media_schema::VERSION) {
            let reason = match inspection.generation {
                Generation::Empty => "there is nothing in the database yet",
                _ => "the database was not adopted, see `media-store schema adopt`",
            };
            return without(reason.to_owned());
        }
        // A power cut may take the latest verdicts, and a flush for each would
        // take longer than to hash a small file.
        let options = OpenOptions::new()
            .durability(Durability::Normal)
            .journal(inspection.journal);
        match options.open(&self.path) {
            Ok(database) => Ok(Audited {
                database,
                no_history: None,
            }),
            Err(error) => without(chain(&error)),
        }
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

/// A database to audit.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) database: Database,
    /// Why it takes no history, if it does not.
    pub(crate) no_history: Option<String>,
}

/// A store, or `None` if nothing of its kind was ever saved.
pub(crate) fn if_any<S>(store: Result<S, StoreError>) -> Result<Option<S>, Failure> {
    match store {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::NoTable { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
