//! Waiting for what a server does not announce.

use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// How long a server may take to start, to end, or to follow another one.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(5);

/// Looks until there is something to see. `None` once [`LIMIT`] has passed.
pub(crate) fn until<T>(
    mut look: impl FnMut() -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let started = Instant::now();
    loop {
        let seen = look()?;
        if seen.is_some() || started.elapsed() > LIMIT {
            return Ok(seen);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "a server tells of its state by a file and by its views only"
        )]
        thread::sleep(PAUSE);
    }
}
