//! How long an audit of many small files takes, and how much memory:
//! `cargo run --release -p media-audit --example many_files -- 100000`.
//!
//! The audit runs in a process of its own, is stopped half-way, and is resumed
//! by another one.
#![expect(clippy::print_stdout, reason = "it is there to print what it measures")]

use std::env;
use std::error::Error;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use media_analysis_store::MediaAnalysisStorage;
use media_audit::{Audit, Event};
use media_hash::{Sha256, config_hash, hash_bytes};
use media_schema::NewAnalysis;
use media_sqlite::{Database, Durability, OpenError, OpenOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [database, limit] = &arguments[..] {
        return audit(Path::new(database), limit.parse()?);
    }
    let count = arguments.first().map_or(Ok(10_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("media.db");
    prepare(&database, count)?;
    for limit in [count / 2, count] {
        let program = env::current_exe()?;
        let status = Command::new(program)
            .arg(&database)
            .arg(limit.to_string())
            .status()?;
        if !status.success() {
            return Err("the audit failed".into());
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Database, OpenError> {
    OpenOptions::new().durability(Durability::Normal).open(path)
}

/// Writes files of some bytes each, a thousand to a folder, and records them.
fn prepare(path: &Path, count: u64) -> Result<(), Box<dyn Error>> {
    let store = MediaAnalysisStorage::with_source(open(path)?)?;
    let config = config_hash("many files")?;
    let root = path.with_file_name("files");
    let mut rows = Vec::new();
    for number in 0..count {
        let folder = root.join(format!("{:04}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir_all(&folder)?;
            store.save_many(&rows)?;
            rows.clear();
        }
        let file = folder.join(format!("{number:07}.txt"));
        let content = format!("the content of file {number}");
        fs::write(&file, &content)?;
        let hash = hash_bytes::<Sha256>(&content);
        rows.push(NewAnalysis::new(file, hash, config.clone())?);
    }
    store.save_many(&rows)?;
    Ok(())
}

/// Audits, or goes on, until so many files are checked.
fn audit(path: &Path, limit: u64) -> Result<(), Box<dyn Error>> {
    let database = open(path)?;
    let started = Instant::now();
    let mut checked = 0_u64;
    let summary = Audit::new(&database).resume(true).run(|event| {
        if let Event::Checked(_) = event {
            checked += 1;
        }
        if checked < limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    println!(
        "{checked} files in {:.1} s, {} in all, {} left, peak memory {}",
        started.elapsed().as_secs_f64(),
        summary.totals.files,
        summary.files_left.unwrap_or(0),
        peak_memory().as_deref().unwrap_or("not known here"),
    );
    Ok(())
}

/// The most memory that this process ever had, where Linux tells.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}
