//! An open database on a server: a bounded pool of connections, and patience
//! with a server that goes away and comes back.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use media_schema::StoreError;
use r2d2::{Pool, PooledConnection};

use crate::address::Address;
use crate::bootstrap::Established;
use crate::claims::Claims;
use crate::connector::{Connector, Pooled, Supply, rest};
use crate::fault::{Remedy, busy};
use crate::session::Session;
use crate::{ConnectError, ConnectOptions, Fault, bootstrap};

/// An open database on a PostgreSQL server. Cheap to clone; clones share their
/// connections.
///
/// It fulfils the whole contract of [`media_schema`], and is handed to the
/// stores, audits and lineages as a SQLite database is.
///
/// When the server ends or a connection breaks, a call tries again on another
/// one until its time is up, and so finds a server that was started again or a
/// standby that took over. Nothing is done twice by that.
///
/// Do not call it from a thread that runs futures: let that thread's runtime
/// run it on one where it may block.
#[derive(Clone)]
pub struct PostgresDatabase {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pool: Pool<Supply>,
    pub(crate) connector: Arc<Connector>,
    pub(crate) claims: Claims,
    pub(crate) timeout: Duration,
    is_read_only: bool,
    is_new: bool,
    /// Where the tables are: what claims are told apart by.
    pub(crate) schema: String,
}

/// The least time that a call has to get a connection: to make one takes a
/// moment, even if nobody is to wait for a lock.
const CONNECTING: Duration = Duration::from_secs(1);

/// What is to be done when a connection is lost in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    /// The same again: it comes to the same, even if it was done.
    Safe,
    /// Nothing: it must not be done twice, and may have been done.
    Never,
}

impl fmt::Debug for PostgresDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresDatabase")
            .field("server", &self.server())
            .field("read_only", &self.inner.is_read_only)
            .finish_non_exhaustive()
    }
}

impl PostgresDatabase {
    pub(crate) fn open(address: &str, options: &ConnectOptions) -> Result<Self, ConnectError> {
        options.validate()?;
        let started = Instant::now();
        let address = Address::parse(address)?;
        let connector = Arc::new(Connector::new(address, options)?);
        let mut session = connector.connect_first()?;
        let Established { schema, is_new } =
            bootstrap::establish(&mut session, &connector.name, options.read_only)?;
        let pool = Pool::builder()
            .max_size(options.connections)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .max_lifetime(None)
            .idle_timeout(None)
            .connection_timeout(options.timeout.max(CONNECTING))
            .build_unchecked(Supply::new(Arc::clone(&connector), session));
        tracing::debug!(
            database = connector.name,
            read_only = options.read_only,
            elapsed_ms = started.elapsed().as_secs_f64() * 1000.0,
            "opened a database"
        );
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                connector,
                claims: Claims::default(),
                timeout: options.timeout,
                is_read_only: options.read_only,
                is_new,
                schema,
            }),
        })
    }

    /// The address, without the password.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.inner.connector.name
    }

    /// Whether opening it has created the tables.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.inner.is_new
    }

    /// Asks something that changes nothing.
    pub(crate) fn read<T>(
        &self,
        action: &'static str,
        run: impl FnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.run(action, Replay::Safe, run)
    }

    /// Changes something. `run` gets a session that says whether it runs for
    /// the second time.
    pub(crate) fn write<T>(
        &self,
        action: &'static str,
        replay: Replay,
        run: impl FnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.require_writing()?;
        self.run(action, replay, run)
    }

    pub(crate) fn require_writing(&self) -> Result<(), StoreError> {
        if self.inner.is_read_only {
            return Err(StoreError::ReadOnly {
                database: self.server().to_owned(),
                source: None,
            });
        }
        Ok(())
    }

    fn run<T>(
        &self,
        action: &'static str,
        replay: Replay,
        mut run: impl FnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let patience = Patience::new(self.inner.timeout);
        let mut pause = Duration::from_millis(1);
        let mut is_replay = false;
        loop {
            let (fault, has_begun) = match self.lend(&patience, is_replay, &mut run)? {
                Ok(value) => return Ok(value),
                Err(fault) => fault,
            };
            let may_try_again = match fault.remedy() {
                Remedy::Nothing => false,
                Remedy::Repeat => true,
                Remedy::Reconnect => !has_begun || replay == Replay::Safe,
            };
            if !may_try_again || patience.is_over() {
                return Err(fault.into_store_error(self.server(), action, patience.waited()));
            }
            tracing::debug!(
                database = self.server(),
                action,
                fault = ?fault,
                "trying again"
            );
            is_replay |= has_begun && fault.remedy() == Remedy::Reconnect;
            rest(&mut pause);
        }
    }

    /// A session of the pool. It is asked for again and again, since the pool
    /// tells nobody who waits that it has thrown one away.
    fn borrow(&self, patience: &Patience) -> Result<PooledConnection<Supply>, StoreError> {
        const SLICE: Duration = Duration::from_millis(250);
        let limit = self.inner.timeout.max(CONNECTING);
        loop {
            let left = limit.saturating_sub(patience.waited());
            if let Ok(mut pooled) = self.inner.pool.get_timeout(left.min(SLICE)) {
                if self.is_over(&mut pooled, patience) {
                    continue;
                }
                return Ok(pooled);
            }
            if left <= SLICE {
                return Err(busy(self.server(), patience.waited()));
            }
        }
    }

    /// Whether what the pool kept is of the past: a connection from before
    /// another one was lost, or what a server said to a call before this one.
    fn is_over(&self, pooled: &mut Pooled, patience: &Patience) -> bool {
        match pooled {
            Ok(session) if self.inner.connector.is_outlived(session) => {
                session.give_up();
                true
            }
            Ok(_) => false,
            Err(refusal) => refusal.at < patience.started,
        }
    }

    /// Runs a closure once on a session of the pool; a fault comes with whether
    /// it was the closure's.
    fn lend<T>(
        &self,
        patience: &Patience,
        is_replay: bool,
        run: &mut impl FnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<Result<T, (Fault, bool)>, StoreError> {
        let mut pooled = self.borrow(patience)?;
        let session = match &mut *pooled {
            Ok(session) => session,
            // It is thrown away when it goes back.
            Err(refusal) => {
                let error = refusal.error.take();
                let error = error.unwrap_or_else(|| ConnectError::Busy {
                    server: self.server().to_owned(),
                    waited: patience.waited(),
                    source: "the reason was told to another call".into(),
                });
                return Ok(Err((Fault::Connect(error), false)));
            }
        };
        session.is_replay = is_replay;
        let done = run(session);
        if let Err(fault) = &done
            && fault.remedy() == Remedy::Reconnect
        {
            session.give_up();
            self.inner.connector.lost(session);
        }
        Ok(done.map_err(|fault| (fault, true)))
    }
}

/// How long a call has, and has waited.
struct Patience {
    started: Instant,
    timeout: Duration,
}

impl Patience {
    fn new(timeout: Duration) -> Self {
        Self {
            started: Instant::now(),
            timeout,
        }
    }

    fn waited(&self) -> Duration {
        self.started.elapsed()
    }

    fn is_over(&self) -> bool {
        self.waited() >= self.timeout
    }
}
