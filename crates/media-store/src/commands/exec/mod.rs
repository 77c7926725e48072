//! `exec`: any program as a plugin, through the cache and on record.

mod analysis;
mod object;
mod processing;

use std::path::{Path, PathBuf};

use media_hash::{Sha256, hash_file};
use media_schema::path_key;

use crate::cli::{ExecCommand, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::names::absolute;
use crate::place::{Database, Place};
use crate::program::CommandLine;

pub(crate) fn run(shared: &Shared, command: &ExecCommand) -> Result<Status, Failure> {
    match command {
        ExecCommand::Analysis(args) => analysis::run(shared, args),
        ExecCommand::Processing(args) => processing::run(shared, args),
    }
}

/// The file to read, as it is recorded. One that cannot be read is refused
/// before anything is created for it.
fn input(path: &Path) -> Result<PathBuf, Failure> {
    let path = absolute(path)?;
    path_key(&path, "INPUT")?;
    if !path.is_file() {
        hash_file::<Sha256>(&path)?;
    }
    Ok(path)
}

/// The database, which is not created for a program that cannot be started.
/// Where something is recorded already, the program may not be needed.
fn database(shared: &Shared, command: &CommandLine) -> Result<Database, Failure> {
    let place = Place::find(shared.db.as_deref())?;
    if place.file().is_some_and(|path| !path.exists()) {
        command.check()?;
    }
    place.open_to_write(shared.quiet)
}

/// What a program finds without being told the file is kept as the file's.
fn note_untold(shared: &Shared, command: &CommandLine) {
    if !command.names_input() {
        messages::note(
            shared.quiet,
            &"no argument of the command holds {input}, the path to read",
        );
    }
}
