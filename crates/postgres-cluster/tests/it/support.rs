//! Waiting for what has no event.

use std::time::{Duration, Instant};

/// Looks until it is so.
#[track_caller]
pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "it is not so");
    }
}
