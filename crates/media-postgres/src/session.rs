//! A connection: what it is set to, and the statements that it has prepared.

use std::collections::HashMap;

use media_schema::StoreError;
use postgres::types::ToSql;
use postgres::{Client, Row, SimpleQueryMessage, Statement};

use crate::Fault;
use crate::fault::Remedy;

/// What a new connection is set to, and asked.
///
/// A lock is waited for as long as SQLite's. A server that has gone is noticed
/// by the system, and so is a client by the server, which then gives up its
/// locks. What was acknowledged must be on the disk of the server, whatever it
/// is set to otherwise. A setting of more than that is left as it is. Statements
/// that walk indexes for each of many values are not compiled: that takes longer
/// than they do.
const GREETING: &str = "\
    SET client_min_messages = warning; \
    SET tcp_keepalives_idle = 30; \
    SET tcp_keepalives_interval = 10; \
    SET tcp_keepalives_count = 3; \
    SET tcp_user_timeout = 60000; \
    SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'; \
    SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'; \
    SELECT set_config('synchronous_commit', 'on', false) \
        WHERE current_setting('synchronous_commit') IN ('off', 'local'); \
    SELECT current_setting('server_version_num'), current_setting('server_version'), \
        pg_is_in_recovery(), current_setting('transaction_read_only'), current_schema(), \
        current_setting('server_encoding')";

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// Such as 150018.
    pub(crate) version_number: u32,
    /// Such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub(crate) version: String,
    pub(crate) is_standby: bool,
    pub(crate) is_read_only: bool,
    /// Where tables are created; nowhere if the search path leads to none.
    pub(crate) schema: Option<String>,
    /// Such as `UTF8`.
    pub(crate) encoding: String,
}

/// A parameter of a statement.
pub(crate) type Parameter<'p> = &'p (dyn ToSql + Sync);

/// A connection.
pub(crate) struct Session {
    client: Client,
    /// Each is prepared once.
    statements: HashMap<Box<str>, Statement>,
    /// Whether what runs now was tried on another connection, which was lost
    /// before it was known whether it was done.
    pub(crate) is_replay: bool,
    pub(crate) greeting: Greeting,
    /// Which of the server's lives it was made in, as far as is known.
    pub(crate) generation: u64,
    is_broken: bool,
}

impl Session {
    pub(crate) fn new(mut client: Client, lock_timeout_ms: u128) -> Result<Self, Fault> {
        let greeting = greet(&mut client, lock_timeout_ms)?;
        Ok(Self {
            client,
            statements: HashMap::new(),
            is_replay: false,
            greeting,
            generation: 0,
            is_broken: false,
        })
    }

    /// Whether nothing more can be asked by it.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken || self.client.is_closed()
    }

    pub(crate) fn give_up(&mut self) {
        self.is_broken = true;
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let statement = self.statement(sql)?;
        Ok(self.client.query(&statement, parameters)?)
    }

    /// The first row, if there is one.
    pub(crate) fn query_first(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.query(sql, parameters)?.into_iter().next())
    }

    /// The one row that the statement always has.
    pub(crate) fn query_one(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Row, Fault> {
        let statement = self.statement(sql)?;
        Ok(self.client.query_one(&statement, parameters)?)
    }

    /// How many rows were changed.
    pub(crate) fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, Fault> {
        let statement = self.statement(sql)?;
        Ok(self.client.execute(&statement, parameters)?)
    }

    /// Statements without parameters, in one round trip.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql)?)
    }

    /// Runs a closure in a transaction, which is rolled back if it fails.
    pub(crate) fn transaction<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.within("BEGIN ISOLATION LEVEL READ COMMITTED", run)
    }

    /// Runs a closure to which everything is as of one moment.
    pub(crate) fn snapshot<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.within("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", run)
    }

    fn within<T>(
        &mut self,
        begin: &str,
        run: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.batch(begin)?;
        // Whatever leads out of here, a panic too, nobody gets this session
        // with a transaction open.
        self.is_broken = true;
        let ended = match run(self) {
            Ok(value) => self.batch("COMMIT").map(|()| value),
            Err(fault) => match fault.remedy() {
                Remedy::Reconnect => return Err(fault),
                // If this fails, the server ends the transaction with the session.
                _ => match self.batch("ROLLBACK") {
                    Ok(()) => Err(fault),
                    Err(_) => return Err(fault),
                },
            },
        };
        self.is_broken = matches!(&ended, Err(fault) if fault.remedy() == Remedy::Reconnect);
        ended
    }
}

fn greet(client: &mut Client, lock_timeout_ms: u128) -> Result<Greeting, Fault> {
    // 0 would be no limit at all.
    let lock_timeout_ms = lock_timeout_ms.max(1);
    let text = format!("SET lock_timeout = {lock_timeout_ms}; {GREETING}");
    let said = client.simple_query(&text)?;
    let row = said.into_iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) if row.len() == 6 => Some(row),
        _ => None,
    });
    let told = row.as_ref().and_then(|row| {
        Some(Greeting {
            version_number: row.get(0)?.parse().ok()?,
            version: row.get(1)?.to_owned(),
            is_standby: row.get(2)? == "t",
            is_read_only: row.get(3)? == "on",
            schema: row.get(4).map(str::to_owned),
            encoding: row.get(5)?.to_owned(),
        })
    });
    told.ok_or_else(|| {
        Fault::Store(StoreError::Backend {
            database: String::new(),
            action: "greet the server",
            source: "it does not say what it is".into(),
        })
    })
}
