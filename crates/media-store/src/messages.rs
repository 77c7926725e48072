//! What is said beside the results, on standard error.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

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

fn say(message: &dyn Display) {
    // If even standard error is gone, there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{message}");
}
