//! What a second look at a file of 1 GiB costs: `cargo run --release -p
//! media-analysis-store --example second_look`.
#![allow(clippy::print_stdout, reason = "it is what an example does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use media_analysis_store::{Analysis, AnalyzeOptions, MediaAnalysisStorage};
use media_hash::Fingerprint;
use media_schema::TimeRange;

const LOOKS: u32 = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let clip = folder.path().join("clip.wav");
    File::create(&clip)?.set_len(1 << 30)?;
    // A file that was written just now is not trusted to lie still.
    let fingerprint = Fingerprint::of_path(&clip)?;
    while cfg!(unix) && !fingerprint.is_settled(SystemTime::now()) {
        std::thread::yield_now();
    }
    let storage = MediaAnalysisStorage::open(folder.path().join("media.db"))?;
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let options = AnalyzeOptions {
        progress: Some(&progress),
        ..AnalyzeOptions::default()
    };
    let look = || {
        storage.get_or_analyze_with(&clip, "example", options, |_| {
            let range = |n: u32| TimeRange::new(f64::from(n), f64::from(n) + 0.5, "speech");
            Ok::<_, io::Error>(Analysis {
                ranges: (0..100).map(range).collect(),
                metadata: BTreeMap::from([("segment_count", 100)]),
            })
        })
    };
    let started = Instant::now();
    let first = look()?;
    println!(
        "first look: {} in {:.2?}, {} bytes read",
        first.outcome.as_str(),
        started.elapsed(),
        read.swap(0, Ordering::Relaxed)
    );
    let started = Instant::now();
    for _ in 0..LOOKS {
        look()?;
    }
    println!(
        "each of {LOOKS} more: {} in {:.2?}, {} bytes read by all",
        look()?.outcome.as_str(),
        started.elapsed() / LOOKS,
        read.into_inner()
    );
    Ok(())
}
