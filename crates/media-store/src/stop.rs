//! Stopping in good order: by Ctrl-C, or a signal to the same end.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;
use crate::program;

/// The exit status of what was stopped: 128 + SIGINT, as shells have it.
pub(crate) const STATUS: u8 = 130;

static STOP: AtomicBool = AtomicBool::new(false);

/// From now on the first signal sets the flag that is returned, and a second
/// one ends this program and the one that it runs at once.
pub(crate) fn on_signal() -> Result<&'static AtomicBool, Failure> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            program::end_at_once();
            #[expect(clippy::exit, reason = "asked twice: nothing more is waited for")]
            std::process::exit(STATUS.into());
        }
    })?;
    Ok(&STOP)
}

/// Whether the flag is set, as a result.
pub(crate) fn check(stop: &AtomicBool) -> Result<(), Failure> {
    if stop.load(Ordering::Relaxed) {
        return Err(Failure::Stopped);
    }
    Ok(())
}
