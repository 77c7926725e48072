//! What Unix has and other systems have not: users, groups of processes, signals.

#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::{User, apart, descendants, new_private_file, signal};

#[cfg(not(unix))]
mod other;
#[cfg(not(unix))]
pub(crate) use other::{User, apart, descendants, new_private_file, signal};

/// What a server or one of its processes is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    /// End without waiting for clients.
    Fast,
    /// End without writing anything.
    Immediate,
    /// Be gone.
    Kill,
    /// Stand still.
    Pause,
    /// Go on.
    Resume,
}
