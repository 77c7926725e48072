//! The statements of lineages.
//!
//! What is found of a content is a subquery of its own, which `OFFSET 0` keeps
//! apart: so an index is walked for each content, whatever the planner knows of
//! the table. It would otherwise read all of it for each step of a chain, where
//! nobody has run `ANALYZE`.

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

macro_rules! job_columns {
    () => {
        "id, job_id, action, input_path, input_hash, output_path, output_hash, created_at"
    };
}

/// The hashes in an array. `C` is the order of the column that they meet.
macro_rules! given {
    () => {
        "SELECT hash COLLATE \"C\" FROM unnest($1::text[]) AS given(hash)"
    };
}

/// Something of the rows with a hash.
macro_rules! of_hash {
    ($columns:expr, $table:literal, $column:literal, $hash:literal) => {
        concat!(
            "CROSS JOIN LATERAL (SELECT ",
            $columns,
            " FROM ",
            $table,
            " WHERE left(",
            $column,
            ", 160) = left(",
            $hash,
            ", 160) AND ",
            $column,
            " = ",
            $hash,
            " OFFSET 0) AS row"
        )
    };
}

/// The hashes, and by one column those that rows have in the other, and so on.
/// `UNION` visits each content once.
macro_rules! chain {
    ($from:literal, $to:literal) => {
        concat!(
            "WITH RECURSIVE chain(hash) AS (",
            given!(),
            " UNION SELECT row.hash FROM chain ",
            of_hash!(
                concat!($to, " AS hash"),
                "processing_jobs",
                $from,
                "chain.hash"
            ),
            ") "
        )
    };
}

macro_rules! wanted {
    ($columns:expr, $table:literal, $column:literal) => {
        concat!(
            "SELECT row.* FROM (",
            given!(),
            ") AS wanted(hash) ",
            of_hash!($columns, $table, $column, "wanted.hash")
        )
    };
}

/// The jobs by which contents were made, and by which was made what they were
/// made of, and so on.
pub(crate) const ABOVE: &str = concat!(
    chain!("output_hash", "input_hash"),
    "SELECT row.* FROM chain ",
    of_hash!(
        job_columns!(),
        "processing_jobs",
        "output_hash",
        "chain.hash"
    )
);

/// Likewise the jobs by which something was made of them.
pub(crate) const BELOW: &str = concat!(
    chain!("input_hash", "output_hash"),
    "SELECT row.* FROM chain ",
    of_hash!(
        job_columns!(),
        "processing_jobs",
        "input_hash",
        "chain.hash"
    )
);

pub(crate) const JOB: &str = concat!(
    "SELECT ",
    job_columns!(),
    " FROM processing_jobs WHERE job_digest = $1"
);

pub(crate) const ANALYSES: &str = wanted!(
    "id, file_hash, file_path, config_hash, created_at",
    "analysis_jobs",
    "file_hash"
);

pub(crate) const ANALYSIS_COLUMNS: &[&str] =
    &["id", "file_hash", "file_path", "config_hash", "created_at"];

/// The files that jobs read.
pub(crate) const INPUT_FILES: &str = wanted!(
    "id, input_hash, input_path",
    "processing_jobs",
    "input_hash"
);

pub(crate) const INPUT_COLUMNS: &[&str] = &["id", "input_hash", "input_path"];

/// The files that jobs wrote, and of what.
pub(crate) const OUTPUT_FILES: &str = wanted!(
    "id, output_hash, output_path, input_hash",
    "processing_jobs",
    "output_hash"
);

pub(crate) const OUTPUT_COLUMNS: &[&str] = &["id", "output_hash", "output_path", "input_hash"];

/// Likewise, and the files of whatever those were made from.
pub(crate) const OUTPUT_FILES_ABOVE: &str = concat!(
    chain!("output_hash", "input_hash"),
    "SELECT row.* FROM chain ",
    of_hash!(
        "id, output_hash, output_path, input_hash",
        "processing_jobs",
        "output_hash",
        "chain.hash"
    )
);

/// Whether anything was ever checked.
pub(crate) const ANY_CHECK: &str = "SELECT EXISTS (SELECT FROM fixity_checks)";

/// What the latest check of each file found. The key of the index is part of the
/// order, so that nothing else is walked.
pub(crate) const CHECKS: &str = "SELECT latest.id, latest.verdict, latest.actual, \
     latest.checked_at, asked.number \
     FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS asked(expected, path, number) \
     CROSS JOIN LATERAL (\
         SELECT id, verdict, actual, checked_at FROM fixity_checks \
         WHERE left(expected, 160) = ANY (ARRAY[left(asked.expected, 160)]) \
         AND expected = asked.expected AND path_digest = asked.path \
         ORDER BY left(expected, 160) DESC, id DESC LIMIT 1) AS latest";

pub(crate) const CHECK_COLUMNS: &[&str] = &["id", "verdict", "actual", "checked_at"];

/// What was recorded of a path, in each of the three columns that hold one.
pub(crate) const CONTENTS_OF_PATH: &str = "SELECT id, file_hash, created_at, 0 \
     FROM analysis_jobs WHERE path_digest = $1 \
     UNION ALL SELECT id, input_hash, created_at, 1 \
     FROM processing_jobs WHERE input_path_digest = $1 \
     UNION ALL SELECT id, output_hash, created_at, 2 \
     FROM processing_jobs WHERE output_path_digest = $1";

/// Whether a content is recorded, in any of the three columns that hold one.
pub(crate) const KNOWS: &str = "SELECT EXISTS (SELECT FROM analysis_jobs \
         WHERE left(file_hash, 160) = left($1, 160) AND file_hash = $1) \
     OR EXISTS (SELECT FROM processing_jobs \
         WHERE left(input_hash, 160) = left($1, 160) AND input_hash = $1) \
     OR EXISTS (SELECT FROM processing_jobs \
         WHERE left(output_hash, 160) = left($1, 160) AND output_hash = $1)";

/// Every statement with a name, for whoever looks at their query plans; but for
/// the one that asks for any check, and takes the first.
#[doc(hidden)]
#[must_use]
pub fn lineage_statements() -> Vec<(&'static str, &'static str)> {
    vec![
        ("ancestors", ABOVE),
        ("descendants", BELOW),
        ("a job", JOB),
        ("analyses", ANALYSES),
        ("files read", INPUT_FILES),
        ("files written", OUTPUT_FILES),
        ("files written above", OUTPUT_FILES_ABOVE),
        ("latest checks", CHECKS),
        ("contents of a path", CONTENTS_OF_PATH),
        ("whether a content is known", KNOWS),
    ]
}
