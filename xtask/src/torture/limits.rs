//! Disks and files that may not grow.

use std::path::Path;
use std::process::Command;

use fastrand::Rng;
use media_schema::{AnalysisFilter, StoreError};
use media_sqlite::OpenOptions;

use super::child::{Child, Role, Stores, analysis, check, number, program, say};
use super::outcome::Outcome;
use crate::error::Error;
use crate::workspace::scratch;

const ANALYSES: &str = "SELECT count(*) FROM analysis_jobs";

/// Saves until there is no room, and reads all that was saved.
pub(super) fn save_until_full(path: &Path) -> Result<(), Error> {
    say("started")?;
    let stores = Stores::open(path)?;
    let mut saved = 0_u64;
    let error = loop {
        let long = "long".repeat(usize::try_from(saved % 9).unwrap_or(0) * 500);
        match stores
            .analyses
            .save(&analysis(&format!("/{saved}/{long}"))?)
        {
            Ok(_) => saved += 1,
            Err(error) => break error,
        }
    };
    let kept = stores.analyses.count(&AnalysisFilter::default())?;
    say(&format!("saved {saved}"))?;
    say(&format!("kept {kept}"))?;
    match error {
        StoreError::Full { .. } | StoreError::WriteRefused { .. } => say("typed 1")?,
        other => say(&format!("{other:?}"))?,
    }
    // Closed and opened again, while there is still no room.
    drop(stores);
    let reading = Stores::open_with(path, &OpenOptions::new().read_only(true))?;
    let again = reading.analyses.count(&AnalysisFilter::default())?;
    drop(reading);
    let (whole, _) = check(path, ANALYSES)?;
    say(&format!("again {again}"))?;
    say(&format!("whole {}", u64::from(whole)))
}

fn see(lines: &[String], outcome: &mut Outcome) {
    let word = |word| number(lines, word).unwrap_or(0);
    let saved = word("saved");
    outcome.acknowledged += saved;
    outcome.lost += saved.saturating_sub(word("kept").min(word("again")));
    outcome.integrity += u64::from(word("whole") == 0);
    outcome.require(word("typed") == 1, || format!("not typed: {lines:?}"));
}

pub(super) fn file_limit(rounds: u64) -> Result<Outcome, Error> {
    if cfg!(not(unix)) {
        return Ok(Outcome::not_run("there is no such limit here"));
    }
    let mut outcome = Outcome::default();
    let mut random = Rng::with_seed(rounds);
    for _ in 0..rounds {
        let folder = scratch()?;
        let path = folder.path().join("media.db");
        let mut limited = Command::new("sh");
        // Blocks of 512 bytes; the signal would end the process.
        let limit = random.u64(400..2000);
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
        limited.args(["-c", &script, "sh"]).arg(program()?);
        let child = Child::start_by(limited, Role::SaveUntilFull, &path, 0, 0)?;
        let (lines, success) = child.end()?;
        outcome.runs += 1;
        outcome.require(success, || format!("limit {limit}: {lines:?}"));
        see(&lines, &mut outcome);
        // Without the limit it goes on, and all is there.
        Stores::open(&path)?.analyses.save(&analysis("/after")?)?;
        let (whole, rows) = check(&path, ANALYSES)?;
        outcome.integrity += u64::from(!whole);
        let saved = number(&lines, "saved").unwrap_or(0);
        outcome.lost += (saved + 1).saturating_sub(rows);
    }
    Ok(outcome)
}

pub(super) fn full_disk(rounds: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut random = Rng::with_seed(rounds);
    for _ in 0..rounds {
        let folder = scratch()?;
        let size = random.u64(400..2000);
        // Mounted where nobody else sees it, and gone with the process.
        let script = format!("mount -t tmpfs -o size={size}k none \"$0\" && exec \"$@\"");
        let mut mounted = Command::new("unshare");
        mounted
            .args(["--map-root-user", "--mount", "sh", "-c", &script])
            .arg(folder.path())
            .arg(program()?);
        let path = folder.path().join("media.db");
        let started = Child::start_by(mounted, Role::SaveUntilFull, &path, 0, 0);
        let Ok(child) = started else {
            return Ok(Outcome::not_run("there is no unshare"));
        };
        let (lines, success) = child.end()?;
        if lines.is_empty() {
            return Ok(Outcome::not_run("a file system cannot be mounted here"));
        }
        outcome.runs += 1;
        outcome.require(success, || format!("{size} KiB: {lines:?}"));
        see(&lines, &mut outcome);
    }
    Ok(outcome)
}
