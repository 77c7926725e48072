//! Rows to save, in few words.

use media_hash::{ContentHash, Sha256, config_hash, hash_bytes};
use media_schema::{
    AnalysisFilter, AnalysisJob, AnalysisKey, Job, JobStore, MediaAnalysisRow, MediaBackend,
    MediaProcessingRow, NewAnalysis, NewProcessing, ProcessingFilter, ProcessingJob, ProcessingKey,
    Timestamp, Walk, Walked,
};

/// The hash of a content.
pub(crate) fn sha(content: &str) -> ContentHash {
    hash_bytes::<Sha256>(content)
}

/// The hash of a configuration of that name.
pub(crate) fn config(name: &str) -> ContentHash {
    config_hash(&[name]).unwrap()
}

/// A point in time.
pub(crate) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

/// A result for a path, a content and a configuration.
pub(crate) fn analysis(path: &str, content: &str, name: &str) -> NewAnalysis {
    NewAnalysis::new(path, sha(content), config(name)).unwrap()
}

/// A job that made one content from another. The path of each is `/` and its
/// name.
pub(crate) fn job(job_id: &str, action: &str, input: &str, output: &str) -> NewProcessing {
    let file = |content: &str| (format!("/{content}"), sha(content));
    NewProcessing::new(job_id, action, file(input), file(output)).unwrap()
}

/// A backend as one that keeps results.
pub(crate) fn results(backend: &impl MediaBackend) -> &dyn JobStore<AnalysisJob> {
    backend
}

/// A backend as one that keeps jobs.
pub(crate) fn jobs(backend: &impl MediaBackend) -> &dyn JobStore<ProcessingJob> {
    backend
}

/// A text of hexadecimal digits, as long as that, which no compression makes
/// much shorter: an index that takes only so much cannot hide behind one.
pub(crate) fn noise(len: usize) -> String {
    let mut text = String::with_capacity(len + 64);
    let mut block = sha("noise");
    while text.len() < len {
        block = sha(block.hex());
        text.push_str(block.hex());
    }
    text.truncate(len);
    text
}

/// The result for a path and a configuration of that name.
pub(crate) fn get_analysis(
    backend: &impl MediaBackend,
    path: &str,
    name: &str,
) -> Option<MediaAnalysisRow> {
    let config = config(name);
    let key = AnalysisKey {
        file_path: path,
        config_hash: config.as_str(),
    };
    results(backend).get(key).unwrap()
}

/// The job of a name.
pub(crate) fn get_job(backend: &impl MediaBackend, job_id: &str) -> Option<MediaProcessingRow> {
    jobs(backend).get(ProcessingKey { job_id }).unwrap()
}

/// How many rows there are, of both kinds.
pub(crate) fn counts(backend: &impl MediaBackend) -> (u64, u64) {
    (
        results(backend).count(&AnalysisFilter::default()).unwrap(),
        jobs(backend).count(&ProcessingFilter::default()).unwrap(),
    )
}

/// Every row, in the order of a walk.
pub(crate) fn walk<J: Job>(store: &dyn JobStore<J>) -> Vec<Walked<J::Row>> {
    let (mut walk, mut rows) = (Walk::default(), Vec::new());
    loop {
        let page = walk.next(store).unwrap();
        if page.is_empty() {
            return rows;
        }
        rows.extend(page.into_iter().map(|Walked { id, bytes, row }| Walked {
            id,
            bytes,
            row: row.unwrap(),
        }));
    }
}

/// Every row alone, in the order of a walk.
pub(crate) fn rows<J: Job>(store: &dyn JobStore<J>) -> Vec<J::Row> {
    walk(store).into_iter().map(|walked| walked.row).collect()
}
