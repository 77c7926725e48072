//! Setting up: which version the tables are, and creating them.

use media_schema::postgres::{DDL, VERSION};

use postgres::error::SqlState;

use crate::address::Address;
use crate::connector::Connector;
use crate::digest::lock_key;
use crate::fault::said;
use crate::inspect::inspect_session;
use crate::session::Session;
use crate::{ConnectError, ConnectOptions, Fault, Inspection, drift};

/// The schema that the tables are in, which need not be the one where new ones
/// would be.
const SCHEMA: &str = "SELECT n.nspname::text FROM pg_class AS c \
     JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE c.oid = to_regclass('media_store_schema')";
const FOUND: &str = "SELECT coalesce(max(version), 0)::bigint FROM media_store_schema";
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";
const STAY: &str = "SELECT set_config('search_path', quote_ident($1), true)";
const NOTE: &str = "INSERT INTO media_store_schema (version) VALUES ($1) ON CONFLICT DO NOTHING";

/// Where the tables are.
pub(crate) struct Established {
    pub(crate) schema: String,
    /// Whether they were created just now.
    pub(crate) is_new: bool,
}

/// Makes sure that the tables are there and ours. Creates them if need be, one
/// client at a time.
pub(crate) fn establish(
    session: &mut Session,
    server: &str,
    is_read_only: bool,
) -> Result<Established, ConnectError> {
    let failed = |fault| failed(fault, server, "set up");
    let mut is_new = false;
    let mut there = version(session).map_err(failed)?;
    if there.is_none() {
        if is_read_only {
            return Err(ConnectError::NoTables {
                server: server.to_owned(),
            });
        }
        let schema = new_schema(session, server)?;
        is_new = create(session, &schema).map_err(|fault| no_rights(fault, server))?;
        // Somebody else may have created them, and with a newer version.
        there = version(session).map_err(failed)?;
    }
    let There {
        schema,
        version: found,
    } = there.unwrap_or_default();
    if found > i64::from(VERSION) {
        return Err(newer(server, found));
    }
    match drift::obstacle(session).map_err(failed)? {
        Some(difference) => Err(ConnectError::Schema {
            server: server.to_owned(),
            difference,
        }),
        None => Ok(Established { schema, is_new }),
    }
}

/// The tables that are there.
#[derive(Default)]
pub(crate) struct There {
    pub(crate) schema: String,
    pub(crate) version: i64,
}

/// Which tables there are; `None` if there are none.
pub(crate) fn version(session: &mut Session) -> Result<Option<There>, Fault> {
    let Some(row) = session.query_first(SCHEMA, &[])? else {
        return Ok(None);
    };
    Ok(Some(There {
        schema: row.try_get(0)?,
        version: session.query_one(FOUND, &[])?.try_get(0)?,
    }))
}

/// Where new tables are created.
fn new_schema(session: &Session, server: &str) -> Result<String, ConnectError> {
    let schema = session.greeting.schema.clone();
    schema.ok_or_else(|| ConnectError::Server {
        server: server.to_owned(),
        action: "use",
        source: "no schema of the search_path exists: create one, or name another".into(),
    })
}

/// Creates the tables, and tells whether: somebody else may have meanwhile.
fn create(session: &mut Session, schema: &str) -> Result<bool, Fault> {
    let key = lock_key(schema, &["create"]);
    session.transaction(|session| {
        session.query(LOCK, &[&key])?;
        if version(session)?.is_some() {
            return Ok(false);
        }
        create_missing(session)?;
        Ok(true)
    })
}

/// Creates the tables and indexes that are missing, and leaves those as they
/// are that are there.
fn create_missing(session: &mut Session) -> Result<(), Fault> {
    for ddl in DDL {
        session.batch(ddl.sql)?;
    }
    session.execute(NOTE, &[&VERSION.cast_signed()])?;
    Ok(())
}

/// Creates the tables and indexes that are missing in a database, whatever else
/// is there, and compares it with ours. To index a large table takes a while, in
/// which nobody saves to it.
///
/// # Errors
/// If the server cannot be asked, takes no writes, or this user may not create
/// them; [`ConnectError::Newer`], and then nothing was changed.
pub fn adopt(address: &str) -> Result<Inspection, ConnectError> {
    let connector = Connector::new(Address::parse(address)?, &ConnectOptions::new())?;
    let server = &connector.name;
    let mut session = connector.connect_first()?;
    let failed = |fault| failed(fault, server, "adopt");
    let there = version(&mut session).map_err(failed)?;
    let schema = match there {
        Some(There { version, .. }) if version > i64::from(VERSION) => {
            return Err(newer(server, version));
        }
        Some(There { schema, .. }) => schema,
        None => new_schema(&session, server)?,
    };
    let key = lock_key(&schema, &["create"]);
    session
        .transaction(|session| {
            session.query(STAY, &[&schema])?;
            session.query(LOCK, &[&key])?;
            create_missing(session)
        })
        .map_err(|fault| no_rights(fault, server))?;
    inspect_session(&mut session, server).map_err(failed)
}

/// What went wrong when tables were created.
fn no_rights(fault: Fault, server: &str) -> ConnectError {
    match fault {
        Fault::Server(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            ConnectError::NoRights {
                server: server.to_owned(),
                source: said(&error),
            }
        }
        fault => failed(fault, server, "create the tables in"),
    }
}

fn newer(server: &str, found: i64) -> ConnectError {
    ConnectError::Newer {
        server: server.to_owned(),
        found,
        supported: VERSION,
    }
}

/// What went wrong before there was a database.
pub(crate) fn failed(fault: Fault, server: &str, action: &'static str) -> ConnectError {
    let server = server.to_owned();
    match fault {
        Fault::Connect(error) => error,
        Fault::Store(error) => ConnectError::Server {
            server,
            action,
            source: error.into(),
        },
        Fault::Server(error) => ConnectError::Server {
            server,
            action,
            source: said(&error),
        },
    }
}
