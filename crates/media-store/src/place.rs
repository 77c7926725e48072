//! Where the database is, a file or on a server, and how a command opens it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;
use media_postgres::ConnectOptions;
use media_schema::{MediaBackend, StoreError};
use media_sqlite::{Durability, Generation, OpenOptions};

use crate::failure::{Failure, chain};
use crate::messages;

pub(crate) const VARIABLE: &str = "MEDIA_STORE_DB";

/// How the address of a server begins.
const SCHEMES: [&str; 2] = ["postgres:", "postgresql:"];

/// Whether a text names a server, be it well or not.
pub(crate) fn is_server(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

/// An open database, whatever it is.
pub(crate) type Database = Arc<dyn MediaBackend>;

/// Where the database is, whether or not it exists.
pub(crate) enum Place {
    File(FilePlace),
    /// The address of a server, which may hold a password.
    Server(String),
}

/// Where a file is.
#[derive(Debug)]
pub(crate) struct FilePlace {
    path: PathBuf,
    /// Nobody named it, so its folder may have to be made.
    is_default: bool,
}

impl Place {
    /// What was given, else the environment's, else the file in the user's
    /// data folder: `$XDG_DATA_HOME` or `~/.local/share`, on macOS
    /// `~/Library/Application Support`, on Windows `%APPDATA%`.
    pub(crate) fn find(given: Option<&Path>) -> Result<Self, Failure> {
        if let Some(given) = given {
            return Self::named(given.as_os_str());
        }
        // An empty variable is one that is not set, as for XDG's own.
        if let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
            return Self::named(&named);
        }
        let data = etcetera::base_strategy::choose_native_strategy()
            .map_err(|error| {
                Failure::Message(format!(
                    "cannot find your data folder ({error}): name the database by --db or {VARIABLE}"
                ))
            })?
            .data_dir();
        Ok(Self::File(FilePlace {
            path: data.join("media-store").join("media.db"),
            is_default: true,
        }))
    }

    fn named(name: &OsStr) -> Result<Self, Failure> {
        let text = name.to_string_lossy();
        if is_server(&text) {
            return Ok(Self::Server(text.into_owned()));
        }
        // Not repeated, for there may be a password in it.
        if text.contains("://") || text.contains("password=") {
            return Err(Failure::Message(
                "the database is named by a path, or by an address like \
                 postgres://user@host:5432/database, and this is neither"
                    .to_owned(),
            ));
        }
        Ok(Self::File(FilePlace {
            path: name.into(),
            is_default: false,
        }))
    }

    /// The path, if it is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(&file.path),
            Self::Server(_) => None,
        }
    }

    /// Opens for reading: creates, adopts and alters nothing.
    pub(crate) fn open_to_read(&self) -> Result<Database, Failure> {
        Ok(match self {
            Self::File(file) => Arc::new(OpenOptions::new().read_only(true).open(&file.path)?),
            Self::Server(address) => Arc::new(ConnectOptions::new().read_only(true).open(address)?),
        })
    }

    /// Opens for an audit, which is as it is for reading but for its history:
    /// what is not ours yet is not made ours for that.
    pub(crate) fn open_to_audit(&self) -> Result<Audited, Failure> {
        let opened = match self {
            Self::File(file) => file.open_with_history()?,
            Self::Server(address) => {
                // It must be there; then it may take a history.
                let reading = ConnectOptions::new().read_only(true).open(address)?;
                drop(reading);
                match ConnectOptions::new().open(address) {
                    Ok(database) => Ok(Arc::new(database) as Database),
                    Err(error) => Err(chain(&error)),
                }
            }
        };
        Ok(match opened {
            Ok(database) => Audited {
                database,
                no_history: None,
            },
            Err(reason) => Audited {
                database: self.open_to_read()?,
                no_history: Some(reason),
            },
        })
    }

    /// Opens for writing, and says so if that creates the database. The
    /// folder of one that was named must exist, for it may be misspelt.
    pub(crate) fn open_to_write(&self, quiet: bool) -> Result<Database, Failure> {
        match self {
            Self::File(file) => file.open_to_write(quiet),
            Self::Server(address) => {
                let database = ConnectOptions::new().open(address)?;
                if database.is_new() {
                    let server = database.server();
                    messages::note(quiet, &format_args!("created the tables in {server}"));
                }
                Ok(Arc::new(database))
            }
        }
    }
}

impl FilePlace {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens for writing what is ours already, or says why not.
    fn open_with_history(&self) -> Result<Result<Database, String>, Failure> {
        let inspection = media_sqlite::inspect(&self.path)?;
        if inspection.version != i64::from(media_schema::VERSION) {
            let reason = match inspection.generation {
                Generation::Empty => "there is nothing in the database yet",
                _ => "the database was not adopted, see `media-store schema adopt`",
            };
            return Ok(Err(reason.to_owned()));
        }
        // A power cut may take the latest verdicts, and a flush for each would
        // take longer than to hash a small file.
        let options = OpenOptions::new()
            .durability(Durability::Normal)
            .journal(inspection.journal);
        Ok(match options.open(&self.path) {
            Ok(database) => Ok(Arc::new(database)),
            Err(error) => Err(chain(&error)),
        })
    }

    fn open_to_write(&self, quiet: bool) -> Result<Database, Failure> {
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
        Ok(Arc::new(database))
    }
}

/// A database to audit.
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
