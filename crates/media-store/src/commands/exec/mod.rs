//! `exec`: any program as a plugin, through the cache and on record.

mod analysis;
mod object;

use crate::cli::{ExecCommand, Shared};
use crate::failure::{Failure, Status};

pub(crate) fn run(shared: &Shared, command: &ExecCommand) -> Result<Status, Failure> {
    match command {
        ExecCommand::Analysis(args) => analysis::run(shared, args),
    }
}
