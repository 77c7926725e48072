//! What a server is to be like.

use std::path::{Path, PathBuf};

use crate::folder::Folder;
use crate::psql::{identifier, literal};
use crate::server::Server;
use crate::tls::Tls;
use crate::{Cluster, Error, Programs, data, port};

/// How often another port is tried when somebody took the one that was free.
const PORTS: usize = 10;

/// A server to be started. Made by [`Cluster::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    programs: Programs,
    settings: Vec<(String, String)>,
    roles: Vec<(String, String)>,
    data_in: Option<PathBuf>,
    tls: bool,
}

impl Builder {
    pub(crate) fn new(programs: &Programs) -> Self {
        Self {
            programs: programs.clone(),
            settings: Vec::new(),
            roles: Vec::new(),
            data_in: None,
            tls: false,
        }
    }

    /// Adds a line to `postgresql.conf`, such as `fsync` and `on`. Of two lines for one setting,
    /// the later counts.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a role that must give its password over TCP (SCRAM). It may create databases, and
    /// tables in every database.
    pub fn role(mut self, name: &str, password: &str) -> Self {
        self.roles.push((name.to_owned(), password.to_owned()));
        self
    }

    /// Refuses TCP connections that are not encrypted, by default all are unencrypted.
    /// [`Cluster::tls`] tells the certificates, which are made for this server.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Puts the data folder into this folder, by default into the server's own temporary one. The
    /// server's user must be able to reach it. It takes some 40 MB.
    pub fn data_in(mut self, folder: &Path) -> Self {
        self.data_in = Some(folder.to_owned());
        self
    }

    /// Starts the server, and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if `initdb` fails, [`Error::Ended`] if the server does not start, for
    /// instance because of a setting, and others if its files cannot be made.
    pub fn start(self) -> Result<Cluster, Error> {
        let folder = Folder::new(self.data_in.as_deref())?;
        data::make(&self.programs, &folder)?;
        let tls = self.tls.then(|| Tls::make(&folder)).transpose()?;
        data::configure(&folder, &self.settings, &self.roles, tls.as_ref())?;
        let (port, server) = on_free_port(&self.programs, &folder)?;
        let cluster = Cluster::new(self.programs, folder, port, server, tls);
        for (role, password) in &self.roles {
            let (role, password) = (identifier(role), literal(password));
            cluster.psql(&format!(
                "CREATE ROLE {role} LOGIN CREATEDB PASSWORD {password}"
            ))?;
            // New databases are copies of the second.
            for database in ["postgres", "template1"] {
                cluster.psql_in(database, &format!("GRANT ALL ON SCHEMA public TO {role}"))?;
            }
        }
        Ok(cluster)
    }
}

/// Starts a server of which nobody knows the port yet.
pub(crate) fn on_free_port(programs: &Programs, folder: &Folder) -> Result<(u16, Server), Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let port = port::free();
        match Server::start(programs, folder, port) {
            Err(Error::Ended { log, .. })
                if tries < PORTS && log.contains("could not bind IPv4 address") => {}
            started => return Ok((port, started?)),
        }
    }
}
