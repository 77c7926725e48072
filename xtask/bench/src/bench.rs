//! The command line of the benchmarks, and what all of them need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Parser;
use clap::builder::PossibleValuesParser;
use tempfile::TempDir;

use crate::data::Data;
use crate::python::{Environment, Python, run as run_command};
use crate::topics::GROUPS;
use crate::{Result, machine, report, workers};

/// The page that a whole run writes.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks.md");

/// Measure this project beside what a user would pick instead
///
/// A run without names or `--quick` writes docs/benchmarks.md; any run prints
/// what it measured. Data and peers are kept in target/bench.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Few rounds: to see that all runs
    #[arg(long)]
    quick: bool,
    /// Tables of 10 million rows too (8 GB, and some minutes to make them)
    #[arg(long)]
    long: bool,
    /// What to measure [default: all]
    #[arg(value_parser = PossibleValuesParser::new(GROUPS.iter().map(|(name, _)| *name)))]
    names: Vec<String>,
}

/// What is measured with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) data: Data,
    /// Has the first generation of the Python library, and the other peers.
    pub(crate) first: Python,
    pub(crate) first_environment: Environment,
    /// Has its second generation.
    pub(crate) second: Python,
    pub(crate) second_environment: Environment,
    pub(crate) b3sum: Result<PathBuf, String>,
    pub(crate) long: bool,
    quick: bool,
    program: String,
}

/// Runs what the arguments ask for.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["work", database, first, saves] => workers::work(database, first, saves),
        ["peak", ref command @ ..] => workers::peak(command),
        _ => measure(&Arguments::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let bench = Bench::prepare(arguments)?;
    let mut topics = Vec::new();
    for (name, run) in GROUPS {
        if arguments.names.is_empty() || arguments.names.iter().any(|asked| asked == name) {
            eprintln!("measuring {name}");
            topics.extend(run(&bench)?);
        }
    }
    let command: Vec<_> = std::env::args().skip(1).collect();
    let command = format!("cargo xtask bench {}", command.join(" "));
    let page = report::page(&topics, &machine::conditions(&bench, command.trim()));
    print!("{page}");
    if arguments.names.is_empty() && !arguments.quick {
        fs::write(PAGE, page)?;
    }
    Ok(())
}

impl Bench {
    fn prepare(arguments: &Arguments) -> Result<Self> {
        // This program is in target/release.
        let built = std::env::current_exe()?;
        let release = built.parent().ok_or("no folder of this program")?;
        let folder = release.parent().unwrap_or(release).join("bench");
        let program = release.join("media-store");
        if !program.exists() {
            return Err(format!("{} is missing: use cargo xtask bench", program.display()).into());
        }
        let library = |version| format!("cjm-media-plugin-system=={version}");
        let first_environment = Environment::make(
            &folder.join("python-0.0.10"),
            &[&library("0.0.10"), "diskcache", "joblib", "ml-metadata"],
        );
        let second_environment =
            Environment::make(&folder.join("python-0.0.21"), &[&library("0.0.21")]);
        Ok(Self {
            first: Python::start(&first_environment),
            first_environment,
            second: Python::start(&second_environment),
            second_environment,
            b3sum: b3sum(&folder).map_err(|error| error.to_string()),
            data: Data::new(folder.join("data"))?,
            long: arguments.long,
            quick: arguments.quick,
            program: program.display().to_string(),
        })
    }

    /// Rounds of a contest.
    pub(crate) fn rounds(&self, full: usize) -> usize {
        if self.quick { 3 } else { full }
    }

    /// The command line, as it was built.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// A folder on the same file system as the data.
    pub(crate) fn scratch(&self) -> Result<TempDir> {
        Ok(tempfile::tempdir_in(self.data.folder())?)
    }
}

/// The newest b3sum, built once.
fn b3sum(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("tools/bin/b3sum");
    if !path.exists() {
        eprintln!("installing b3sum");
        run_command(
            Command::new("cargo")
                .args(["install", "--quiet", "--locked", "b3sum", "--root"])
                .arg(folder.join("tools"))
                .arg("--target-dir")
                .arg(folder.join("tools/target")),
        )?;
    }
    Ok(path)
}
