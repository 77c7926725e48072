//! Making connections: to a server that is good, or an error that says why not.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use r2d2::ManageConnection;
use r2d2_postgres::PostgresConnectionManager;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::Address;
use crate::fault::{is_gone, said};
use crate::session::Session;
use crate::{ConnectError, ConnectOptions, Fault, tls};

/// The oldest server that is good, as the server counts.
const LEAST_VERSION: u32 = 120_000;

/// Makes connections to one address.
pub(crate) struct Connector {
    manager: PostgresConnectionManager<MakeRustlsConnect>,
    pub(crate) name: String,
    timeout: Duration,
    is_for_writing: bool,
    has_several_hosts: bool,
    /// How often a connection was lost.
    generation: AtomicU64,
}

impl Connector {
    pub(crate) fn new(address: Address, options: &ConnectOptions) -> Result<Self, ConnectError> {
        let address = if options.read_only {
            address
        } else {
            address.for_writing()
        };
        let has_several_hosts = address.has_several_hosts();
        let tls = tls::connector(&address.certificates)?;
        Ok(Self {
            manager: PostgresConnectionManager::new(address.config, tls),
            name: address.name,
            timeout: options.timeout,
            is_for_writing: !options.read_only,
            has_several_hosts,
            generation: AtomicU64::new(0),
        })
    }

    /// A connection was lost: most likely the server went away, and all that
    /// were made before lead nowhere.
    pub(crate) fn lost(&self, session: &Session) {
        let next = session.generation + 1;
        self.generation.fetch_max(next, Ordering::Relaxed);
    }

    /// Whether another connection was lost since this one was made. That it
    /// leads nowhere would show only when the system gives up, in half a minute
    /// for each.
    pub(crate) fn is_outlived(&self, session: &Session) -> bool {
        session.generation < self.generation.load(Ordering::Relaxed)
    }

    /// Makes one connection, without trying again.
    pub(crate) fn connect(&self) -> Result<Session, ConnectError> {
        // Read first: what is lost meanwhile may be this one.
        let generation = self.generation.load(Ordering::Relaxed);
        let client = self
            .manager
            .connect()
            .map_err(|error| self.refused(&error))?;
        let mut session =
            Session::new(client, self.timeout.as_millis()).map_err(|fault| match fault {
                Fault::Server(error) => self.refused(&error),
                Fault::Connect(error) => error,
                Fault::Store(error) => ConnectError::Server {
                    server: self.name.clone(),
                    action: "greet",
                    source: error.into(),
                },
            })?;
        session.generation = generation;
        let greeting = &session.greeting;
        if greeting.version_number < LEAST_VERSION {
            return Err(ConnectError::TooOld {
                server: self.name.clone(),
                found: greeting.version.clone(),
                least: LEAST_VERSION / 10_000,
            });
        }
        if !["UTF8", "SQL_ASCII"].contains(&greeting.encoding.as_str()) {
            return Err(ConnectError::Encoding {
                server: self.name.clone(),
                found: greeting.encoding.clone(),
            });
        }
        if self.is_for_writing && greeting.is_standby {
            return Err(self.read_only("it is a standby"));
        }
        if self.is_for_writing && greeting.is_read_only {
            return Err(self.read_only("default_transaction_read_only is on"));
        }
        Ok(session)
    }

    /// Makes the first connection: waits for a server that is starting up or
    /// has no room, and where there are several, for one to take over. That a
    /// single one is not there is said at once: its name may be misspelt.
    pub(crate) fn connect_first(&self) -> Result<Session, ConnectError> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let connected = self.connect();
            let waited = started.elapsed();
            let may_change = match &connected {
                Err(ConnectError::Busy { .. }) => true,
                Err(ConnectError::Unreachable { .. } | ConnectError::ReadOnly { .. }) => {
                    self.has_several_hosts
                }
                _ => false,
            };
            if !may_change || waited >= self.timeout {
                return match connected {
                    Err(ConnectError::Busy { server, source, .. }) => Err(ConnectError::Busy {
                        server,
                        waited,
                        source,
                    }),
                    connected => connected,
                };
            }
            rest(&mut pause);
        }
    }

    fn read_only(&self, why: &'static str) -> ConnectError {
        ConnectError::ReadOnly {
            server: self.name.clone(),
            why,
        }
    }

    fn refused(&self, error: &postgres::Error) -> ConnectError {
        let server = self.name.clone();
        let source = said(error);
        match error.code() {
            Some(code)
                if [
                    SqlState::INVALID_PASSWORD,
                    SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
                ]
                .contains(code) =>
            {
                ConnectError::Refused { server, source }
            }
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
                ConnectError::NoDatabase { server, source }
            }
            Some(code) if is_gone(code) => ConnectError::Busy {
                server,
                waited: Duration::ZERO,
                source,
            },
            Some(_) => ConnectError::Server {
                server,
                action: "connect to",
                source,
            },
            None => self.not_connected(error, source),
        }
    }

    fn not_connected(
        &self,
        error: &postgres::Error,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> ConnectError {
        let server = self.name.clone();
        let cause = error.source();
        let io = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
        let text = error.to_string();
        // The driver's own kinds are private; its words for them are stable.
        if text.contains("TLS") || io.is_some_and(|io| io.kind() == io::ErrorKind::InvalidData) {
            ConnectError::Encryption { server, source }
        } else if io.is_some_and(|io| {
            // The driver's own word for a server that takes no writes.
            io.kind() == io::ErrorKind::PermissionDenied && io.raw_os_error().is_none()
        }) {
            // Of several hosts, none takes writes: one may soon.
            ConnectError::ReadOnly {
                server,
                why: "none of its hosts is a primary",
            }
        } else if source.to_string().contains("password missing") {
            ConnectError::NoPassword { server }
        } else if text.contains("authentication") || text.contains("configuration") {
            ConnectError::Refused { server, source }
        } else {
            ConnectError::Unreachable { server, source }
        }
    }
}

/// A connection, or why there is none: the pool would try again and say
/// nothing of why.
pub(crate) type Pooled = Result<Session, Refusal>;

/// Why there is no connection, until that was told.
pub(crate) struct Refusal {
    pub(crate) error: Option<ConnectError>,
    pub(crate) at: Instant,
}

/// What the pool gets its connections from.
pub(crate) struct Supply {
    connector: Arc<Connector>,
    /// The one that the database was opened by.
    first: Mutex<Option<Session>>,
}

impl Supply {
    pub(crate) fn new(connector: Arc<Connector>, first: Session) -> Self {
        Self {
            connector,
            first: Mutex::new(Some(first)),
        }
    }
}

impl ManageConnection for Supply {
    type Connection = Pooled;
    type Error = std::convert::Infallible;

    fn connect(&self) -> Result<Pooled, Self::Error> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Ok(match first {
            Some(session) if !session.is_broken() => Ok(session),
            _ => self.connector.connect().map_err(|error| Refusal {
                error: Some(error),
                at: Instant::now(),
            }),
        })
    }

    fn is_valid(&self, _: &mut Pooled) -> Result<(), Self::Error> {
        Ok(())
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        match pooled {
            Ok(session) => session.is_broken(),
            Err(_) => true,
        }
    }
}

/// Waits before something is tried again, the longer the more often.
#[expect(
    clippy::disallowed_methods,
    reason = "a server that is not there tells nobody when it is back"
)]
pub(crate) fn rest(pause: &mut Duration) {
    std::thread::sleep(*pause);
    *pause = (*pause * 2).min(Duration::from_millis(200));
}
