//! A database with flipped bits, or cut off: an answer or a typed error, and
//! what is refused keeps every byte.

use std::fs;
use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::Query;
use media_sqlite::{Database, Journal, OpenOptions, inspect};
use proptest::prelude::*;

use crate::{job, python_file};

fn use_tables(source: &Database) {
    if let Ok(analyses) = MediaAnalysisStorage::with_source(source)
        && let Ok(page) = analyses.list_jobs(&Query::default())
    {
        for row in page.rows.into_iter().flatten() {
            let _ = row.time_ranges();
            let _ = analyses.get_cached(&row.file_path, &row.config_hash);
        }
    }
    if let Ok(jobs) = MediaProcessingStorage::with_source(source) {
        let _ = jobs.list_jobs(&Query::default());
        let _ = jobs.save(&job("new", "cut", "/in", "/out"));
        let _ = jobs.get_by_job_id("new");
    }
}

fn open_and_use(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    let _ = inspect(path);
    let options = OpenOptions::new().journal(Journal::Rollback);
    if let Ok(database) = options.clone().read_only(true).open(path) {
        use_tables(&database);
    }
    assert!(fs::read(path).unwrap() == bytes, "reading has written");
    match options.open(path) {
        Ok(database) => use_tables(&database),
        Err(_) => assert!(
            fs::read(path).unwrap() == bytes,
            "a refused file was written to"
        ),
    }
}

/// A place in a file, where damage near its beginning is met more often.
fn place() -> impl Strategy<Value = usize> {
    prop_oneof![0..200_usize, 0..20_000_usize, 0..400_000_usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_damaged_database_is_answered_for(
        generation in 1..=2_u32,
        flips in prop::collection::vec((place(), 0..8_u8), 0..12),
        cut in prop::option::weighted(0.3, place()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = python_file(folder.path(), generation);
        let mut bytes = fs::read(&path).unwrap();
        for (at, bit) in flips {
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
        }
        bytes.truncate(cut.unwrap_or(usize::MAX));
        open_and_use(&path, &bytes);
    }
}
