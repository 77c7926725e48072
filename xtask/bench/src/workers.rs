//! Processes that save at once, and a process that only measures another.

use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use media_analysis_store::MediaAnalysisStorage;
use serde::{Deserialize, Serialize};

use crate::cost::peak_of_children;
use crate::data::{new_analysis, ranges};
use crate::python::{Environment, SCRIPT};
use crate::{Error, Result};

/// Whose processes.
pub(crate) enum Workers<'a> {
    Ours,
    Python(&'a Environment),
}

/// What they did.
pub(crate) struct Done {
    /// From the common start to the last end.
    pub(crate) seconds: f64,
    /// The longest that any save took.
    pub(crate) worst: f64,
    pub(crate) failed: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    waits: Vec<f64>,
    failed: usize,
}

/// Starts processes, waits until all have the database open, and lets them save.
pub(crate) fn at_once(
    workers: &Workers<'_>,
    database: &Path,
    processes: usize,
    saves: usize,
) -> Result<Done> {
    let mut running = Vec::new();
    for number in 0..processes {
        let mut command = match workers {
            Workers::Ours => Command::new(std::env::current_exe()?),
            Workers::Python(environment) => {
                let mut command = Command::new(environment.python()?);
                command.arg(SCRIPT);
                command
            }
        };
        let mut child = command
            .arg("work")
            .arg(database)
            .args([(number * saves).to_string(), saves.to_string()])
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
    };
    for (child, output) in &mut running {
        let report: Report = serde_json::from_str(&line(output)?)?;
        done.seconds = started.elapsed().as_secs_f64();
        done.worst = report.waits.iter().copied().fold(done.worst, f64::max);
        done.failed += report.failed;
        end(child)?;
    }
    Ok(done)
}

fn line(output: &mut impl std::io::BufRead) -> Result<String> {
    let mut line = String::new();
    if output.read_line(&mut line)? == 0 {
        return Err("a process that saves has ended early".into());
    }
    Ok(line)
}

fn end(child: &mut Child) -> Result<()> {
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("a process that saves ended with {status}").into())
}

/// The work of one of our processes.
pub(crate) fn work(database: &str, first: &str, saves: &str) -> Result<()> {
    let store = MediaAnalysisStorage::open(database)?;
    let (first, saves): (usize, usize) = (first.parse()?, saves.parse()?);
    let rows: Vec<_> = (first..first + saves)
        .map(|number| new_analysis(number, &ranges(2)))
        .collect::<Result<_>>()?;
    println!("ready");
    line(&mut std::io::stdin().lock())?;
    let mut report = Report {
        waits: Vec::new(),
        failed: 0,
    };
    for row in &rows {
        let started = Instant::now();
        report.failed += usize::from(store.save(row).is_err());
        report.waits.push(started.elapsed().as_secs_f64());
    }
    println!("{}", serde_json::to_string(&report)?);
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
