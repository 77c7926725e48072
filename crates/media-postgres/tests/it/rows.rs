//! Rows by the hundred thousand, made on the server.

use std::fmt::Write as _;

use crate::support::Fresh;

/// A job for each number: what its action, paths and hashes are, as SQL over
/// `n`.
pub(crate) struct Jobs<'a> {
    pub(crate) numbers: &'a str,
    pub(crate) input: &'a str,
    pub(crate) output: &'a str,
}

fn digest(text: &str) -> String {
    format!("sha256(convert_to({text}, 'UTF8'))")
}

fn hash(content: &str) -> String {
    format!(
        "'sha256:' || encode({}, 'hex')",
        digest(&format!("({content})::text"))
    )
}

impl Jobs<'_> {
    pub(crate) fn make(&self, fresh: &Fresh) {
        let job_id = "'job-' || n";
        let path = |content: &str| format!("'/media/' || ({content}) || '.wav'");
        let (input, output) = (path(self.input), path(self.output));
        let mut sql = String::new();
        write!(
            sql,
            "INSERT INTO processing_jobs (job_digest, input_path_digest, output_path_digest, \
             job_id, action, input_path, input_hash, output_path, output_hash, created_at) \
             SELECT {}, {}, {}, {job_id}, 'convert', {input}, {}, {output}, {}, n \
             FROM generate_series({}) AS n; \
             INSERT INTO processing_job_names SELECT job_digest FROM processing_jobs \
             ON CONFLICT DO NOTHING",
            digest(&format!("({job_id})")),
            digest(&format!("({input})")),
            digest(&format!("({output})")),
            hash(self.input),
            hash(self.output),
            self.numbers,
        )
        .unwrap();
        fresh.run(&sql);
    }
}

/// Analyses of the paths of `/media/N.wav`.
pub(crate) fn analyses(fresh: &Fresh, numbers: &str) {
    let path = "'/media/' || n || '.wav'";
    fresh.run(&format!(
        "INSERT INTO analysis_jobs (path_digest, config_digest, file_path, file_hash, \
         config_hash, created_at, revision) \
         SELECT {}, {}, {path}, {}, 'config', n, 0 FROM generate_series({numbers}) AS n",
        digest(&format!("({path})")),
        digest("'config'"),
        hash("n"),
    ));
}

/// The hash of a content as these jobs have it.
pub(crate) fn hash_of(content: i64) -> String {
    media_hash::hash_bytes::<media_hash::Sha256>(content.to_string().as_bytes())
        .as_str()
        .to_owned()
}
