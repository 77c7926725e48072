//! How long it takes to trace from the middle of a chain of 100 jobs and of a
//! web of 100,000: `cargo run --release -p media-lineage --example web`.
//!
//! In the web each of 50,000 contents was made twice, from two of the eight before
//! it, so that ways part and meet; one job in a thousand leads back, which closes
//! cycles. Every tenth job's output was analysed. With `audited`, every file was
//! checked and one in a thousand had changed.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::time::Instant;

use media_analysis_store::MediaAnalysisStorage;
use media_hash::{ContentHash, Sha256, hash_bytes};
use media_lineage::{Direction, Lineage, Start};
use media_processing_store::MediaProcessingStorage;
use media_schema::{FIXITY_CHECKS, NewAnalysis, NewProcessing};
use media_sqlite::{ConnectionSource, Database, Durability, OpenOptions};

const WEB: u32 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let audited = std::env::args().any(|argument| argument == "audited");
    let folder = tempfile::tempdir()?;
    let chain: Vec<_> = (0..100).map(|n| (n, n + 1)).collect();
    let mut random = 1_u32;
    let web: Vec<_> = (0..WEB)
        .map(|job| {
            let made = job / 2 + 1;
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let before = made - 1 - (random >> 16) % made.min(8);
            if job % 1000 == 999 {
                (made, before)
            } else {
                (before, made)
            }
        })
        .collect();
    for (name, jobs, middle) in [("chain", chain, 50), ("web", web, WEB / 4)] {
        let database = fill(&folder.path().join(name), &jobs, audited)?;
        for direction in [Direction::Up, Direction::Down, Direction::Both] {
            let trace = || {
                let start = Start::Hash(hash(middle).into());
                let started = Instant::now();
                let lineage = Lineage::trace(&database, start, direction)?;
                Ok::<_, Box<dyn Error>>((started.elapsed(), lineage))
            };
            // Opens the connection and reads the file for the first time.
            let (first, _) = trace()?;
            let mut times = Vec::new();
            for _ in 0..9 {
                times.push(trace()?.0);
            }
            times.sort();
            let (_, lineage) = trace()?;
            println!(
                "{name}, {direction:?}: {} contents, {} jobs, {} analyses in {:.2} ms, \
                 the first time {:.2} ms",
                lineage.contents.len(),
                lineage.jobs.len(),
                lineage.analyses.len(),
                times[4].as_secs_f64() * 1000.0,
                first.as_secs_f64() * 1000.0,
            );
        }
    }
    Ok(())
}

fn hash(content: u32) -> ContentHash {
    hash_bytes::<Sha256>(content.to_string())
}

fn path(content: u32) -> String {
    format!("/media/library/{content}.wav")
}

fn fill(
    path_of_database: &std::path::Path,
    edges: &[(u32, u32)],
    audited: bool,
) -> Result<Database, Box<dyn Error>> {
    let options = OpenOptions::new().durability(Durability::Normal);
    let database = options.open(path_of_database)?;
    let file = |content| (path(content), hash(content));
    let mut jobs = Vec::new();
    let mut analyses = Vec::new();
    for (number, &(from, to)) in edges.iter().enumerate() {
        let job = NewProcessing::new(format!("job-{number}"), "convert", file(from), file(to))?;
        jobs.push(job.with_parameters_json(r#"{"codec":"flac","level":8}"#)?);
        if number % 10 == 0 {
            analyses.push(NewAnalysis::new(path(to), hash(to), hash(0))?);
        }
    }
    MediaProcessingStorage::with_source(&database)?.save_many(&jobs)?;
    MediaAnalysisStorage::with_source(&database)?.save_many(&analyses)?;
    if audited {
        database.ensure_table(&FIXITY_CHECKS)?;
        database.write("check", |connection| {
            connection.execute(
                "INSERT INTO fixity_checks (audit_id, path, expected, verdict, checked_at)
                 SELECT 1, output_path, output_hash, iif(id % 1000, 'intact', 'changed'), 1.0
                 FROM processing_jobs",
                [],
            )?;
            Ok(())
        })?;
    }
    Ok(database)
}
