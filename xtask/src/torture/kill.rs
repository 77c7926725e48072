//! Processes that are killed, whatever they are at.

use std::fs;
use std::path::Path;
use std::process;
use std::time::{Duration, Instant};

use fastrand::Rng;
use media_sqlite::inspect;

use super::child::{Child, Role, Stores, analysis, check, say, spin};
use super::outcome::Outcome;
use crate::error::Error;
use crate::workspace::{Workspace, scratch};

/// Cycles in one file, so that checking it stays quick.
const CYCLES: u64 = 25;

pub(super) fn save_until_killed(path: &Path) -> Result<(), Error> {
    let stores = Stores::open(path)?;
    for number in 0_u64.. {
        stores
            .analyses
            .save(&analysis(&format!("/{}/{number}", process::id()))?)?;
        say("saved")?;
    }
    Ok(())
}

pub(super) fn checkpoint_until_killed(path: &Path) -> Result<(), Error> {
    let failed = || Error::sqlite("fold the log");
    let stores = Stores::open(path)?;
    let other = rusqlite::Connection::open(path).map_err(failed())?;
    for number in 0_u64.. {
        stores
            .analyses
            .save(&analysis(&format!("/{}/{number}", process::id()))?)?;
        say("saved")?;
        let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
        other.query_row(fold, [], |_| Ok(())).map_err(failed())?;
    }
    Ok(())
}

pub(super) fn create_until_killed(folder: &Path) -> Result<(), Error> {
    for number in 0_u64.. {
        let path = folder.join(format!("{}-{number}.db", process::id()));
        let stores = Stores::open(&path)?;
        stores.analyses.save(&analysis("/a")?)?;
        say("saved")?;
    }
    Ok(())
}

pub(super) fn adopt_until_killed(folder: &Path) -> Result<(), Error> {
    let workspace = Workspace::here();
    for number in 0_u64.. {
        let generation = 1 + number % 2;
        let fixture = workspace.path(&format!(
            "crates/media-sqlite/tests/fixtures/python-g{generation}.db"
        ));
        let path = folder.join(format!("{}-{number}.db", process::id()));
        let copy = path.with_extension("copy");
        fs::copy(&fixture, &copy).map_err(Error::io("copy", &fixture))?;
        // Under its name it is whole.
        fs::rename(&copy, &path).map_err(Error::io("rename", &copy))?;
        let stores = Stores::open(&path)?;
        stores.analyses.save(&analysis("/a")?)?;
        say("saved")?;
    }
    Ok(())
}

/// Kills a child after a few saves and a moment; how many it acknowledged.
fn kill_once(role: Role, path: &Path, random: &mut Rng) -> Result<(u32, u64), Error> {
    let mut child = Child::start(role, path, 0, 0)?;
    let (process, wanted) = (child.id(), random.u64(0..12));
    let mut saved = 0;
    let (mut last, mut pace) = (Instant::now(), Duration::from_millis(30));
    while saved < wanted && child.line().is_some() {
        saved += 1;
        pace = last.elapsed();
        last = Instant::now();
    }
    // Anywhere in what it does next, if that takes as long as the last did.
    let moment = pace.mul_f64(random.f64() * 1.2);
    spin(moment);
    child.kill();
    let (said, _) = child.end()?;
    // What it said before it died counts too.
    Ok((process, saved + said.len() as u64))
}

fn in_one_file(role: Role, cycles: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut random = Rng::with_seed(cycles);
    let mut left = cycles;
    while left > 0 {
        let folder = scratch()?;
        let path = folder.path().join("media.db");
        let mut said = Vec::new();
        for _ in 0..CYCLES.min(left) {
            said.push(kill_once(role, &path, &mut random)?);
            let started = Instant::now();
            drop(Stores::open(&path)?);
            outcome.worst = outcome.worst.max(started.elapsed());
            for (process, saved) in &said {
                let count = format!(
                    "SELECT count(*) FROM analysis_jobs WHERE file_path LIKE '/{process}/%'"
                );
                let (whole, kept) = check(&path, &count)?;
                outcome.integrity += u64::from(!whole);
                outcome.lost += saved.saturating_sub(kept);
            }
            left -= 1;
            outcome.runs += 1;
        }
        outcome.acknowledged += said.iter().map(|(_, saved)| saved).sum::<u64>();
    }
    Ok(outcome)
}

pub(super) fn saving(cycles: u64) -> Result<Outcome, Error> {
    in_one_file(Role::SaveUntilKilled, cycles)
}

pub(super) fn checkpointing(cycles: u64) -> Result<Outcome, Error> {
    in_one_file(Role::CheckpointUntilKilled, cycles)
}

/// Each child makes files; all of them must open, and the acknowledged ones
/// must have their row.
fn in_many_files(role: Role, cycles: u64, rows_before: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut random = Rng::with_seed(cycles);
    for _ in 0..cycles {
        outcome.runs += 1;
        let folder = scratch()?;
        let (process, saved) = kill_once(role, folder.path(), &mut random)?;
        outcome.acknowledged += saved;
        for number in 0..=saved {
            let path = folder.path().join(format!("{process}-{number}.db"));
            if number == saved && !path.exists() {
                break;
            }
            let started = Instant::now();
            drop(Stores::open(&path)?);
            outcome.worst = outcome.worst.max(started.elapsed());
            let (whole, rows) = check(&path, "SELECT count(*) FROM analysis_jobs")?;
            let differences = inspect(&path)?.differences;
            outcome.integrity += u64::from(!whole || !differences.is_empty());
            let expected = rows_before + u64::from(number < saved);
            outcome.lost += expected.saturating_sub(rows);
        }
    }
    Ok(outcome)
}

pub(super) fn creating(cycles: u64) -> Result<Outcome, Error> {
    in_many_files(Role::CreateUntilKilled, cycles, 0)
}

pub(super) fn adopting(cycles: u64) -> Result<Outcome, Error> {
    in_many_files(Role::AdoptUntilKilled, cycles, 9)
}
