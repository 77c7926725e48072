//! The statements of lineages.
//!
//! `CROSS JOIN` fixes the order of the loops, so that an index is walked for
//! each content, and `unlikely` keeps the planner from scanning a table that
//! was small when somebody ran `ANALYZE`. The hashes that a statement is given
//! come as a recursive table even if there is nothing to recurse into, since the
//! planner takes that to be long: in a file without our indexes it then makes one
//! for the statement, instead of scanning a table for each hash.

/// The jobs by which what was made of the contents in a JSON array, and by
/// which that was made, and so on. `UNION` visits each content once.
pub(crate) const ABOVE: &str = "WITH RECURSIVE above(hash) AS (\
     SELECT value FROM json_each(?1) UNION \
     SELECT job.input_hash FROM above CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.output_hash = above.hash)) \
     SELECT job.id, job.job_id, job.action, job.input_path, job.input_hash, \
     job.output_path, job.output_hash, job.created_at \
     FROM above CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.output_hash = above.hash)";

/// Likewise the jobs that were made from them.
pub(crate) const BELOW: &str = "WITH RECURSIVE below(hash) AS (\
     SELECT value FROM json_each(?1) UNION \
     SELECT job.output_hash FROM below CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.input_hash = below.hash)) \
     SELECT job.id, job.job_id, job.action, job.input_path, job.input_hash, \
     job.output_path, job.output_hash, job.created_at \
     FROM below CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.input_hash = below.hash)";

/// The columns of [`ABOVE`], [`BELOW`] and [`JOB`].
pub(crate) const JOB_COLUMNS: &[&str] = &[
    "id",
    "job_id",
    "action",
    "input_path",
    "input_hash",
    "output_path",
    "output_hash",
    "created_at",
];

pub(crate) const JOB: &str = "SELECT id, job_id, action, input_path, input_hash, \
     output_path, output_hash, created_at FROM processing_jobs WHERE job_id = ?1";

/// The analyses of the contents in a JSON array.
pub(crate) const ANALYSES: &str = "WITH RECURSIVE wanted(hash) AS (\
     SELECT value FROM json_each(?1) UNION ALL SELECT hash FROM wanted WHERE FALSE) \
     SELECT analysis.id, analysis.file_hash, analysis.file_path, \
     analysis.config_hash, analysis.created_at \
     FROM wanted CROSS JOIN analysis_jobs AS analysis \
     WHERE unlikely(analysis.file_hash = wanted.hash)";

pub(crate) const ANALYSIS_COLUMNS: &[&str] =
    &["id", "file_hash", "file_path", "config_hash", "created_at"];

/// The files that jobs read, with one of the contents in a JSON array.
pub(crate) const INPUT_FILES: &str = "WITH RECURSIVE wanted(hash) AS (\
     SELECT value FROM json_each(?1) UNION ALL SELECT hash FROM wanted WHERE FALSE) \
     SELECT job.id, job.input_hash, job.input_path \
     FROM wanted CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.input_hash = wanted.hash)";

pub(crate) const INPUT_COLUMNS: &[&str] = &["id", "input_hash", "input_path"];

/// Likewise the files that jobs wrote, and of what.
pub(crate) const OUTPUT_FILES: &str = "WITH RECURSIVE wanted(hash) AS (\
     SELECT value FROM json_each(?1) UNION ALL SELECT hash FROM wanted WHERE FALSE) \
     SELECT job.id, job.output_hash, job.output_path, job.input_hash \
     FROM wanted CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.output_hash = wanted.hash)";

pub(crate) const OUTPUT_COLUMNS: &[&str] = &["id", "output_hash", "output_path", "input_hash"];

/// Likewise, and the files of whatever those were made from.
pub(crate) const OUTPUT_FILES_ABOVE: &str = "WITH RECURSIVE above(hash) AS (\
     SELECT value FROM json_each(?1) UNION \
     SELECT job.input_hash FROM above CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.output_hash = above.hash)) \
     SELECT job.id, job.output_hash, job.output_path, job.input_hash \
     FROM above CROSS JOIN processing_jobs AS job \
     WHERE unlikely(job.output_hash = above.hash)";

/// Whether anything was ever checked.
pub(crate) const ANY_CHECK: &str = "SELECT EXISTS (SELECT 1 FROM fixity_checks)";

/// What the latest check of a file found.
pub(crate) const CHECK: &str = "SELECT id, verdict, coalesce(actual, ''), checked_at \
     FROM fixity_checks \
     WHERE expected = ?1 AND path = ?2 ORDER BY id DESC LIMIT 1";

pub(crate) const CHECK_COLUMNS: &[&str] = &["id", "verdict", "actual", "checked_at"];

/// What was recorded of a path, in each of the three columns that hold one.
pub(crate) const SOURCES_OF_PATH: &str = "SELECT id, file_hash, created_at FROM analysis_jobs \
     WHERE unlikely(file_path = ?1)";
pub(crate) const INPUTS_OF_PATH: &str = "SELECT id, input_hash, created_at FROM processing_jobs \
     WHERE unlikely(input_path = ?1)";
pub(crate) const OUTPUTS_OF_PATH: &str = "SELECT id, output_hash, created_at FROM processing_jobs \
     WHERE unlikely(output_path = ?1)";

pub(crate) const SOURCE_COLUMNS: &[&str] = &["id", "file_hash", "created_at"];
pub(crate) const READ_COLUMNS: &[&str] = &["id", "input_hash", "created_at"];
pub(crate) const WRITTEN_COLUMNS: &[&str] = &["id", "output_hash", "created_at"];

/// Whether a content is recorded, in each of the three columns that hold one.
pub(crate) const KNOWS_SOURCE: &str =
    "SELECT EXISTS (SELECT 1 FROM analysis_jobs WHERE file_hash = ?1)";
pub(crate) const KNOWS_INPUT: &str =
    "SELECT EXISTS (SELECT 1 FROM processing_jobs WHERE input_hash = ?1)";
pub(crate) const KNOWS_OUTPUT: &str =
    "SELECT EXISTS (SELECT 1 FROM processing_jobs WHERE output_hash = ?1)";

/// Every statement, with the table that it is about and a name: so that a
/// check can look at their query plans.
#[doc(hidden)]
#[must_use]
pub fn lineage_statements() -> Vec<(&'static str, String, String)> {
    [
        ("processing_jobs", "lineage: ancestors", ABOVE),
        ("processing_jobs", "lineage: descendants", BELOW),
        ("processing_jobs", "lineage: job", JOB),
        ("processing_jobs", "lineage: files read", INPUT_FILES),
        ("processing_jobs", "lineage: files written", OUTPUT_FILES),
        (
            "processing_jobs",
            "lineage: files written above",
            OUTPUT_FILES_ABOVE,
        ),
        (
            "processing_jobs",
            "lineage: inputs of a path",
            INPUTS_OF_PATH,
        ),
        (
            "processing_jobs",
            "lineage: outputs of a path",
            OUTPUTS_OF_PATH,
        ),
        ("processing_jobs", "lineage: known input", KNOWS_INPUT),
        ("processing_jobs", "lineage: known output", KNOWS_OUTPUT),
        ("analysis_jobs", "lineage: analyses", ANALYSES),
        (
            "analysis_jobs",
            "lineage: contents of a path",
            SOURCES_OF_PATH,
        ),
        ("analysis_jobs", "lineage: known source", KNOWS_SOURCE),
        ("fixity_checks", "lineage: any check", ANY_CHECK),
        ("fixity_checks", "lineage: latest check", CHECK),
    ]
    .map(|(table, name, sql)| (table, name.to_owned(), sql.to_owned()))
    .into()
}
