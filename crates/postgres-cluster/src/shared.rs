//! One server for all tests of a process.

use std::sync::OnceLock;

use crate::{Cluster, required};

/// A server that all tests of this process share, started by the first that asks. Each takes a
/// [`fresh_database`](Cluster::fresh_database) of it, and none stops it. It takes 300 connections.
///
/// `None` where [`required`] says so.
///
/// # Panics
///
/// If the server does not start, and where [`required`] does.
#[must_use]
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    let programs = required()?;
    Some(SHARED.get_or_init(|| {
        let builder = Cluster::builder(&programs).setting("max_connections", "300");
        #[expect(
            clippy::panic,
            reason = "its users are tests, each of which would have to do that"
        )]
        builder.start().unwrap_or_else(|error| panic!("{error:?}"))
    }))
}
