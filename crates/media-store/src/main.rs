//! The command line over the results that media plugins share.

mod cli;
mod commands;
mod failure;
mod messages;
mod names;
mod output;
mod place;
mod program;
mod progress;
mod selection;
mod stop;
mod time;
mod walk;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::run(cli::Cli::parse())
}
