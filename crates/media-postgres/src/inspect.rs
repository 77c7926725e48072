//! Inspection: the tables of a database compared with ours.

use crate::address::Address;
use crate::connector::Connector;
use crate::session::Session;
use crate::{ConnectError, ConnectOptions, Difference, Fault, bootstrap, drift};

/// What [`inspect`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The address, without the password.
    pub server: String,
    /// The server's version, such as `15.18`.
    pub server_version: String,
    /// Where the tables are, or would be created: the first schema of the
    /// search path that exists. `None` if none does.
    pub schema: Option<String>,
    /// The version of our tables; 0 if there are none.
    pub version: i64,
    /// The names of our tables that are there.
    pub tables: Vec<&'static str>,
    /// In what they differ from ours. That there is none at all is no difference.
    pub differences: Vec<Difference>,
}

/// Compares the tables of a database with ours, and changes nothing. A standby
/// will do.
///
/// # Errors
/// If the server cannot be asked.
pub fn inspect(address: &str) -> Result<Inspection, ConnectError> {
    let address = Address::parse(address)?;
    let connector = Connector::new(address, &ConnectOptions::new().read_only(true))?;
    let mut session = connector.connect_first()?;
    inspect_session(&mut session, &connector.name)
        .map_err(|fault| bootstrap::failed(fault, &connector.name, "inspect"))
}

pub(crate) fn inspect_session(session: &mut Session, server: &str) -> Result<Inspection, Fault> {
    let greeting = session.greeting.clone();
    session.snapshot(|session| {
        let there = bootstrap::version(session)?;
        let (tables, differences) = drift::compare(session)?;
        Ok(Inspection {
            server: server.to_owned(),
            server_version: greeting.version,
            schema: there
                .as_ref()
                .map(|there| there.schema.clone())
                .or(greeting.schema),
            version: there.map_or(0, |there| there.version),
            tables,
            differences,
        })
    })
}
