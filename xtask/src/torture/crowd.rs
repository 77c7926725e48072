//! Many processes on one file.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use media_schema::StoreError;
use media_sqlite::OpenOptions;

use super::child::{Child, Role, Stores, analysis, check, number};
use super::outcome::Outcome;
use crate::error::Error;
use crate::workspace::{Workspace, scratch};

const ANALYSES: &str = "SELECT count(*) FROM analysis_jobs";
const JOBS: &str = "SELECT count(*) FROM processing_jobs";
const PYTHON: &str = "crates/media-sqlite/tests/it/peer.py";

/// Lets children begin at once, and adds up what they say.
fn together(mut children: Vec<Child>, outcome: &mut Outcome) -> Result<(), Error> {
    outcome.runs += children.len() as u64;
    for child in &mut children {
        let ready = child.is_ready();
        outcome.require(ready, || "a process ended before it was ready".to_owned());
    }
    for child in &mut children {
        child.go();
    }
    for child in children {
        let (lines, success) = child.end()?;
        outcome.require(success, || format!("a process failed: {lines:?}"));
        outcome.acknowledged += number(&lines, "saved").unwrap_or(0);
        outcome.see_worst(number(&lines, "worst").unwrap_or(0));
    }
    Ok(())
}

fn children(role: Role, path: &Path, processes: u64, count: u64) -> Result<Vec<Child>, Error> {
    (0..processes)
        .map(|_| Child::start(role, path, count, 0))
        .collect()
}

/// Runs one crowd, and counts the rows against what there must be.
fn crowd(
    role: Role,
    (processes, count): (u64, u64),
    rows: &str,
    expected: impl FnOnce(&Outcome) -> u64,
) -> Result<Outcome, Error> {
    let folder = scratch()?;
    let path = folder.path().join("media.db");
    let mut outcome = Outcome::default();
    together(children(role, &path, processes, count)?, &mut outcome)?;
    count_rows(&path, rows, expected(&outcome), &mut outcome)?;
    Ok(outcome)
}

fn count_rows(path: &Path, rows: &str, expected: u64, outcome: &mut Outcome) -> Result<(), Error> {
    let (whole, kept) = check(path, rows)?;
    outcome.integrity += u64::from(!whole);
    outcome.lost += expected.saturating_sub(kept);
    outcome.require(kept <= expected, || {
        format!("{kept} rows, expected {expected}")
    });
    Ok(())
}

pub(super) fn saves(processes: u64, count: u64) -> Result<Outcome, Error> {
    crowd(Role::Save, (processes, count), ANALYSES, |outcome| {
        outcome.acknowledged
    })
}

pub(super) fn same_keys(processes: u64, count: u64) -> Result<Outcome, Error> {
    crowd(Role::SaveSame, (processes, count), ANALYSES, |_| count)
}

pub(super) fn job_names(processes: u64, count: u64) -> Result<Outcome, Error> {
    let mut outcome = crowd(Role::SaveJobs, (processes, count), JOBS, |_| count)?;
    let won = outcome.acknowledged;
    outcome.require(won == count, || {
        format!("{won} were told that they won {count} names")
    });
    Ok(outcome)
}

pub(super) fn first_opens(processes: u64, rounds: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for _ in 0..rounds {
        let folder = scratch()?;
        let path = folder.path().join("media.db");
        let before = outcome.acknowledged;
        together(children(Role::Open, &path, processes, 1)?, &mut outcome)?;
        let saved = outcome.acknowledged - before;
        count_rows(&path, ANALYSES, saved, &mut outcome)?;
    }
    Ok(outcome)
}

/// Eight processes of ours and four of Python's, in a file of each generation.
pub(super) fn python(count: u64) -> Result<Outcome, Error> {
    if Command::new("python3").arg("--version").output().is_err() {
        return Ok(Outcome::not_run("there is no python3"));
    }
    let workspace = Workspace::here();
    let script = workspace.read(PYTHON)?;
    let mut outcome = Outcome::default();
    for generation in ["1", "2"] {
        let folder = scratch()?;
        let path = folder.path().join("media.db");
        let fixture = workspace.path(&format!(
            "crates/media-sqlite/tests/fixtures/python-g{generation}.db"
        ));
        fs::copy(&fixture, &path).map_err(Error::io("copy", &fixture))?;
        let (_, analyses) = check(&path, ANALYSES)?;
        let (_, jobs) = check(&path, JOBS)?;
        let mut crowd = children(Role::Save, &path, 8, count)?;
        for _ in 0..4 {
            let mut command = Command::new("python3");
            command.args(["-c", &script]).arg(&path);
            command.args([generation, &count.to_string()]);
            crowd.push(Child::spawn(command)?);
        }
        together_with_python(crowd, count, &mut outcome)?;
        // Python's processes share as many rows as each has of its own.
        count_rows(
            &path,
            ANALYSES,
            analyses + (8 + 4 + 1) * count,
            &mut outcome,
        )?;
        count_rows(&path, JOBS, jobs + 4 * count, &mut outcome)?;
    }
    Ok(outcome)
}

/// A peer says in one line how many it saved, twice, and its worst wait.
fn together_with_python(
    mut children: Vec<Child>,
    count: u64,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let peers = children.split_off(8);
    let mut peers: Vec<_> = peers;
    for peer in &mut peers {
        let ready = peer.is_ready();
        outcome.require(ready, || "Python ended before it was ready".to_owned());
    }
    for peer in &mut peers {
        peer.go();
    }
    together(children, outcome)?;
    for peer in peers {
        outcome.runs += 1;
        let (lines, success) = peer.end()?;
        let worst = lines.iter().find_map(|line| {
            let (saved, worst) = line.strip_prefix("saved ")?.split_once(" worst ")?;
            (saved == count.to_string()).then(|| worst.parse::<f64>().ok())?
        });
        outcome.require(success && worst.is_some(), || {
            format!("Python failed: {lines:?}")
        });
        if let Some(worst) = worst {
            outcome.acknowledged += 3 * count;
            outcome.worst = outcome.worst.max(Duration::from_secs_f64(worst));
        }
    }
    Ok(())
}

/// A holder of the lock is stopped: busy in time, and free when it goes on.
pub(super) fn stopped(rounds: u64) -> Result<Outcome, Error> {
    let timeout = Duration::from_millis(200);
    let folder = scratch()?;
    let path = folder.path().join("media.db");
    let stores = Stores::open_with(&path, &OpenOptions::new().busy_timeout(timeout))?;
    let mut outcome = Outcome::default();
    for round in 0..rounds {
        outcome.runs += 1;
        let mut holder = Child::start(Role::Hold, &path, 1, 0)?;
        let ready = holder.is_ready();
        outcome.require(ready, || "the holder ended".to_owned());
        if !signal("-STOP", &holder)? {
            return Ok(Outcome::not_run("processes cannot be stopped here"));
        }
        match stores.analyses.save(&analysis(&format!("/{round}"))?) {
            Err(StoreError::Busy { waited, .. }) if waited >= timeout => {
                outcome.worst = outcome.worst.max(waited);
            }
            other => outcome.failures.push(format!("expected busy: {other:?}")),
        }
        signal("-CONT", &holder)?;
        holder.go();
        holder.end()?;
        stores.analyses.save(&analysis(&format!("/{round}"))?)?;
        outcome.acknowledged += 1;
    }
    drop(stores);
    let acknowledged = outcome.acknowledged;
    count_rows(&path, ANALYSES, acknowledged, &mut outcome)?;
    Ok(outcome)
}

fn signal(name: &str, child: &Child) -> Result<bool, Error> {
    if cfg!(not(unix)) {
        return Ok(false);
    }
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    Ok(status.map_err(Error::io("run", "kill"))?.success())
}
