//! The command line of the benchmarks, and what all of them need.

use std::cell::LazyCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::rc::Rc;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use tempfile::TempDir;

use crate::data::Data;
use crate::python::{Environment, Python, run as run_command};
use crate::topics::{self, PAGES};
use crate::{Result, report, workers};

/// Where the pages are.
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

/// Measure this project beside what a user would pick instead
///
/// A run that measures all of a page writes it, unless it is `--quick`:
/// docs/benchmarks-server.md tells of `server`, docs/benchmarks.md of everything
/// else. Any run prints what it measured. Data and peers are kept in
/// target/bench.
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
    #[arg(value_parser = PossibleValuesParser::new(topics::names()))]
    names: Vec<String>,
}

/// What is installed and started when it is first needed.
pub(crate) type Lazily<T> = LazyCell<T, Box<dyn FnOnce() -> T>>;

/// What is measured with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) data: Data,
    /// Has the first generation of the Python library, and the other peers.
    pub(crate) first: Lazily<Python>,
    pub(crate) first_environment: Rc<Lazily<Environment>>,
    /// Has its second generation.
    pub(crate) second: Lazily<Python>,
    pub(crate) second_environment: Rc<Lazily<Environment>>,
    pub(crate) b3sum: Lazily<Result<PathBuf, String>>,
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
        ["work-plain", database, first, saves] => workers::work_plain(database, first, saves),
        ["ask", folder, database, _, files] => workers::ask(folder, database, files),
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
    let command: Vec<_> = std::env::args().skip(1).collect();
    let command = format!("cargo xtask bench {}", command.join(" "));
    let is_asked = |name| arguments.names.is_empty() || arguments.names.iter().any(|n| n == name);
    for page in PAGES {
        let asked: Vec<_> = page.groups.iter().filter(|(n, _)| is_asked(*n)).collect();
        if asked.is_empty() {
            continue;
        }
        let mut topics = Vec::new();
        for (name, run) in &asked {
            eprintln!("measuring {name}");
            topics.extend(run(&bench)?);
        }
        let conditions = (page.conditions)(&bench, command.trim());
        let text = report::page(page.title, page.about, &topics, &conditions);
        print!("{text}");
        if asked.len() == page.groups.len() && !arguments.quick {
            fs::write(Path::new(DOCS).join(page.file), text)?;
        }
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
        let (first_environment, first) =
            python(&folder, "0.0.10", &["diskcache", "joblib", "ml-metadata"]);
        let (second_environment, second) = python(&folder, "0.0.21", &[]);
        let tools = folder.clone();
        Ok(Self {
            first,
            first_environment,
            second,
            second_environment,
            b3sum: lazily(move || b3sum(&tools).map_err(|error| error.to_string())),
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

    /// Whether it is only to be seen that all runs.
    pub(crate) fn is_quick(&self) -> bool {
        self.quick
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

fn lazily<T>(make: impl FnOnce() -> T + 'static) -> Lazily<T> {
    LazyCell::new(Box::new(make))
}

/// A generation of the Python library with other packages, and a process of it.
fn python(
    folder: &Path,
    version: &'static str,
    others: &'static [&'static str],
) -> (Rc<Lazily<Environment>>, Lazily<Python>) {
    let folder = folder.join(format!("python-{version}"));
    let environment = Rc::new(lazily(move || {
        let library = format!("cjm-media-plugin-system=={version}");
        let packages: Vec<_> = [&*library]
            .into_iter()
            .chain(others.iter().copied())
            .collect();
        Environment::make(&folder, &packages)
    }));
    let shared = Rc::clone(&environment);
    (environment, lazily(move || Python::start(&shared)))
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
