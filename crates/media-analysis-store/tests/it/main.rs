//! The store on real databases.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analyze;
mod cache;
#[path = "../../../media-sqlite/tests/it/collector.rs"]
mod collector;
mod events;
mod exchange;
mod fixity;
mod killed;
mod listing;
mod lost_claims;
mod many;
#[path = "../../../media-sqlite/tests/it/meddled.rs"]
mod meddled;
mod oversize;
mod peers;
mod prune;
mod roundtrip;
#[cfg(unix)]
mod stale;
mod together;

use std::path::{Path, PathBuf};

use media_analysis_store::MediaAnalysisStorage;
use media_hash::{ContentHash, Sha256, config_hash, hash_bytes};
use media_schema::{NewAnalysis, TimeRange, Timestamp};
use rusqlite::Connection;

/// A store in a folder of its own, which goes with it.
struct Fresh {
    folder: tempfile::TempDir,
    storage: MediaAnalysisStorage,
}

fn fresh() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let storage = MediaAnalysisStorage::open(folder.path().join("media.db")).unwrap();
    Fresh { folder, storage }
}

impl Fresh {
    fn path(&self) -> PathBuf {
        self.folder.path().join("media.db")
    }

    /// A connection as any other program would open it.
    fn stranger(&self) -> Connection {
        stranger(&self.path())
    }
}

fn stranger(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn content(text: &str) -> ContentHash {
    hash_bytes::<Sha256>(text)
}

fn config(name: &str) -> ContentHash {
    config_hash(name).unwrap()
}

fn analysis(path: impl AsRef<Path>, content_of: &str, configured: &str) -> NewAnalysis {
    NewAnalysis::new(path, content(content_of), config(configured)).unwrap()
}

fn at(new: NewAnalysis, seconds: f64) -> NewAnalysis {
    new.with_created_at(Timestamp::from_unix_seconds(seconds).unwrap())
}

fn speech(start: f64, end: f64) -> TimeRange {
    TimeRange::new(start, end, "speech")
}
