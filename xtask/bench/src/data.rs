//! The rows and files that everybody works on. `peers.py` makes the same rows.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use media_analysis_store::MediaAnalysisStorage;
use media_hash::{ContentHash, Sha256, hash_bytes};
use media_schema::{NewAnalysis, TimeRange};
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::{Result, real};

/// The configuration of every row: a library is analysed with one, or few.
pub(crate) fn config() -> ContentHash {
    hash_bytes::<Sha256>("bench")
}

/// The path and the content hash of a row. Paths are spread over the index.
pub(crate) fn key(number: usize) -> (String, ContentHash) {
    let hash = hash_bytes::<Sha256>(number.to_string());
    let digest = hash.hex();
    let path = format!(
        "/media/{}/{}/clip-{number:08}.wav",
        &digest[..2],
        &digest[2..4]
    );
    (path, hash)
}

pub(crate) fn ranges(count: usize) -> Vec<TimeRange> {
    let places = (0..count).map(|n| real(n) * 4.37);
    let rounded = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    places
        .map(|at| {
            let mut range = TimeRange::new(rounded(at + 0.13), rounded(at + 3.211), "speech");
            range.confidence = Some(0.973);
            range
        })
        .collect()
}

#[derive(Debug, Serialize)]
pub(crate) struct Metadata {
    pub(crate) segment_count: usize,
    pub(crate) total_speech: f64,
}

pub(crate) const METADATA: Metadata = Metadata {
    segment_count: 2,
    total_speech: 6.162,
};

pub(crate) fn new_analysis(number: usize, ranges: &[TimeRange]) -> Result<NewAnalysis> {
    let (path, hash) = key(number);
    Ok(NewAnalysis::new(path, hash, config())?
        .with_ranges(ranges)?
        .with_metadata(&METADATA)?)
}

/// The text that the Python library stores for the same ranges.
fn python_text(ranges: &[TimeRange]) -> String {
    let texts: Vec<_> = ranges
        .iter()
        .map(|range| {
            format!(
                r#"{{"start": {:?}, "end": {:?}, "label": "speech", "confidence": 0.973}}"#,
                range.start, range.end
            )
        })
        .collect();
    format!("[{}]", texts.join(", "))
}

/// Where data is kept between runs.
#[derive(Debug)]
pub(crate) struct Data {
    folder: PathBuf,
}

impl Data {
    pub(crate) fn new(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A table of rows as the first generation of the Python library keeps them.
    pub(crate) fn python_table(&self, rows: usize, ranges: usize) -> Result<PathBuf> {
        let path = self.folder.join(format!("python-{rows}x{ranges}.db"));
        self.once(&path, |unfinished| build_table(unfinished, rows, ranges))
    }

    /// The same rows in a database of this project.
    pub(crate) fn table(&self, rows: usize, ranges: usize) -> Result<PathBuf> {
        let path = self.folder.join(format!("ours-{rows}x{ranges}.db"));
        let kept = self.folder.join(format!("python-{rows}x{ranges}.db"));
        self.once(&path, |unfinished| {
            if kept.exists() {
                fs::copy(&kept, unfinished)?;
            } else {
                build_table(unfinished, rows, ranges)?;
            }
            // Adopts it: our indexes, our version, a write-ahead log.
            MediaAnalysisStorage::open(unfinished)?;
            Ok(())
        })
    }

    /// A file of bytes that do not repeat.
    pub(crate) fn file(&self, name: &str, megabytes: usize) -> Result<PathBuf> {
        let path = self.folder.join(name);
        self.once(&path, |unfinished| {
            let mut file = BufWriter::with_capacity(1 << 20, File::create(unfinished)?);
            let mut state = 0x9e37_79b9_7f4a_7c15_u64;
            for _ in 0..megabytes * (1 << 20) / 8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                file.write_all(&state.to_le_bytes())?;
            }
            Ok(file.flush()?)
        })
    }

    /// Makes a file unless it is there; one that was begun only does not count.
    pub(crate) fn once(
        &self,
        path: &Path,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        if !path.exists() {
            let unfinished = self.folder.join("unfinished");
            for suffix in ["", "-wal", "-shm", "-journal"] {
                let mut name = unfinished.clone().into_os_string();
                name.push(suffix);
                let _ = fs::remove_file(PathBuf::from(name));
            }
            make(&unfinished).map_err(|e| format!("cannot make {}: {e}", path.display()))?;
            fs::rename(&unfinished, path)?;
        }
        Ok(path.to_owned())
    }
}

fn build_table(path: &Path, rows: usize, ranges: usize) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -1000000;
         CREATE TABLE analysis_jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, file_path TEXT NOT NULL,
            file_hash TEXT NOT NULL, config_hash TEXT NOT NULL, ranges JSON, metadata JSON,
            created_at REAL NOT NULL, UNIQUE(file_path, config_hash));
         BEGIN;",
    )?;
    let text = python_text(&self::ranges(ranges));
    let metadata = r#"{"segment_count": 2, "total_speech": 6.162}"#;
    let config = config();
    {
        let mut insert = connection.prepare(
            "INSERT INTO analysis_jobs
             (file_path, file_hash, config_hash, ranges, metadata, created_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?;
        for number in 0..rows {
            let (path, hash) = key(number);
            let at = 1.7e9 + real(number);
            insert.execute(params![
                path,
                hash.as_str(),
                config.as_str(),
                text,
                metadata,
                at
            ])?;
        }
    }
    connection.execute_batch(
        "COMMIT; CREATE INDEX idx_analysis_file_path ON analysis_jobs(file_path);",
    )?;
    Ok(())
}

/// Numbers of rows, different for each round and the same for each contestant.
pub(crate) fn numbers(round: usize, count: usize, below: usize) -> Vec<usize> {
    (0..count)
        .map(|n| {
            let mixed = (round * 1_000_003 + n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 20) % below
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_sizes_that_are_named() {
        let size = |count| python_text(&ranges(count)).len();
        assert!((7_000..8_000).contains(&size(100)), "{}", size(100));
        assert!((260_000..300_000).contains(&size(3522)), "{}", size(3522));
    }

    #[test]
    fn a_key_is_the_one_that_python_makes() {
        let (path, hash) = key(7);
        assert_eq!(path, "/media/79/02/clip-00000007.wav");
        assert!(
            hash.as_str().starts_with("sha256:7902699be42c8a8e"),
            "{hash}"
        );
    }
}
