//! Both stores in one file, and each alone on its own.

use media_analysis_store::MediaAnalysisStorage;
use media_hash::config_hash;
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnalysisFilter, NewAnalysis, ProcessingFilter, StoreError};
use media_sqlite::{OpenOptions, inspect};

use crate::{content, job};

fn analysis(path: &str) -> NewAnalysis {
    NewAnalysis::new(path, content(path), config_hash("a").unwrap()).unwrap()
}

#[test]
fn one_pool_puts_both_tables_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = OpenOptions::new().open(&path).unwrap();
    let analyses = MediaAnalysisStorage::with_source(database.clone()).unwrap();
    let jobs = MediaProcessingStorage::with_source(database).unwrap();
    analyses.save(&analysis("/a")).unwrap();
    jobs.save(&job("j", "cut", "/a", "/b")).unwrap();
    assert_eq!(
        inspect(&path).unwrap().tables,
        ["analysis_jobs", "processing_jobs"]
    );
}

#[test]
fn each_alone_creates_its_own_table() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["a.db", "p.db"].map(|name| folder.path().join(name));
    MediaAnalysisStorage::open(&first)
        .unwrap()
        .save(&analysis("/a"))
        .unwrap();
    MediaProcessingStorage::open(&second)
        .unwrap()
        .save(&job("j", "cut", "/a", "/b"))
        .unwrap();
    assert_eq!(inspect(&first).unwrap().tables, ["analysis_jobs"]);
    assert_eq!(inspect(&second).unwrap().tables, ["processing_jobs"]);
}

#[test]
fn a_transaction_saves_in_both_or_in_neither() {
    let folder = tempfile::tempdir().unwrap();
    let database = OpenOptions::new()
        .open(folder.path().join("media.db"))
        .unwrap();
    let both = |job_id: &str, path: &str| {
        database.transaction::<_, StoreError>(|transaction| {
            let analyses = MediaAnalysisStorage::with_source(transaction)?;
            let jobs = MediaProcessingStorage::with_source(transaction)?;
            analyses.save(&analysis(path))?;
            jobs.save(&job(job_id, "cut", "/a", path))?;
            Ok(())
        })
    };
    both("j", "/b").unwrap();
    assert!(matches!(both("j", "/c"), Err(StoreError::Conflict { .. })));
    let analyses = MediaAnalysisStorage::with_source(database.clone()).unwrap();
    let jobs = MediaProcessingStorage::with_source(database.clone()).unwrap();
    assert_eq!(analyses.count(&AnalysisFilter::default()).unwrap(), 1);
    assert_eq!(jobs.count(&ProcessingFilter::default()).unwrap(), 1);
}
