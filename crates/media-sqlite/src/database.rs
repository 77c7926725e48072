//! An open database: one connection that writes, a pool that reads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use media_hash::Fingerprint;
use media_hash::protect::ProtectedFiles;
use media_schema::{StoreError, Table};
use r2d2::{ManageConnection, Pool, PooledConnection};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::Connection;

use crate::bootstrap::{self, Standing};
use crate::connection::{Access, configure, require_sqlite, set_journal};
use crate::fault::{busy, millis, open_error};
use crate::jobs::{KnownShape, RemembersShape};
use crate::location::{Location, beside};
use crate::shape::table_exists;
use crate::transaction::Immediate;
use crate::writer::{Taken, Writer};
use crate::{ConnectionSource, Fault, Journal, OpenError, OpenOptions, Transaction};

/// An open database. Cheap to clone; clones share their connections.
///
/// Writers of one process queue on one connection and readers have a pool, so
/// that threads never meet SQLite's locks among themselves. While it is open,
/// [`media_hash`] refuses to hash the database's own files: closing them would
/// drop this process's locks.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    identity: Fingerprint,
    readers: Pool<Readers>,
    /// `None` if opened for reading only. Closed after the readers: the last
    /// connection folds the log into the file, if it may write.
    writer: Option<Writer>,
    busy_timeout: Duration,
    shape: KnownShape,
    /// `None` only while this is dropped.
    protected: Option<ProtectedFiles>,
}

impl Drop for Inner {
    /// Closes the readers here and now: the thread that opened one may hold on
    /// to the pool a moment longer, and the last connection must be the writer.
    fn drop(&mut self) {
        let mut close = || {
            while let Some(mut reader) = self.readers.try_get() {
                *reader = Err(rusqlite::Error::InvalidQuery);
            }
            self.writer = None;
        };
        match self.protected.take() {
            Some(protected) => protected.release(close),
            None => close(),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("path", &self.inner.path)
            .field("read_only", &self.inner.writer.is_none())
            .finish_non_exhaustive()
    }
}

impl Database {
    pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Self, OpenError> {
        options.validate()?;
        require_sqlite()?;
        let started = Instant::now();
        let location = Location::check(path)?;
        let opened = connect(&location, options)?;
        let path = location.path;
        let inner = Inner {
            readers: readers(&path, opened.identity, options),
            path,
            identity: opened.identity,
            busy_timeout: options.busy_timeout,
            shape: KnownShape::default(),
            writer: (!options.read_only).then(|| Writer::new(opened.connection)),
            protected: Some(opened.protected),
        };
        tracing::debug!(
            database = %inner.path.display(),
            read_only = options.read_only,
            elapsed_ms = millis(started.elapsed()),
            "opened a database"
        );
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The absolute path; links are not resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs a closure in one write transaction: stores put on the
    /// [`Transaction`] save together or not at all.
    ///
    /// Use no other handle of this database to write, or to make a store, from
    /// inside the closure: it would wait for this transaction, until it is `Busy`.
    ///
    /// # Errors
    /// What the closure returns, after which nothing is left behind; or what
    /// the database says, converted.
    pub fn transaction<T, E: From<StoreError>>(
        &self,
        run: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        const ACTION: &str = "run a transaction";
        let started = Instant::now();
        let writer = self.writer()?;
        let failed = |error: rusqlite::Error| self.fault(error.into(), ACTION, started);
        let guard = Immediate::begin_soon(&writer, self.inner.busy_timeout).map_err(failed)?;
        let transaction = Transaction::new(&writer, self.path(), self.inner.shape.apart());
        let value = run(&transaction)?;
        guard.commit().map_err(failed)?;
        self.inner.shape.learn(transaction.known_shape());
        self.require_same_file()?;
        Ok(value)
    }

    fn writer(&self) -> Result<Taken<'_>, StoreError> {
        let Some(writer) = &self.inner.writer else {
            return Err(StoreError::ReadOnly {
                database: self.name(),
                source: None,
            });
        };
        let waited = self.inner.busy_timeout;
        writer.take(waited).ok_or_else(|| busy(self.path(), waited))
    }

    fn reader(&self, started: Instant) -> Result<PooledConnection<Readers>, StoreError> {
        let readers = &self.inner.readers;
        // No clock is asked unless there is something to wait for.
        if let Some(reader) = readers.try_get() {
            return Ok(reader);
        }
        let failed = |_| busy(self.path(), started.elapsed());
        readers.get().map_err(failed)
    }

    /// A file that was deleted or replaced takes writes that nobody will ever
    /// see again, and gives answers that nobody can mend. Asked after each
    /// commit, before it is called saved, and after each read.
    fn require_same_file(&self) -> Result<(), StoreError> {
        if still_names(self.path(), &self.inner.identity) {
            return Ok(());
        }
        Err(StoreError::Replaced {
            database: self.name(),
        })
    }

    fn fault(&self, fault: Fault, action: &'static str, started: Instant) -> StoreError {
        fault.into_store_error(self.path(), action, started.elapsed())
    }

    fn name(&self) -> String {
        self.path().display().to_string()
    }
}

impl ConnectionSource for Database {
    fn path(&self) -> &Path {
        Self::path(self)
    }

    fn ensure_table(&self, table: &'static Table) -> Result<(), OpenError> {
        if self.inner.writer.is_some() {
            let writer = self.writer().map_err(|_| OpenError::Busy {
                path: self.path().into(),
                waited: self.inner.busy_timeout,
            })?;
            return bootstrap::ensure_table(&writer, self.path(), table);
        }
        let started = Instant::now();
        let failed =
            |error| open_error(error, self.path(), "read the schema of", started.elapsed());
        let reader = self.reader(started).map_err(|_| OpenError::Busy {
            path: self.path().into(),
            waited: started.elapsed(),
        })?;
        let connection = usable(&reader).map_err(failed)?;
        match table_exists(connection, table).map_err(failed)? {
            Ok(true) => Ok(()),
            Ok(false) => Err(OpenError::NoTable {
                path: self.path().into(),
                table: table.name,
            }),
            Err(difference) => Err(bootstrap::schema_error(self.path(), difference)),
        }
    }

    fn read<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let started = Instant::now();
        let reader = self.reader(started)?;
        let value = usable(&reader)
            .map_err(Fault::from)
            .and_then(run)
            .map_err(|fault| self.fault(fault, action, started))?;
        self.require_same_file()?;
        Ok(value)
    }

    fn write<T>(
        &self,
        action: &'static str,
        run: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let started = Instant::now();
        let writer = self.writer()?;
        let failed = |fault| self.fault(fault, action, started);
        let guard = Immediate::begin_soon(&writer, self.inner.busy_timeout)
            .map_err(|error| failed(error.into()))?;
        let value = run(&writer).map_err(failed)?;
        guard.commit().map_err(|error| failed(error.into()))?;
        self.require_same_file()?;
        Ok(value)
    }
}

impl RemembersShape for Database {
    fn known_shape(&self) -> &KnownShape {
        &self.inner.shape
    }
}

/// A file that was opened and is what it must be.
struct Opened {
    connection: Connection,
    identity: Fingerprint,
    protected: ProtectedFiles,
}

/// Opens the one connection that looks, sets up and later writes.
fn connect(location: &Location, options: &OpenOptions) -> Result<Opened, OpenError> {
    let path = &location.path;
    let access = match (location.exists, options.read_only) {
        (false, true) => return Err(OpenError::NotFound { path: path.clone() }),
        (true, true) => Access::Read,
        (true, false) => Access::Write,
        (false, false) => Access::Create,
    };
    location.require_folder()?;
    if options.journal == Journal::Wal && !options.read_only {
        location.require_local()?;
    }
    let started = Instant::now();
    let failed = |error| open_error(error, path, "open", started.elapsed());
    let connection = Connection::open_with_flags(path, access.flags()).map_err(failed)?;
    // Before the first lock is taken, for a hasher's close would drop it.
    let (identity, file) = protect(path)?;
    let looked = configure(&connection, options)
        .map_err(failed)
        .and_then(|()| bootstrap::look(&connection, path));
    let standing = match looked {
        Err(error) if options.read_only => return Err(reading_refused(error)),
        looked => looked?,
    };
    if !options.read_only {
        set_journal(&connection, path, options)?;
        if standing != Standing::Current {
            bootstrap::establish(&connection, path)?;
        }
    }
    Ok(Opened {
        connection,
        identity,
        protected: file.and(protect_beside(path)?),
    })
}

/// Keeps this process from hashing an open database, and says which file it is.
pub(crate) fn protect(path: &Path) -> Result<(Fingerprint, ProtectedFiles), OpenError> {
    let identity = Fingerprint::of_path(path).map_err(|source| OpenError::Io {
        path: path.into(),
        action: "look at",
        source,
    })?;
    Ok((identity, ProtectedFiles::register([identity])))
}

/// Likewise for the log and its index, which exist as long as this process has
/// the database open.
fn protect_beside(path: &Path) -> Result<ProtectedFiles, OpenError> {
    let beside = ["-wal", "-shm"].map(|suffix| beside(path, suffix));
    ProtectedFiles::register_paths(beside).map_err(|error| OpenError::Io {
        path: error.path,
        action: "look at",
        source: error.source,
    })
}

/// SQLite says that it cannot open or write where only reading was asked for:
/// it would have to undo what was cut off, or needs a write-ahead log's index
/// and cannot create that.
pub(crate) fn reading_refused(error: OpenError) -> OpenError {
    match error {
        OpenError::ReadOnly { path, source } if is_hot_journal(&*source) => {
            OpenError::HotJournal { path, source }
        }
        OpenError::ReadOnly { path, source } | OpenError::CannotOpen { path, source } => {
            OpenError::WalInReadOnlyFolder { path, source }
        }
        other => other,
    }
}

fn is_hot_journal(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<rusqlite::Error>()
        .and_then(rusqlite::Error::sqlite_error)
        .is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_READONLY_ROLLBACK)
}

/// Whether a path names the file that was opened there.
fn still_names(path: &Path, known: &Fingerprint) -> bool {
    Fingerprint::of_path(path)
        .is_ok_and(|now| (now.device, now.inode) == (known.device, known.inode))
}

/// Opens connections for the pool that reads.
///
/// A connection that fails to open goes into the pool as its error: r2d2 would
/// try again until the time is up, and then not say why.
#[derive(Debug)]
struct Readers {
    manager: SqliteConnectionManager,
    path: PathBuf,
    identity: Fingerprint,
}

impl ManageConnection for Readers {
    type Connection = Result<Connection, rusqlite::Error>;
    type Error = rusqlite::Error;

    fn connect(&self) -> Result<Self::Connection, rusqlite::Error> {
        let opened = self.manager.connect();
        // It is opened when it is needed: another file, which nobody has looked
        // at, may lie there by then.
        if still_names(&self.path, &self.identity) {
            return Ok(opened);
        }
        Ok(Err(moved()))
    }

    fn is_valid(&self, _: &mut Self::Connection) -> Result<(), rusqlite::Error> {
        Ok(())
    }

    fn has_broken(&self, connection: &mut Self::Connection) -> bool {
        connection.is_err()
    }
}

/// The least time a reader gets: to open a connection takes a moment, even if
/// nobody is to wait for a lock.
const OPENING: Duration = Duration::from_secs(5);

/// Nothing is opened before it is needed, and nothing is tested again.
fn readers(path: &Path, identity: Fingerprint, options: &OpenOptions) -> Pool<Readers> {
    let for_init = options.clone();
    let manager = SqliteConnectionManager::file(path)
        .with_flags(Access::Read.flags())
        .with_init(move |connection| configure(connection, &for_init));
    Pool::builder()
        .max_size(options.readers)
        .min_idle(Some(0))
        .test_on_check_out(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .connection_timeout(options.busy_timeout.max(OPENING))
        .build_unchecked(Readers {
            manager,
            path: path.to_owned(),
            identity,
        })
}

/// What SQLite itself says of a file that was deleted or replaced.
fn moved() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY_DBMOVED);
    rusqlite::Error::SqliteFailure(code, None)
}

/// The connection, or a copy of the error that opening it met.
fn usable(reader: &PooledConnection<Readers>) -> Result<&Connection, rusqlite::Error> {
    match &**reader {
        Ok(connection) => Ok(connection),
        Err(rusqlite::Error::SqliteFailure(code, message)) => {
            Err(rusqlite::Error::SqliteFailure(*code, message.clone()))
        }
        Err(other) => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(other.to_string()),
        )),
    }
}
