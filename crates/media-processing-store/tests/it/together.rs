//! Both stores in one file, and each alone on its own.

use std::io;
use std::sync::Arc;

use media_analysis_store::{Analysis, MediaAnalysisStorage};
use media_hash::config_hash;
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnalysisFilter, MediaBackend, NewAnalysis, ProcessingFilter, StoreError};
use media_sqlite::{OpenOptions, inspect};
use serde_json::json;

use crate::process::{recipe, shout};
use crate::{content, fresh, job};

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
fn a_backend_may_be_one_that_is_not_known_before() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let backend: Arc<dyn MediaBackend> = Arc::new(OpenOptions::new().open(store.path()).unwrap());
    assert_eq!(backend.name(), store.path().to_str().unwrap());
    let analyses = MediaAnalysisStorage::with_source(Arc::clone(&backend)).unwrap();
    let jobs = MediaProcessingStorage::with_source(Arc::clone(&backend)).unwrap();
    let analyze = || {
        let answer = analyses.get_or_analyze(&input, "a", |_| {
            Ok::<_, io::Error>(Analysis {
                ranges: Vec::new(),
                metadata: json!({}),
            })
        });
        answer.unwrap().outcome.as_str()
    };
    let parameters = json!({});
    let recipe = recipe(&input, &output, &parameters);
    let process = || {
        jobs.get_or_process(&recipe, shout)
            .unwrap()
            .outcome
            .as_str()
    };
    assert_eq!([analyze(), process()], ["computed", "computed"]);
    assert_eq!([analyze(), process()], ["cached", "cached"]);
    let counted = backend.statistics().unwrap();
    assert_eq!([counted.analyses.rows, counted.jobs.rows], [1, 1]);
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
