//! A server of one's own.

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::folder::Folder;
use crate::psql::identifier;
use crate::server::{self, Server};
use crate::system::Signal;
use crate::tls::Tls;
use crate::{Builder, Error, Programs};

/// A PostgreSQL server in a temporary folder. Dropping it ends the server at once, as a crash
/// would, and removes the folder.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    folder: Folder,
    port: u16,
    server: Mutex<Option<Server>>,
    tls: Option<Tls>,
    databases: AtomicU32,
}

impl Cluster {
    /// Begins a server.
    pub fn builder(programs: &Programs) -> Builder {
        Builder::new(programs)
    }

    pub(crate) fn new(
        programs: Programs,
        folder: Folder,
        port: u16,
        server: Server,
        tls: Option<Tls>,
    ) -> Self {
        Self {
            programs,
            folder,
            port,
            server: Mutex::new(Some(server)),
            tls,
            databases: AtomicU32::new(0),
        }
    }

    /// The address of the database `postgres` for the superuser, over TCP:
    /// `postgres://postgres@127.0.0.1:PORT/postgres`. With TLS the host is `localhost`, the name
    /// of the certificate.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of a database for the superuser, over TCP.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        self.tcp_url("postgres", database)
    }

    /// The address of a database for a role with a password, over TCP.
    #[must_use]
    pub fn url_as(&self, role: &str, password: &str, database: &str) -> String {
        let login = format!("{}:{}", encoded(role), encoded(password));
        self.tcp_url(&login, database)
    }

    fn tcp_url(&self, login: &str, database: &str) -> String {
        let host = if self.tls.is_some() {
            "localhost"
        } else {
            "127.0.0.1"
        };
        let (port, database) = (self.port, encoded(database));
        format!("postgres://{login}@{host}:{port}/{database}")
    }

    /// The address of the database `postgres` for the superuser, over the Unix socket.
    #[must_use]
    pub fn socket_url(&self) -> String {
        let folder = encoded(&self.folder.path().to_string_lossy());
        format!("postgres://postgres@{folder}:{}/postgres", self.port)
    }

    /// Its port. It stays the same when the server is started again.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the server's files.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        self.folder.data()
    }

    /// All that the server has written to its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        server::log(&self.folder)
    }

    /// The certificates, if it was started with [`Builder::tls`].
    #[must_use]
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Makes an empty database, and tells its address for the superuser.
    ///
    /// # Errors
    ///
    /// Those of [`psql`](Self::psql), for instance because there is one of that name.
    pub fn create_database(&self, name: &str) -> Result<String, Error> {
        self.psql(&format!("CREATE DATABASE {}", identifier(name)))?;
        Ok(self.url_of(name))
    }

    /// Makes an empty database that no other test has, and tells its address for the superuser.
    ///
    /// # Errors
    ///
    /// Those of [`psql`](Self::psql).
    pub fn fresh_database(&self) -> Result<String, Error> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        self.create_database(&format!("fresh_{number}"))
    }

    /// Starts the server again, after [`stop`](Self::stop) or [`kill`](Self::kill), and waits
    /// until it takes connections.
    ///
    /// # Errors
    ///
    /// [`Error::State`] if it is running, [`Error::Ended`] if it does not start.
    pub fn start(&self) -> Result<(), Error> {
        let mut server = self.server();
        if server.is_some() {
            return Err(self.state(true));
        }
        *server = Some(Server::start(&self.programs, &self.folder, self.port)?);
        Ok(())
    }

    /// Stops the server in good order, without waiting for its clients.
    ///
    /// # Errors
    ///
    /// [`Error::State`] if it is not running, [`Error::TooSlow`] if it does not stop.
    pub fn stop(&self) -> Result<(), Error> {
        self.end(|server| server.end(&self.folder, Signal::Fast))
    }

    /// Stops the server in good order and starts it again.
    ///
    /// # Errors
    ///
    /// Those of [`stop`](Self::stop) and [`start`](Self::start).
    pub fn restart(&self) -> Result<(), Error> {
        self.stop()?;
        self.start()
    }

    /// Kills the server, all its processes, and waits until they are gone.
    ///
    /// # Errors
    ///
    /// [`Error::State`] if it is not running.
    pub fn kill(&self) -> Result<(), Error> {
        self.end(|server| server.kill(&self.folder))
    }

    /// Lets the server stand still, all its processes: connections stay, and nothing answers. It
    /// takes further connections as far as the system does that in its place.
    ///
    /// # Errors
    ///
    /// [`Error::State`] if it is not running.
    pub fn pause(&self) -> Result<(), Error> {
        self.with_server(Server::pause)
    }

    /// Lets the server go on after [`pause`](Self::pause).
    ///
    /// # Errors
    ///
    /// [`Error::State`] if it is not running.
    pub fn resume(&self) -> Result<(), Error> {
        self.with_server(Server::resume)
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn end(&self, end: impl FnOnce(&mut Server) -> Result<(), Error>) -> Result<(), Error> {
        let mut server = self.server();
        end(server.as_mut().ok_or_else(|| self.state(false))?)?;
        *server = None;
        Ok(())
    }

    fn with_server(&self, act: impl FnOnce(&mut Server) -> Result<(), Error>) -> Result<(), Error> {
        act(self.server().as_mut().ok_or_else(|| self.state(false))?)
    }

    fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self, running: bool) -> Error {
        Error::State {
            port: self.port,
            running,
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let server = self.server.get_mut();
        let mut server = server.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(server) = &mut server {
            // What fails here, the folder's watch makes up for.
            let _ = server.end(&self.folder, Signal::Immediate);
        }
        self.folder.remove();
        if let Some(server) = &mut server {
            server.reap();
        }
    }
}

/// Text as a part of an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
