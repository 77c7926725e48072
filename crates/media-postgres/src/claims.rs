//! Claims across machines: advisory locks that belong to a session.
//!
//! All claims of a process are held by one connection of their own. The server
//! gives them up when that ends, in whatever way. What is saved by a claim is
//! saved on that very connection, so that nothing is saved by a claim that was
//! lost. A session may take a lock of its own again, so threads are kept apart
//! here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
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
    /// The locks that it holds, each with the number of the claim.
    keys: HashMap<i64, u64>,
    /// The number of the last claim: no two have the same.
    last: u64,
}

impl Held {
    /// The session has ended, and with it every claim.
    fn lose(&mut self) {
        self.session = None;
        self.keys.clear();
    }

    /// The session, if there is one that is not known to be broken.
    fn session(&mut self) -> Option<&mut Session> {
        if self.session.as_ref().is_some_and(Session::is_broken) {
            self.lose();
        }
        self.session.as_mut()
    }

    fn holds(&self, token: ClaimToken) -> bool {
        self.keys.values().any(|number| *number == token.number())
    }
}

impl Claims {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Likewise, unless something is being saved by a claim just now, which may
    /// take a while.
    fn held_now(&self) -> Option<MutexGuard<'_, Held>> {
        match self.0.try_lock() {
            Ok(held) => Some(held),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
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
        if held.keys.get(&self.key) != Some(&self.number) {
            return;
        }
        held.keys.remove(&self.key);
        if let Some(session) = held.session()
            && session.query(UNLOCK, &[&self.key]).is_err()
        {
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
            self.try_claim(key, waiting, &mut gone_since)
        })
    }

    /// `gone_since` is how long the server has been gone. For a while that is
    /// no other than a lock that is taken.
    fn try_claim(
        &self,
        key: i64,
        waiting: Waiting<'_>,
        gone_since: &mut Option<Instant>,
    ) -> Result<Tried<Guard>, ClaimError> {
        let claims = &self.inner.claims;
        let mut held = match claims.held_now() {
            Some(held) => held,
            // Who asks but once gets an answer of the server's.
            None if waiting.patience == Some(Duration::ZERO) => claims.held(),
            None => return Ok(Tried::Later),
        };
        // That a session has ended while nothing was asked of it shows only now,
        // and says nothing of who has the claim.
        for is_last in [false, true] {
            if held.session().is_none() {
                // Nobody else waits for the network meanwhile.
                drop(held);
                let connected = self.inner.connector.connect();
                held = claims.held();
                match connected {
                    Ok(session) if held.session().is_none() => held.session = Some(session),
                    Err(error) if held.session().is_none() => {
                        return self.not_claimed(Fault::Connect(error), gone_since);
                    }
                    // Another thread has made one.
                    Ok(_) | Err(_) => {}
                }
            }
            // A session gets its own lock again: another thread has this one.
            if held.keys.contains_key(&key) {
                return Ok(Tried::Taken);
            }
            let Some(session) = held.session() else {
                return Ok(Tried::Later);
            };
            let asked = session.query_one(TRY, &[&key]);
            match asked.and_then(|row| Ok(row.try_get(0)?)) {
                Ok(true) => break,
                Ok(false) => {
                    *gone_since = None;
                    return Ok(Tried::Taken);
                }
                Err(fault) => {
                    let is_gone = fault.remedy() == Remedy::Reconnect;
                    if is_gone {
                        held.lose();
                    }
                    if is_last || !is_gone {
                        return self.not_claimed(fault, gone_since);
                    }
                }
            }
        }
        *gone_since = None;
        held.last += 1;
        let number = held.last;
        held.keys.insert(key, number);
        Ok(Tried::Claimed(
            ClaimToken::new(number),
            Guard {
                inner: self.inner.clone(),
                key,
                number,
            },
        ))
    }

    fn not_claimed(
        &self,
        fault: Fault,
        gone_since: &mut Option<Instant>,
    ) -> Result<Tried<Guard>, ClaimError> {
        let mut waited = Duration::ZERO;
        if fault.remedy() == Remedy::Reconnect {
            waited = gone_since.get_or_insert_with(Instant::now).elapsed();
            if waited < self.inner.timeout {
                return Ok(Tried::Taken);
            }
        }
        Err(ClaimError::Lock {
            lock: "a result".to_owned(),
            source: fault
                .into_store_error(self.server(), "claim a result", waited)
                .into(),
        })
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

    /// Runs a closure on the session that holds the claims, if it still holds
    /// the one that `token` was given with.
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
            if held.session().is_none() || !held.holds(token) {
                return Err(lost());
            }
            let Some(session) = held.session() else {
                return Err(lost());
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
