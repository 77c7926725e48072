//! Claims across machines: advisory locks that belong to a session.
//!
//! All claims of a process are held by one connection of their own. The server
//! gives them up when that ends, in whatever way. What is saved by a claim is
//! saved on that very connection, so that nothing is saved by a claim that was
//! lost. A session may take a lock of its own again, so threads are kept apart
//! here.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use media_schema::{Claim, ClaimError, ClaimToken, StoreError, Tried, Waiting};

use crate::connector::rest;
use crate::database::{Inner, Replay};
use crate::digest::lock_key;
use crate::fault::Remedy;
use crate::session::Session;
use crate::{Fault, PostgresDatabase};

const TRY: &str = "SELECT pg_try_advisory_lock($1)";
const UNLOCK: &str = "SELECT pg_advisory_unlock($1)";

/// The longest pause before a claim is asked for again: a bound on what many
/// that wait ask of the server.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The claims of a process.
#[derive(Default)]
pub(crate) struct Claims(Mutex<Held>);

#[derive(Default)]
struct Held {
    session: Option<Session>,
    /// Which session it is: what claims are told by when it was another.
    number: u64,
    keys: HashSet<i64>,
}

impl Held {
    /// The session, made if there is none.
    fn session(&mut self, inner: &Inner) -> Result<&mut Session, Fault> {
        if self.session.as_ref().is_some_and(Session::is_broken) {
            self.lose();
        }
        match &mut self.session {
            Some(session) => Ok(session),
            none => {
                let session = inner.connector.connect().map_err(Fault::Connect)?;
                self.number += 1;
                Ok(none.insert(session))
            }
        }
    }

    /// The session has ended, and with it every claim.
    fn lose(&mut self) {
        self.session = None;
        self.keys.clear();
    }
}

impl Claims {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a claim up when it is dropped.
struct Guard {
    inner: Arc<Inner>,
    key: i64,
    number: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut held = self.inner.claims.held();
        if held.number != self.number || !held.keys.remove(&self.key) {
            return;
        }
        let Some(session) = &mut held.session else {
            return;
        };
        if session.query(UNLOCK, &[&self.key]).is_err() {
            // Only the end of the session frees it now.
            held.lose();
        }
    }
}

impl PostgresDatabase {
    pub(crate) fn claim_parts(
        &self,
        parts: &[&str],
        waiting: Waiting<'_>,
    ) -> Result<Claim, ClaimError> {
        let key = lock_key(&self.inner.schema, parts);
        let mut gone_since = None;
        waiting.wait(parts, LONGEST_PAUSE, || {
            self.try_claim(key, &mut gone_since)
        })
    }

    /// `gone_since` is how long the server has been gone. For a while that is
    /// no other than a lock that is taken.
    fn try_claim(
        &self,
        key: i64,
        gone_since: &mut Option<Instant>,
    ) -> Result<Tried<Guard>, ClaimError> {
        let mut held = self.inner.claims.held();
        let taken = held
            .session(&self.inner)
            .and_then(|session| Ok(session.query_one(TRY, &[&key])?.get(0)));
        let is_free: bool = match taken {
            Ok(is_free) => is_free,
            Err(fault) => {
                let mut waited = Duration::ZERO;
                if fault.remedy() == Remedy::Reconnect {
                    held.lose();
                    waited = gone_since.get_or_insert_with(Instant::now).elapsed();
                    if waited < self.inner.timeout {
                        return Ok(Tried::Taken);
                    }
                }
                return Err(ClaimError::Lock {
                    lock: "a result".to_owned(),
                    source: fault
                        .into_store_error(self.server(), "claim a result", waited)
                        .into(),
                });
            }
        };
        *gone_since = None;
        if !is_free {
            return Ok(Tried::Taken);
        }
        if !held.keys.insert(key) {
            // A session takes its own lock again: another thread has it.
            if let Some(session) = &mut held.session
                && session.query(UNLOCK, &[&key]).is_err()
            {
                held.lose();
            }
            return Ok(Tried::Taken);
        }
        let number = held.number;
        Ok(Tried::Claimed(
            ClaimToken::new(number),
            Guard {
                inner: self.inner.clone(),
                key,
                number,
            },
        ))
    }

    /// Changes something, by a claim if there is one, so that it comes to the
    /// same if it is done again.
    pub(crate) fn write_with<T>(
        &self,
        claim: Option<ClaimToken>,
        action: &'static str,
        run: impl FnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        match claim {
            Some(token) => self.write_claimed(token, action, run),
            None => self.write(action, Replay::Safe, run),
        }
    }

    /// Runs a closure on the session that holds the claims, if that is still
    /// the one by which `token` was given.
    pub(crate) fn write_claimed<T>(
        &self,
        token: ClaimToken,
        action: &'static str,
        mut run: impl FnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let lost = || StoreError::ClaimLost {
            database: self.server().to_owned(),
        };
        self.require_writing()?;
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut held = self.inner.claims.held();
        loop {
            if held.number != token.number() {
                return Err(lost());
            }
            let session = match &mut held.session {
                Some(session) if !session.is_broken() => session,
                _ => return Err(lost()),
            };
            session.is_replay = false;
            match run(session) {
                Ok(value) => return Ok(value),
                // Whether it was saved is found out by looking again.
                Err(fault) if fault.remedy() == Remedy::Reconnect => {
                    held.lose();
                    return Err(lost());
                }
                Err(fault)
                    if fault.remedy() == Remedy::Repeat
                        && started.elapsed() < self.inner.timeout =>
                {
                    rest(&mut pause);
                }
                Err(fault) => {
                    return Err(fault.into_store_error(self.server(), action, started.elapsed()));
                }
            }
        }
    }
}
