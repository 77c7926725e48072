//! The store on real databases.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod claims;
#[path = "../../../media-sqlite/tests/it/collector.rs"]
mod collector;
mod crowd;
mod damage;
mod events;
mod exchange;
mod fixity;
mod generations;
mod listing;
mod lost_claims;
mod many;
#[path = "../../../media-sqlite/tests/it/meddled.rs"]
mod meddled;
mod process;
mod process_faults;
mod prune;
mod record;
mod reuse;
mod together;

use std::path::{Path, PathBuf};

use media_hash::{ContentHash, Sha256, hash_bytes};
use media_processing_store::MediaProcessingStorage;
use media_schema::{NewProcessing, Timestamp};
use rusqlite::Connection;

/// A store in a folder of its own, which goes with it.
struct Fresh {
    folder: tempfile::TempDir,
    storage: MediaProcessingStorage,
}

fn fresh() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let storage = MediaProcessingStorage::open(folder.path().join("media.db")).unwrap();
    Fresh { folder, storage }
}

impl Fresh {
    fn path(&self) -> PathBuf {
        self.folder.path().join("media.db")
    }

    /// A connection as any other program would open it.
    fn stranger(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

/// A copy of a database that the Python library wrote.
fn python_file(folder: &Path, generation: u32) -> PathBuf {
    let copy = folder.join("python.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!(
        "../media-sqlite/tests/fixtures/python-g{generation}.db"
    ));
    std::fs::copy(fixture, &copy).unwrap();
    copy
}

fn content(text: &str) -> ContentHash {
    hash_bytes::<Sha256>(text)
}

/// A job that reads `input` and writes `output`; each holds its own name.
fn job(job_id: &str, action: &str, input: &str, output: &str) -> NewProcessing {
    NewProcessing::new(
        job_id,
        action,
        (input, content(input)),
        (output, content(output)),
    )
    .unwrap()
}

fn at(new: NewProcessing, seconds: f64) -> NewProcessing {
    new.with_created_at(Timestamp::from_unix_seconds(seconds).unwrap())
}
