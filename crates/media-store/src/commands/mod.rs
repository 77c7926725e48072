//! The commands, one a file.

mod analyze;
mod completions;
mod config_hash;
mod doctor;
mod exec;
mod export;
mod extract;
mod hash;
mod import;
mod jobs;
mod lineage;
mod prune;
mod report;
mod schema;
mod show;
mod stats;
mod verify;

use std::process::ExitCode;

use crate::cli::{Cli, Command, SchemaCommand};
use crate::failure::{Failure, Status};
use crate::{messages, stop};

/// Runs what was asked for and says how it ended.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let Cli { shared, command } = cli;
    if let Err(error) = lineage::check_format(&shared, &command) {
        return messages::usage(&error);
    }
    let is_check = matches!(
        command,
        Command::Verify(_) | Command::Doctor | Command::Schema(SchemaCommand::Check)
    );
    let outcome = match command {
        Command::Hash(args) => hash::run(&shared, &args),
        Command::ConfigHash(args) => config_hash::run(&shared, &args),
        Command::Analyze(args) => analyze::run(&shared, &args),
        Command::Extract(args) => extract::run(&shared, &args),
        Command::Exec(command) => exec::run(&shared, &command),
        Command::Jobs(command) => jobs::run(&shared, command),
        Command::Report(args) => report::run(&shared, &args),
        Command::Verify(args) => verify::run(&shared, &args),
        Command::Lineage(args) => lineage::run(&shared, &args),
        Command::Export(args) => export::run(&shared, &args),
        Command::Import(args) => import::run(&shared, &args),
        Command::Prune(args) => prune::run(&shared, &args),
        Command::Schema(command) => schema::run(&shared, &command),
        Command::Show(args) => show::run(&shared, &args),
        Command::Doctor => doctor::run(&shared),
        Command::Stats => stats::run(&shared),
        Command::Completions(args) => completions::run(&args),
    };
    match outcome {
        Ok(status) => status.into(),
        // Whoever reads has had enough of a list; a check that nobody read to
        // its end has not said that all is well.
        Err(failure) if failure.is_broken_pipe() => if is_check {
            Status::Incomplete
        } else {
            Status::Fine
        }
        .into(),
        Err(Failure::Stopped) => {
            messages::note(shared.quiet, &"stopped");
            stop::STATUS.into()
        }
        Err(failure) => {
            messages::error(&failure);
            Status::Incomplete.into()
        }
    }
}
