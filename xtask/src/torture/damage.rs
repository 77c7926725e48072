//! Files with flipped bits, files cut off, and rows that no reader expects.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use media_hash::config_hash;
use media_schema::{AnalysisFilter, Query, StoreError};
use media_sqlite::{Journal, OpenOptions, inspect};

use super::child::{Child, Role, Stores, analysis, check, number, say, say_worst};
use super::outcome::Outcome;
use crate::error::Error;
use crate::workspace::{Workspace, scratch};

/// What a refusal may take.
const PROMPT: Duration = Duration::from_millis(100);

/// Damages files in two processes, so that one that hangs, panics or overflows
/// its stack is seen from outside.
fn in_processes(role: Role, runs: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome {
        runs,
        ..Outcome::default()
    };
    let folders = [scratch()?, scratch()?];
    let children: Vec<_> = (0..)
        .zip(&folders)
        .map(|(seed, folder)| Child::start(role, folder.path(), runs / 2, seed))
        .collect::<Result<_, _>>()?;
    for child in children {
        let (lines, success) = child.end()?;
        outcome.require(success, || format!("a process failed: {lines:?}"));
        outcome.see_worst(number(&lines, "worst").unwrap_or(0));
        outcome.integrity += number(&lines, "altered").unwrap_or(1);
        let refused = number(&lines, "refused").unwrap_or(0);
        outcome.require((1..runs / 2).contains(&refused), || {
            format!("{refused} files were refused")
        });
        let slow = number(&lines, "slow").unwrap_or(0);
        outcome.require(slow == 0, || {
            format!("{slow} refusals took over {PROMPT:?}")
        });
    }
    Ok(outcome)
}

pub(super) fn flips(files: u64) -> Result<Outcome, Error> {
    in_processes(Role::Flip, files)
}

pub(super) fn cuts(files: u64) -> Result<Outcome, Error> {
    in_processes(Role::Cut, files)
}

pub(super) fn flip(folder: &Path, files: u64, seed: u64) -> Result<(), Error> {
    damage(folder, files, seed, |bytes, random| {
        // Ten on average.
        for _ in 0..random.usize(1..20) {
            // Damage near the beginning is met more often.
            let end = if random.bool() { bytes.len() } else { 200 };
            bytes[random.usize(..end)] ^= 1 << random.u8(..8);
        }
    })
}

pub(super) fn cut(folder: &Path, files: u64, seed: u64) -> Result<(), Error> {
    damage(folder, files, seed, |bytes, random| {
        let len = match random.u8(..3) {
            0 => random.usize(..200),
            1 => random.usize(..bytes.len() / 512) * 512,
            _ => random.usize(..bytes.len()),
        };
        bytes.truncate(len);
    })
}

/// Files to damage: small ones, so that every part of them is met.
fn originals(folder: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let failed = || Error::sqlite("make a small fixture");
    let workspace = Workspace::here();
    let mut originals = Vec::new();
    for generation in [1, 2] {
        let fixture = workspace.path(&format!(
            "crates/media-sqlite/tests/fixtures/python-g{generation}.db"
        ));
        let path = folder.join(format!("python-{generation}.db"));
        fs::copy(&fixture, &path).map_err(Error::io("copy", &fixture))?;
        rusqlite::Connection::open(&path)
            .and_then(|connection| {
                connection
                    .execute_batch("DELETE FROM analysis_jobs WHERE length(ranges) > 10000; VACUUM")
            })
            .map_err(failed())?;
        originals.push(fs::read(&path).map_err(Error::io("read", &path))?);
        let options = OpenOptions::new().journal(Journal::Rollback);
        drop(Stores::open_with(&path, &options)?);
        originals.push(fs::read(&path).map_err(Error::io("read", &path))?);
    }
    Ok(originals)
}

fn damage(
    folder: &Path,
    files: u64,
    seed: u64,
    change: impl Fn(&mut Vec<u8>, &mut Rng),
) -> Result<(), Error> {
    let originals = originals(folder)?;
    let path = folder.join("media.db");
    let mut random = Rng::with_seed(seed);
    let (mut worst, mut slow, mut altered) = (Duration::ZERO, 0, 0);
    let mut refused = 0;
    for _ in 0..files {
        let mut bytes = originals[random.usize(..originals.len())].clone();
        change(&mut bytes, &mut random);
        fs::write(&path, &bytes).map_err(Error::io("write", &path))?;
        let Some(took) = refusal(&path) else {
            read_all(&path);
            altered += u64::from(!holds(&path, &bytes));
            continue;
        };
        refused += 1;
        // Whoever else runs on this machine may have held it up.
        let took = (0..4)
            .filter_map(|_| refusal(&path))
            .fold(took, Duration::min);
        worst = worst.max(took);
        slow += u64::from(took > PROMPT);
        // Nor does opening for writing touch what it refuses.
        let writing = OpenOptions::new().journal(Journal::Rollback).open(&path);
        altered += u64::from(writing.is_err() && !holds(&path, &bytes));
    }
    say(&format!("refused {refused}"))?;
    say(&format!("altered {altered}"))?;
    say(&format!("slow {slow}"))?;
    say_worst(worst)
}

/// How long opening took to refuse a file, or `None` if it did not.
fn refusal(path: &Path) -> Option<Duration> {
    let started = Instant::now();
    let options = OpenOptions::new()
        .read_only(true)
        .journal(Journal::Rollback);
    let refused = options.open(path).is_err();
    let took = started.elapsed();
    refused.then_some(took)
}

/// Reads what there is; each call has an answer or an error.
fn read_all(path: &Path) {
    let _ = inspect(path);
    let options = OpenOptions::new()
        .read_only(true)
        .journal(Journal::Rollback);
    let Ok(stores) = Stores::open_with(path, &options) else {
        return;
    };
    if let Ok(page) = stores.analyses.list_jobs(&Query::default()) {
        for row in page.rows.into_iter().flatten() {
            let _ = row.time_ranges();
            let _ = stores.analyses.get_cached(&row.file_path, &row.config_hash);
        }
    }
    let _ = stores.analyses.count(&AnalysisFilter::default());
    let _ = stores.jobs.list_jobs(&Query::default());
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    fs::read(path).is_ok_and(|now| now == bytes)
}

/// Rows that a peer wrote between two good ones: the good ones are listed, the
/// others are their own errors, and saving them anew mends them.
pub(super) fn huge_json(len: u64) -> Result<Outcome, Error> {
    let folder = scratch()?;
    let path: PathBuf = folder.path().join("media.db");
    let stores = Stores::open(&path)?;
    let names = ["/good", "/deep", "/long", "/other"];
    for name in names {
        stores.analyses.save(&analysis(name)?)?;
    }
    let failed = || Error::sqlite("write huge rows");
    let peer = rusqlite::Connection::open(&path).map_err(failed())?;
    let set = "UPDATE analysis_jobs SET ranges = ?1 WHERE file_path = '/deep'";
    peer.execute(set, ["[".repeat(100_000)]).map_err(failed())?;
    let set = format!(
        "UPDATE analysis_jobs SET ranges = CAST(zeroblob({len}) AS TEXT) WHERE file_path = '/long'"
    );
    peer.execute_batch(&set).map_err(failed())?;
    drop(peer);

    let mut outcome = Outcome {
        runs: 2,
        acknowledged: 2,
        ..Outcome::default()
    };
    let started = Instant::now();
    let page = stores.analyses.list_jobs(&Query::default())?;
    outcome.worst = started.elapsed();
    let rows: Vec<_> = page.rows.iter().flatten().collect();
    let good = |row: &media_schema::MediaAnalysisRow| row.time_ranges().is_ok();
    outcome.lost += 2_u64.saturating_sub(rows.iter().filter(|row| good(row)).count() as u64);
    outcome.require(rows.len() == 3, || {
        format!("{} rows can be read", rows.len())
    });
    let deep = rows.iter().filter(|row| !good(row)).count();
    outcome.require(deep == 1, || "deep JSON was no error".to_owned());
    let config = config_hash("torture").map_err(Error::Configuration)?;
    let long = stores.analyses.get_cached("/long", &config);
    outcome.require(matches!(long, Err(StoreError::Row(_))), || {
        "a long row was not its own error".to_owned()
    });
    for name in names {
        stores.analyses.save(&analysis(name)?)?;
        let mended = stores.analyses.get_cached(name, &config)?;
        outcome.require(mended.is_some(), || format!("{name} was not mended"));
    }
    drop(stores);
    let (whole, _) = check(&path, "SELECT count(*) FROM analysis_jobs")?;
    outcome.integrity += u64::from(!whole);
    Ok(outcome)
}
