//! A doctor: what is wrong with a database on a server, and what to do about it.

mod claims;
mod rows;
mod server;
mod tables;

use std::time::Duration;

use media_schema::findings::Findings;
use media_schema::{Diagnosis, FindingKind, Severity};
use postgres::error::SqlState;

use crate::address::Address;
use crate::connector::Connector;
use crate::fault::{Remedy, said};
use crate::session::Session;
use crate::{ConnectError, ConnectOptions, Fault};

/// How long the doctor waits for a lock, and for a server that has no room.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says what is wrong with the database at an address and its server, and
/// changes nothing. It is an address as [`ConnectOptions::open`] takes it.
///
/// Of the rows it reads the times of all, and the JSON of the newest; of names
/// of jobs it reads all. The data's pages are not checked: that is for the
/// server's `pg_amcheck`.
///
/// # Errors
/// If the address cannot be read, or names certificates that cannot be used.
/// Whatever is wrong with the server is a finding.
///
/// ```
/// use media_postgres::diagnose;
/// use media_schema::{FindingKind, Severity};
///
/// // Nobody listens on port 1.
/// let diagnosis = diagnose("postgres://media@127.0.0.1:1/media")?;
/// assert_eq!(diagnosis.severity(), Severity::Error);
/// assert_eq!(diagnosis.findings[0].kind, FindingKind::Unreachable);
/// # Ok::<(), media_postgres::ConnectError>(())
/// ```
pub fn diagnose(address: &str) -> Result<Diagnosis, ConnectError> {
    let address = Address::parse(address)?;
    let database = address.name.clone();
    let mut findings = Findings::default();
    if let Some((connector, mut session)) = reach(&address, &mut findings)? {
        look(&connector, &mut session, &mut findings);
    }
    Ok(findings.into_diagnosis(database))
}

/// Connects to where changes are made, or else to where there is reading.
fn reach(
    address: &Address,
    findings: &mut Findings,
) -> Result<Option<(Connector, Session)>, ConnectError> {
    let options = ConnectOptions::new().timeout(PATIENCE);
    let mut connector = Connector::new(address.clone(), &options)?;
    let mut connected = connector.connect_first();
    if matches!(connected, Err(ConnectError::ReadOnly { .. })) {
        connector = Connector::new(address.clone(), &options.read_only(true))?;
        connected = connector.connect_first();
    }
    match connected {
        Ok(session) => Ok(Some((connector, session))),
        Err(error) => {
            server::refused(&error, findings);
            Ok(None)
        }
    }
}

type Look = fn(&mut Session, &mut Findings) -> Result<(), Fault>;

/// Looks at everything, in a fixed order. What cannot be asked is a finding, and
/// the rest is looked at all the same.
fn look(connector: &Connector, session: &mut Session, findings: &mut Findings) {
    server::greeting(session, findings);
    let of_the_server: [(&str, Look); 5] = [
        ("whether it is encrypted", server::encryption),
        ("what a crash would lose", server::durability),
        ("its connections", server::connections),
        ("its clock", server::clock),
        ("its transactions", server::transactions),
    ];
    let of_the_tables: [(&str, Look); 3] = [
        ("the names of jobs", tables::names_of_jobs),
        ("the rows", rows::look),
        ("what is known of the tables", tables::statistics),
    ];
    for (what, look) in of_the_server {
        let looked = look(session, findings);
        if !went_on(what, looked, findings) {
            return;
        }
    }
    let looked = claims::look(connector, session, findings);
    if !went_on("claims", looked, findings) {
        return;
    }
    let mut readable = false;
    let looked = tables::rights(session, findings).map(|found| readable = found);
    if !went_on("rights", looked, findings) || !readable {
        return;
    }
    let mut usable = false;
    let looked = tables::schema(session, &connector.name, findings).map(|found| usable = found);
    if !went_on("the tables", looked, findings) || !usable {
        return;
    }
    for (what, look) in of_the_tables {
        let looked = look(session, findings);
        if !went_on(what, looked, findings) {
            return;
        }
    }
}

/// Whether anything more can be asked.
fn went_on(what: &str, looked: Result<(), Fault>, findings: &mut Findings) -> bool {
    let Err(fault) = looked else { return true };
    let is_over = fault.remedy() == Remedy::Reconnect;
    let code = match &fault {
        Fault::Server(error) => error.code(),
        _ => None,
    };
    let is_damaged = code
        .is_some_and(|code| [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code));
    let is_barred = code == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    let reason = match &fault {
        Fault::Server(error) => said(error).to_string(),
        Fault::Connect(error) => error.to_string(),
        Fault::Store(error) => error.to_string(),
    };
    if is_over {
        findings.add(
            Severity::Error,
            FindingKind::Unreachable,
            format!("the connection broke when {what} was looked at: {reason}"),
            "look at the server's log and the network, then again",
        );
    } else if is_damaged {
        findings.add(
            Severity::Error,
            FindingKind::Integrity,
            format!("the database is damaged: {reason}"),
            "stop the server, keep a copy of its data folder, and restore a backup",
        );
    } else if is_barred {
        findings.add(
            Severity::Note,
            FindingKind::Rights,
            format!("this user may not ask for {what}: {reason}"),
            "let an administrator look, or grant the right",
        );
    } else {
        findings.add(
            Severity::Warning,
            FindingKind::Other,
            format!("{what} cannot be asked for: {reason}"),
            "look at the server's log, and ask with this message",
        );
    }
    !is_over
}
