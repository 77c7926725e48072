//! Processes that save or ask at once, and a process that only measures another.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use media_analysis_store::{Analysis, MediaAnalysisStorage};
use media_postgres::ConnectOptions;
use serde::{Deserialize, Serialize};

use crate::cost::peak_of_children;
use crate::data::{new_analysis, ranges};
use crate::plain_postgres::Plain;
use crate::python::{Environment, SCRIPT};
use crate::{Error, Result};

/// Whose processes, and what they do with a database: a file, or the address of
/// a server.
pub(crate) enum Workers<'a> {
    /// Save through this project.
    Ours,
    /// Save through the `postgres` crate.
    Plain,
    /// Ask this project for the results of the files in a folder.
    Asking(&'a Path),
    /// Save through the Python library.
    Python(&'a Environment),
}

/// How much they do.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) processes: usize,
    /// The number of the first row that is saved.
    pub(crate) first: usize,
    /// What each process saves or asks for.
    pub(crate) each: usize,
}

/// The numbers of rows that are saved before the start.
const BEFORE_THE_START: usize = 1 << 40;

/// What an analysis takes that is asked for.
pub(crate) const COMPUTING: Duration = Duration::from_millis(20);

/// What they did.
pub(crate) struct Done {
    /// From the common start to the last end.
    pub(crate) seconds: f64,
    /// The longest that any save took.
    pub(crate) worst: f64,
    pub(crate) failed: usize,
    /// Analyses that were not known.
    pub(crate) computed: usize,
    /// The longest that the first save took, of those that save on a server. It
    /// comes before the start, and has its statement prepared.
    pub(crate) first: f64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Report {
    waits: Vec<f64>,
    failed: usize,
    #[serde(default)]
    computed: usize,
    #[serde(default)]
    first: f64,
}

impl Report {
    /// Notes what one call took.
    fn timed(&mut self, call: impl FnOnce() -> Result<()>) {
        let started = Instant::now();
        self.failed += usize::from(call().is_err());
        self.waits.push(started.elapsed().as_secs_f64());
    }
}

/// Starts processes, waits until all have the database open, and lets them go.
pub(crate) fn at_once(
    workers: &Workers<'_>,
    database: impl AsRef<OsStr>,
    load: Load,
) -> Result<Done> {
    let mut running = Vec::new();
    for number in 0..load.processes {
        let mut child = command(workers)?
            .arg(&database)
            .arg((load.first + number * load.each).to_string())
            .arg(load.each.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        // One after the other: the Python library does not survive a common first open.
        line(&mut output)?;
        running.push((child, output));
    }
    let started = Instant::now();
    for (child, _) in &mut running {
        writeln!(child.stdin.take().ok_or("no input")?)?;
    }
    let mut done = Done {
        seconds: 0.0,
        worst: 0.0,
        failed: 0,
        computed: 0,
        first: 0.0,
    };
    for (child, output) in &mut running {
        let report: Report = serde_json::from_str(&line(output)?)?;
        done.seconds = started.elapsed().as_secs_f64();
        done.worst = report.waits.iter().copied().fold(done.worst, f64::max);
        done.failed += report.failed;
        done.computed += report.computed;
        done.first = done.first.max(report.first);
        end(child)?;
    }
    Ok(done)
}

fn command(workers: &Workers<'_>) -> Result<Command> {
    let this = std::env::current_exe()?;
    Ok(match workers {
        Workers::Ours => with(this, &["work".as_ref()]),
        Workers::Plain => with(this, &["work-plain".as_ref()]),
        Workers::Asking(folder) => with(this, &["ask".as_ref(), folder.as_ref()]),
        Workers::Python(environment) => with(
            environment.python()?.to_owned(),
            &[SCRIPT.as_ref(), "work".as_ref()],
        ),
    })
}

fn with(program: PathBuf, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn line(output: &mut impl std::io::BufRead) -> Result<String> {
    let mut line = String::new();
    if output.read_line(&mut line)? == 0 {
        return Err("a process that works has ended early".into());
    }
    Ok(line)
}

fn end(child: &mut Child) -> Result<()> {
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("a process that works ended with {status}").into())
}

/// The work of one of our processes.
pub(crate) fn work(database: &str, first: &str, saves: &str) -> Result<()> {
    let (first, saves): (usize, usize) = (first.parse()?, saves.parse()?);
    let found = ranges(2);
    if database.starts_with("postgres://") {
        let storage = MediaAnalysisStorage::with_source(ConnectOptions::new().open(database)?)?;
        return save_on_server(first, saves, |number| {
            storage.save(&new_analysis(number, &found)?)?;
            Ok(())
        });
    }
    let storage = MediaAnalysisStorage::open(database)?;
    let rows: Vec<_> = (first..first + saves)
        .map(|number| new_analysis(number, &found))
        .collect::<Result<_>>()?;
    save(first, saves, 0.0, |number| {
        storage.save(&rows[number - first])?;
        Ok(())
    })
}

/// The work of a process that has nothing but the driver.
pub(crate) fn work_plain(database: &str, first: &str, saves: &str) -> Result<()> {
    let mut plain = Plain::connect(database)?;
    let found = ranges(2);
    save_on_server(first.parse()?, saves.parse()?, |number| {
        plain.save(number, &found)
    })
}

/// Saves a row before the start, by which all is prepared.
fn save_on_server(
    first: usize,
    saves: usize,
    mut save_row: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    let started = Instant::now();
    save_row(BEFORE_THE_START + first)?;
    save(first, saves, started.elapsed().as_secs_f64(), save_row)
}

fn save(
    first: usize,
    saves: usize,
    before: f64,
    mut save_row: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    told_to_go()?;
    let mut report = Report {
        first: before,
        ..Report::default()
    };
    for number in first..first + saves {
        report.timed(|| save_row(number));
    }
    tell(&report)
}

/// The path of a file of which the result is asked for.
pub(crate) fn asked_for(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("clip-{number:02}.wav"))
}

/// Asks for the result of each file, and computes what is not known.
pub(crate) fn ask(folder: &str, database: &str, files: &str) -> Result<()> {
    let storage = MediaAnalysisStorage::with_source(ConnectOptions::new().open(database)?)?;
    let files: usize = files.parse()?;
    let computed = Cell::new(0);
    told_to_go()?;
    let mut report = Report::default();
    for number in 0..files {
        let file = asked_for(folder.as_ref(), number);
        report.timed(|| {
            storage.get_or_analyze(&file, "bench", |_| {
                computed.set(computed.get() + 1);
                let started = Instant::now();
                while started.elapsed() < COMPUTING {
                    std::hint::spin_loop();
                }
                Ok::<_, std::io::Error>(Analysis {
                    ranges: ranges(2),
                    metadata: BTreeMap::from([("segment_count", 2)]),
                })
            })?;
            Ok(())
        });
    }
    report.computed = computed.get();
    tell(&report)
}

/// Says that the database is open, and waits until all have it open.
fn told_to_go() -> Result<()> {
    println!("ready");
    line(&mut std::io::stdin().lock())?;
    Ok(())
}

fn tell(report: &Report) -> Result<()> {
    println!("{}", serde_json::to_string(report)?);
    Ok(())
}

/// Runs a command and prints the most memory that it held, in bytes. A small
/// process of its own: what a child holds is counted from its parent's peak.
pub(crate) fn peak(command: &[&str]) -> Result<()> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    // 1 is an answer: a check found a difference.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("{program} ended with {status}").into());
    }
    println!("{}", peak_of_children()?);
    Ok(())
}

/// The most memory that a command holds, in bytes.
pub(crate) fn peak_of(command: &[&str]) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .arg("peak")
        .args(command)
        .output()?;
    if !output.status.success() {
        return Err(Error::from(String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
