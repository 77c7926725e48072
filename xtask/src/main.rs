//! Checks and generators for maintainers: `cargo xtask …`.
//!
//! Exit status: 0 if all is well, 1 if a check found something, 2 if it could
//! not be carried out.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks on its standard streams"
)]

mod bench;
mod ci;
mod error;
mod layers;
mod report;
mod schema;
mod torture;
mod workspace;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Error;
use crate::workspace::Workspace;

/// Checks and generators for maintainers of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The stored schema: frozen statements, descriptors, adoption, plans
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Which crate may reach which, from `cargo metadata`
    Layers,
    /// Everything that must hold before a change is merged
    Ci,
    /// This project beside what a user would pick instead; writes docs/benchmarks.md
    #[command(disable_help_flag = true)]
    Bench {
        /// `--help` shows them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Faults on purpose, for as long as it takes: see docs/reliability.md
    Torture(torture::Arguments),
    #[command(hide = true)]
    TortureChild(torture::Play),
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    /// Check that schema, descriptors, row types, queries and docs agree
    Check,
    /// Write docs/schema.md, and the digests of a new version's statements
    Write,
    /// Compare a database with the schema, a line for each difference
    Diff {
        /// The database; it is only read
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {}", report::chain(&error));
            ExitCode::from(2)
        }
    }
}

/// Whether all is well.
fn run(command: &Command) -> Result<bool, Error> {
    let workspace = Workspace::here();
    match command {
        Command::Schema(SchemaCommand::Check) => Ok(report::print(&schema::check(&workspace)?)),
        Command::Schema(SchemaCommand::Write) => schema::write(&workspace),
        Command::Schema(SchemaCommand::Diff { file }) => schema::diff(file),
        Command::Layers => Ok(report::print(&layers::check(&workspace)?)),
        Command::Ci => ci::run(&workspace),
        Command::Bench { arguments } => bench::run(&workspace, arguments),
        Command::Torture(arguments) => torture::run(arguments),
        Command::TortureChild(play) => torture::play(play).map(|()| true),
    }
}
