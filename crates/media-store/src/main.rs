//! The command line over the results that media plugins share.

mod cli;
mod commands;
mod entry;
mod failure;
mod json_lines;
mod messages;
mod names;
mod new_file;
mod output;
mod place;
mod program;
mod progress;
mod report;
mod secrets;
mod selection;
mod stop;
mod stores;
mod subject;
mod time;
mod walk;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(error) => messages::usage(&error),
    }
}
