//! The tables as PostgreSQL keeps them: the frozen DDL of every version, and
//! the descriptors of the newest.
//!
//! They hold what SQLite's hold, and more columns:
//!
//! - A digest of each path, name and configuration that is unique or looked up
//!   by: SHA-256 of its text in UTF-8, as 32 bytes. An entry of a B-tree takes
//!   2,704 bytes at most, and a path may be longer.
//! - `revision`: how often a result was replaced.
//! - `machine`: whose file it is that a hash is remembered of.
//!
//! JSON is text, as in SQLite, for a row must come back as it was saved:
//! `jsonb` refuses `\u0000` and reorders keys, and neither JSON type takes a
//! peer's `NaN`. Times are floats of 64 bits, as there.
//!
//! The unique keys of tables that grow begin with a digest of the path or the
//! job's name, or with the scope or the machine, and no statement names a
//! constraint: tables can be partitioned or distributed without changing one. The names of jobs
//! are unique by a table of their own, so that `processing_jobs` can be
//! distributed by any of its columns.

use crate::ddl::{ddl, index};
use crate::{Column, Ddl, Table};

/// The newest version of the schema, kept in `media_store_schema`.
pub const VERSION: u32 = 1;

/// Every version of every table, oldest first. `processing_jobs` comes with
/// `processing_job_names`.
pub const DDL: &[Ddl] = &[
    ddl!(1, MEDIA_STORE_SCHEMA, "postgres/v1/media_store_schema.sql"),
    ddl!(1, ANALYSIS_JOBS, "postgres/v1/analysis_jobs.sql"),
    ddl!(1, PROCESSING_JOBS, "postgres/v1/processing_jobs.sql"),
    ddl!(1, FILE_HASHES, "postgres/v1/file_hashes.sql"),
    ddl!(1, FIXITY_AUDITS, "postgres/v1/fixity_audits.sql"),
    ddl!(1, FIXITY_FILES, "postgres/v1/fixity_files.sql"),
    ddl!(1, FIXITY_CHECKS, "postgres/v1/fixity_checks.sql"),
];

/// Every table of the newest version.
pub const TABLES: &[&Table] = &[
    &MEDIA_STORE_SCHEMA,
    &ANALYSIS_JOBS,
    &PROCESSING_JOB_NAMES,
    &PROCESSING_JOBS,
    &FILE_HASHES,
    &FIXITY_AUDITS,
    &FIXITY_FILES,
    &FIXITY_CHECKS,
];

/// A column that must be there. Its type is as `format_type` prints it.
const fn column(name: &'static str, declared_type: &'static str, about: &'static str) -> Column {
    Column {
        name,
        declared_type,
        not_null: true,
        primary_key: false,
        about,
    }
}

const fn text(name: &'static str, about: &'static str) -> Column {
    column(name, "text", about)
}

const fn bigint(name: &'static str, about: &'static str) -> Column {
    column(name, "bigint", about)
}

const fn digest(name: &'static str, about: &'static str) -> Column {
    column(name, "bytea", about)
}

const fn time(name: &'static str, about: &'static str) -> Column {
    column(name, "double precision", about)
}

const fn optional(column: Column) -> Column {
    Column {
        not_null: false,
        ..column
    }
}

const fn key(column: Column) -> Column {
    Column {
        primary_key: true,
        ..column
    }
}

const ID: Column = bigint("id", "row number, never reused");
const CREATED_AT: Column = time("created_at", "when the row was saved, in Unix seconds");

const MEDIA_STORE_SCHEMA: Table = Table {
    name: "media_store_schema",
    columns: &[key(column(
        "version",
        "integer",
        "a version of the schema that was created; the highest counts",
    ))],
    unique: &[&["version"]],
    indexes: &[],
};

const ANALYSIS_JOBS: Table = Table {
    name: "analysis_jobs",
    columns: &[
        ID,
        key(digest("path_digest", "SHA-256 of `file_path`")),
        key(digest("config_digest", "SHA-256 of `config_hash`")),
        text("file_path", "the analysed file, as its caller named it"),
        text("file_hash", "content hash of the file, `algo:hexdigest`"),
        text("config_hash", "hash of the analyser's configuration"),
        optional(text(
            "ranges",
            "JSON array of time ranges, `[]` for none found",
        )),
        optional(text(
            "metadata",
            "JSON object with what else the analyser says",
        )),
        CREATED_AT,
        bigint("revision", "how often the result was replaced"),
    ],
    unique: &[&["path_digest", "config_digest"]],
    indexes: &[
        index("idx_analysis_id", &["id"], "walks over all rows"),
        index(
            "idx_analysis_created_at",
            &["created_at", "id"],
            "newest first",
        ),
        index(
            "idx_analysis_path_created_at",
            &["path_digest", "created_at", "id"],
            "newest of a path",
        ),
        index(
            "idx_analysis_hash_created_at",
            &["left(file_hash, 160)", "created_at", "id"],
            "newest of a content",
        ),
        index(
            "idx_analysis_config_created_at",
            &["config_digest", "created_at", "id"],
            "newest of a configuration",
        ),
    ],
};

const PROCESSING_JOB_NAMES: Table = Table {
    name: "processing_job_names",
    columns: &[key(digest(
        "job_digest",
        "SHA-256 of a `job_id` of `processing_jobs`, which is unique by this",
    ))],
    unique: &[&["job_digest"]],
    indexes: &[],
};

const PROCESSING_JOBS: Table = Table {
    name: "processing_jobs",
    columns: &[
        ID,
        digest("job_digest", "SHA-256 of `job_id`"),
        digest("input_path_digest", "SHA-256 of `input_path`"),
        digest("output_path_digest", "SHA-256 of `output_path`"),
        text("job_id", "the job's own name, unique"),
        text("action", "what was done: `convert`, `extract_segment`, …"),
        text("input_path", "the file that was read"),
        text("input_hash", "content hash of the input"),
        text("output_path", "the file that was written"),
        text("output_hash", "content hash of the output"),
        optional(text(
            "parameters",
            "JSON object with the action's parameters",
        )),
        optional(text(
            "metadata",
            "JSON object with what else the processor says",
        )),
        CREATED_AT,
    ],
    unique: &[],
    indexes: &[
        index("idx_processing_id", &["id"], "walks over all rows"),
        index("idx_processing_job", &["job_digest"], "a job"),
        index(
            "idx_processing_created_at",
            &["created_at", "id"],
            "newest first",
        ),
        index(
            "idx_processing_action_created_at",
            &["left(action, 160)", "created_at", "id"],
            "newest of an action",
        ),
        index(
            "idx_processing_input_path_created_at",
            &["input_path_digest", "created_at", "id"],
            "newest made from a path",
        ),
        index(
            "idx_processing_input_hash_created_at",
            &["left(input_hash, 160)", "created_at", "id"],
            "newest made from a content",
        ),
        index(
            "idx_processing_output_path_created_at",
            &["output_path_digest", "created_at", "id"],
            "newest written to a path",
        ),
        index(
            "idx_processing_output_hash_created_at",
            &["left(output_hash, 160)", "created_at", "id"],
            "newest with a content",
        ),
    ],
};

const FILE_HASHES: Table = Table {
    name: "file_hashes",
    columns: &[
        key(text("machine", "the machine whose file it is")),
        key(bigint(
            "device",
            "the file's device, its bits as a signed integer",
        )),
        key(bigint("inode", "the file's number on it, likewise")),
        key(text("algorithm", "the hash's algorithm")),
        bigint("size", "the file's length in bytes"),
        bigint("mtime_ns", "when its content was changed, in ns since 1970"),
        bigint(
            "ctime_ns",
            "when anything of it was changed, in ns since 1970",
        ),
        text("hash", "content hash of the file"),
        time("recorded_at", "when the hash was computed, in Unix seconds"),
    ],
    unique: &[&["machine", "device", "inode", "algorithm"]],
    indexes: &[],
};

const FIXITY_AUDITS: Table = Table {
    name: "fixity_audits",
    columns: &[
        key(ID),
        text(
            "scope",
            "whose files: `all`, `analysis`, `processing`, or a `selection`",
        ),
        time("started_at", "when it began, in Unix seconds"),
        optional(time(
            "finished_at",
            "when no file was left, in Unix seconds; NULL before that",
        )),
        bigint(
            "last_place",
            "the last place in the scope's queue when it began; -1 if it was imported",
        ),
        bigint("files", "files checked so far"),
        bigint("bytes", "bytes read so far"),
        bigint(
            "intact",
            "results so far with that verdict, one for each path, role and hash",
        ),
        bigint("changed", "likewise"),
        bigint("missing", "likewise"),
        bigint("moved", "likewise"),
        bigint("unreadable", "likewise"),
        bigint("unverifiable", "likewise"),
        bigint(
            "unreadable_rows",
            "rows so far that name a file and whose hash cannot be read",
        ),
    ],
    unique: &[&["id"]],
    indexes: &[index(
        "idx_fixity_audits_scope",
        &["scope", "id"],
        "the last of a scope",
    )],
};

const FIXITY_FILES: Table = Table {
    name: "fixity_files",
    columns: &[
        key(text(
            "scope",
            "whose queue: `all`, `analysis`, `processing`",
        )),
        key(digest("path_digest", "SHA-256 of `path`")),
        text("path", "the file, as the rows name it"),
        bigint(
            "place",
            "its place in the queue, the higher the later it was checked; 0: never",
        ),
        optional(time(
            "checked_at",
            "when it was last checked, in Unix seconds",
        )),
    ],
    unique: &[&["scope", "path_digest"]],
    indexes: &[index(
        "idx_fixity_files_place",
        &["scope", "place", "path_digest"],
        "the files that are next",
    )],
};

const FIXITY_CHECKS: Table = Table {
    name: "fixity_checks",
    columns: &[
        key(ID),
        bigint("audit_id", "the audit that it was part of"),
        key(digest("path_digest", "SHA-256 of `path`")),
        text("path", "the file, as the rows name it"),
        text("expected", "the recorded hash, as stored"),
        optional(text(
            "actual",
            "the hash by the same algorithm that the file had",
        )),
        text(
            "verdict",
            "`intact`, `changed`, `missing`, `moved`, `unreadable` or `unverifiable`",
        ),
        optional(text("found_at", "where the content was found, for `moved`")),
        optional(text("problem", "why there is no better answer")),
        time("checked_at", "when, in Unix seconds"),
    ],
    unique: &[&["path_digest", "id"]],
    indexes: &[
        index("idx_fixity_checks_id", &["id"], "walks over all checks"),
        index(
            "idx_fixity_checks_expected_path",
            &["left(expected, 160)", "path_digest", "id"],
            "the files of a content, and the latest check of each",
        ),
    ],
};
