//! `cargo bench -p media-analysis-store`: what a look-up and a save cost.

use std::hint::black_box;
use std::path::PathBuf;

use divan::Bencher;
use media_analysis_store::MediaAnalysisStorage;
use media_hash::{ContentHash, Sha256, hash_bytes};
use media_schema::{MediaAnalysisRow, NewAnalysis, TimeRange};
use media_sqlite::{Durability, OpenOptions};
use tempfile::TempDir;

fn main() {
    divan::main();
}

const SIZES: [u32; 3] = [2, 100, 3_522];

fn ranges(count: u32) -> Vec<TimeRange> {
    let rounded = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    (0..count)
        .map(|n| {
            let at = f64::from(n) * 4.37;
            let mut range = TimeRange::new(rounded(at), rounded(at + 3.211), "speech");
            range.confidence = Some(0.973);
            range
        })
        .collect()
}

fn content() -> ContentHash {
    hash_bytes::<Sha256>("content")
}

fn new_analysis(path: &str, ranges: &[TimeRange]) -> NewAnalysis {
    NewAnalysis::new(path, content(), content())
        .and_then(|new| new.with_ranges(ranges))
        .unwrap_or_else(|error| unreachable!("{error}"))
}

/// A database with a row, gone with the value.
struct Stored {
    storage: MediaAnalysisStorage,
    config: ContentHash,
    _folder: TempDir,
}

impl Stored {
    fn make(ranges_count: u32, durability: Durability) -> Option<Self> {
        let folder = tempfile::tempdir().ok()?;
        let path: PathBuf = folder.path().join("media.db");
        let database = OpenOptions::new().durability(durability).open(path).ok()?;
        let storage = MediaAnalysisStorage::with_source(database).ok()?;
        storage
            .save(&new_analysis("/clip.wav", &ranges(ranges_count)))
            .ok()?;
        Some(Self {
            storage,
            config: content(),
            _folder: folder,
        })
    }

    fn get(&self, path: &str) -> Option<MediaAnalysisRow> {
        self.storage.get_cached(path, &self.config).ok()?
    }
}

#[divan::bench(args = SIZES)]
fn hit(bencher: Bencher<'_, '_>, ranges: u32) {
    let stored = Stored::make(ranges, Durability::Full);
    bencher.bench(|| black_box(&stored).as_ref()?.get("/clip.wav"));
}

#[divan::bench(args = SIZES)]
fn hit_with_typed_ranges(bencher: Bencher<'_, '_>, ranges: u32) {
    let stored = Stored::make(ranges, Durability::Full);
    bencher.bench(|| {
        black_box(&stored)
            .as_ref()?
            .get("/clip.wav")?
            .time_ranges()
            .ok()
    });
}

#[divan::bench]
fn miss(bencher: Bencher<'_, '_>) {
    let stored = Stored::make(2, Durability::Full);
    bencher.bench(|| black_box(&stored).as_ref()?.get("/other.wav"));
}

/// The same row again and again; from structs to a committed transaction.
#[divan::bench(args = SIZES)]
fn save_normal(bencher: Bencher<'_, '_>, count: u32) {
    let (stored, ranges) = (Stored::make(2, Durability::Normal), ranges(count));
    bencher.bench(|| {
        let new = new_analysis("/clip.wav", black_box(&ranges));
        stored.as_ref()?.storage.save(&new).ok()
    });
}

/// The part of a save that touches no database.
#[divan::bench(args = SIZES)]
fn new_row(bencher: Bencher<'_, '_>, count: u32) {
    let ranges = ranges(count);
    bencher.bench(|| new_analysis("/clip.wav", black_box(&ranges)));
}
