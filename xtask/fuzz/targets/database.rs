//! A database with damage: opening, inspecting, listing, exporting and saving
//! end with an answer or a typed error, and a file that is refused keeps every
//! byte.
//!
//! The input names a fixture, whether to cut it off, and bytes to overwrite.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use media_analysis_store::MediaAnalysisStorage;
use media_hash::{Sha256, config_hash, hash_bytes};
use media_processing_store::MediaProcessingStorage;
use media_schema::{NewAnalysis, Query};
use media_sqlite::{Database, Durability, Journal, OpenOptions, inspect};
use tempfile::TempDir;

fuzz_target!(|input: &[u8]| {
    let scene = scene();
    let Some((&kind, patches)) = input.split_first() else {
        return;
    };
    let mut bytes = scene.originals[usize::from(kind) % scene.originals.len()].clone();
    let patches = if kind & 0x80 == 0 {
        patches
    } else {
        let Some((cut, patches)) = patches.split_at_checked(2) else {
            return;
        };
        bytes.truncate(offset(cut) % bytes.len());
        patches
    };
    for patch in patches.chunks_exact(3) {
        let at = offset(&patch[..2]);
        if let Some(byte) = bytes.get_mut(at) {
            *byte = patch[2];
        }
    }
    let path = &scene.path;
    for suffix in ["-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(path.with_extension(format!("db{suffix}")));
    }
    fs::write(path, &bytes).unwrap();

    let _ = inspect(path);
    let read = OpenOptions::new()
        .read_only(true)
        .journal(Journal::Rollback);
    if let Ok(database) = read.open(path) {
        use_tables(&database, false);
    }
    assert!(fs::read(path).unwrap() == bytes, "reading has written");

    let write = OpenOptions::new()
        .journal(Journal::Rollback)
        .durability(Durability::Normal);
    match write.open(path) {
        Ok(database) => use_tables(&database, true),
        Err(_) => assert!(
            fs::read(path).unwrap() == bytes,
            "a refused file was written to"
        ),
    }
});

fn offset(bytes: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn use_tables(source: &Database, write: bool) {
    if let Ok(analyses) = MediaAnalysisStorage::with_source(source) {
        if let Ok(page) = analyses.list_jobs(&Query::default()) {
            for row in page.rows.into_iter().flatten() {
                let _ = row.time_ranges();
                let _ = analyses.get_cached(&row.file_path, row.config_hash.as_str());
            }
        }
        let _ = analyses.count(&media_schema::AnalysisFilter::default());
        if write {
            let content = hash_bytes::<Sha256>("x");
            let new = NewAnalysis::new("/new", content, config_hash("x").unwrap()).unwrap();
            if analyses.save(&new).is_ok() {
                let _ = analyses.get_cached("/new", config_hash("x").unwrap());
            }
        }
    }
    if let Ok(jobs) = MediaProcessingStorage::with_source(source)
        && let Ok(page) = jobs.list_jobs(&Query::default())
    {
        for row in page.rows.into_iter().flatten() {
            let _ = jobs.get_by_job_id(&row.job_id);
        }
    }
}

struct Scene {
    path: PathBuf,
    /// A file of each generation of the Python library, and one of ours.
    originals: Vec<Vec<u8>>,
    _folder: TempDir,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let folder = match Path::new("/dev/shm") {
            memory if memory.is_dir() => tempfile::tempdir_in(memory),
            _ => tempfile::tempdir(),
        }
        .unwrap();
        let path = folder.path().join("media.db");
        let fixtures =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/media-sqlite/tests/fixtures");
        let mut originals: Vec<_> = ["python-g1.db", "python-g2.db"]
            .map(|name| {
                fs::copy(fixtures.join(name), &path).unwrap();
                // Small, so that every byte is within reach, and quick to write.
                let connection = rusqlite::Connection::open(&path).unwrap();
                connection
                    .execute_batch("DELETE FROM analysis_jobs WHERE length(ranges) > 10000; VACUUM")
                    .unwrap();
                drop(connection);
                let bytes = fs::read(&path).unwrap();
                assert!(bytes.len() < 1 << 16);
                bytes
            })
            .into();
        fs::write(&path, &originals[0]).unwrap();
        drop(
            OpenOptions::new()
                .journal(Journal::Rollback)
                .open(&path)
                .unwrap(),
        );
        originals.push(fs::read(&path).unwrap());
        Scene {
            path,
            originals,
            _folder: folder,
        }
    })
}
