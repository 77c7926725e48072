//! What is said beside the results, on standard error.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::failure::chain;
use crate::secrets;

/// Says an error with its causes. It may repeat what was typed, but no password.
pub(crate) fn error(error: &dyn Error) {
    say(&format_args!("error: {}", secrets::hide(&chain(error))));
}

/// Says something that is not an error, unless `quiet`.
pub(crate) fn note(quiet: bool, message: &dyn Display) {
    if !quiet {
        say(message);
    }
}

/// Says help, or what is wrong with the words that were typed; it repeats them,
/// but no password.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let plain = error.render().to_string();
    let shown = secrets::hide(&plain);
    if shown == plain {
        // If even standard error is gone, there is nobody to tell.
        let _ = error.print();
    } else {
        say(&shown.trim_end());
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn say(message: &dyn Display) {
    // If even standard error is gone, there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{message}");
}
