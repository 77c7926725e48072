//! Claims: among all threads, processes and machines, one computes a result
//! and the others wait for it.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;

/// The right to compute one result, until it is dropped.
///
/// A backend gives it to one caller at a time, and to the next one if its
/// holder dies, in whatever way. Claims on different results never wait for
/// each other, so that computing one may claim another. Claiming the same
/// result twice in one thread waits for itself. Claims are of one database, and
/// on a server of one schema of it: who uses another computes the same again.
pub struct Claim {
    token: ClaimToken,
    has_waited: bool,
    /// Gives it up when it is dropped.
    _guard: Box<dyn Any + Send>,
}

/// Tells a backend by which claim something is saved, so that it can refuse to
/// if the claim was lost since: a fencing token.
///
/// It is valid for the backend that gave it, and only while its [`Claim`] lives.
/// A backend whose claims can be lost refuses one whose claim was lost or
/// dropped, by [`ClaimLost`](crate::StoreError::ClaimLost). Where they cannot,
/// as with a lock of the system, it need not look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimToken(u64);

impl ClaimToken {
    /// Wraps a backend's own number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The backend's own number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl Claim {
    /// Whether somebody else had it when it was asked for, so that what was
    /// known before may be known no more.
    #[must_use]
    pub fn has_waited(&self) -> bool {
        self.has_waited
    }

    /// What a backend is shown when something is saved by this claim.
    #[must_use]
    pub fn token(&self) -> ClaimToken {
        self.token
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("token", &self.token)
            .field("has_waited", &self.has_waited)
            .finish_non_exhaustive()
    }
}

/// Why there is no claim.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Somebody else had it all the while.
    #[error("somebody else is computing it, waited {:.1} s", waited.as_secs_f64())]
    TimedOut {
        /// How long.
        waited: Duration,
    },
    /// The caller wanted to stop.
    #[error("stopped while waiting for somebody else to compute it")]
    Cancelled,
    /// The lock could not be used.
    #[error("cannot lock {lock}")]
    Lock {
        /// The lock's file or its folder, or the server.
        lock: String,
        /// What the system or the server says.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// How long to wait for a claim.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waiting<'a> {
    /// At most so long; without a limit by default.
    pub patience: Option<Duration>,
    /// Only until this is true.
    pub cancel: Option<&'a AtomicBool>,
}

/// What came of trying for a claim: for backends.
#[derive(Debug)]
pub enum Tried<G> {
    /// It is had. The guard gives it up when it is dropped.
    Claimed(ClaimToken, G),
    /// Somebody else has it.
    Taken,
    /// It is not known yet who has it: to be tried again soon.
    Later,
}

impl Waiting<'_> {
    /// Tries again and again, after a millisecond at first and then ever more
    /// up to `longest`: for backends. Says in the log who waits for what.
    ///
    /// # Errors
    /// What `attempt` says; [`ClaimError::TimedOut`], [`ClaimError::Cancelled`].
    pub fn wait<G: Send + 'static>(
        &self,
        parts: &[&str],
        longest: Duration,
        mut attempt: impl FnMut() -> Result<Tried<G>, ClaimError>,
    ) -> Result<Claim, ClaimError> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        let mut has_waited = false;
        // Only of those who waited, so that nobody else pays for it.
        let ended = |outcome| {
            tracing::info!(
                claim = %parts.join(" "),
                outcome,
                waited_ms = started.elapsed().as_secs_f64() * 1000.0,
                "waited for another's computation"
            );
        };
        loop {
            match attempt()? {
                Tried::Claimed(token, guard) => {
                    if has_waited {
                        ended("claimed");
                    }
                    return Ok(Claim {
                        token,
                        has_waited,
                        _guard: Box::new(guard),
                    });
                }
                Tried::Taken if !has_waited => {
                    tracing::info!(claim = %parts.join(" "), "waiting for another's computation");
                    has_waited = true;
                }
                Tried::Taken => {}
                Tried::Later => pause = Duration::from_millis(1),
            }
            let waited = started.elapsed();
            if self.patience.is_some_and(|patience| waited >= patience) {
                if has_waited {
                    ended("timed out");
                }
                return Err(ClaimError::TimedOut { waited });
            }
            if self.is_cancelled() {
                if has_waited {
                    ended("cancelled");
                }
                return Err(ClaimError::Cancelled);
            }
            rest(pause);
            pause = (pause * 2).min(longest);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel
            .is_some_and(|cancel| cancel.load(Ordering::Relaxed))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "neither a system's nor a server's lock can be waited for both bounded and cancelled"
)]
fn rest(pause: Duration) {
    std::thread::sleep(pause);
}
