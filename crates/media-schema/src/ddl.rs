//! The DDL of every version, frozen, and the descriptors of the newest.
//!
//! A file in `sql/` is never edited once released: a change is a new version
//! with files of its own and a migration in the backend.

use crate::fixity_tables::{FIXITY_AUDITS, FIXITY_CHECKS, FIXITY_FILES};
use crate::table::{Column, Index, Table};

/// The newest version of the schema, kept in a database's `user_version`.
pub const VERSION: u32 = 1;

/// The frozen statements that create one table of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ddl {
    /// The version that the statements belong to.
    pub version: u32,
    /// The table that they create, with its indexes.
    pub table: &'static Table,
    /// The file below `sql/` in this crate that they are in.
    pub file: &'static str,
    /// `CREATE … IF NOT EXISTS` statements, each ended by a semicolon.
    pub sql: &'static str,
}

/// The statements in a file below `sql/`.
macro_rules! ddl {
    ($version:literal, $table:ident, $file:literal) => {
        crate::ddl::Ddl {
            version: $version,
            table: &$table,
            file: $file,
            sql: include_str!(concat!("../sql/", $file)),
        }
    };
}

pub(crate) use ddl;

impl Ddl {
    /// Every version of every table, oldest first.
    pub const ALL: &'static [Self] = &[
        ddl!(1, ANALYSIS_JOBS, "v1/analysis_jobs.sql"),
        ddl!(1, PROCESSING_JOBS, "v1/processing_jobs.sql"),
        ddl!(1, FILE_HASHES, "v1/file_hashes.sql"),
        ddl!(1, FIXITY_AUDITS, "v1/fixity_audits.sql"),
        ddl!(1, FIXITY_FILES, "v1/fixity_files.sql"),
        ddl!(1, FIXITY_CHECKS, "v1/fixity_checks.sql"),
    ];

    /// The newest statements for a table, or `None` for a table that is not
    /// of this project.
    #[must_use]
    pub fn newest(table: &str) -> Option<&'static Self> {
        Self::ALL.iter().rev().find(|ddl| ddl.table.name == table)
    }
}

/// Every table of the newest version.
pub const TABLES: &[&Table] = &[
    &ANALYSIS_JOBS,
    &PROCESSING_JOBS,
    &FILE_HASHES,
    &FIXITY_AUDITS,
    &FIXITY_FILES,
    &FIXITY_CHECKS,
];

pub(crate) const ID: Column = Column {
    name: "id",
    declared_type: "INTEGER",
    not_null: false,
    primary_key: true,
    about: "row number, never reused",
};

const CREATED_AT: Column = Column {
    name: "created_at",
    declared_type: "REAL",
    not_null: true,
    primary_key: false,
    about: "when the row was saved, in Unix seconds",
};

pub(crate) const fn text(name: &'static str, about: &'static str) -> Column {
    Column {
        name,
        declared_type: "TEXT",
        not_null: true,
        primary_key: false,
        about,
    }
}

const fn json(name: &'static str, about: &'static str) -> Column {
    Column {
        name,
        declared_type: "JSON",
        not_null: false,
        primary_key: false,
        about,
    }
}

pub(crate) const fn index(
    name: &'static str,
    columns: &'static [&'static str],
    about: &'static str,
) -> Index {
    Index {
        name,
        columns,
        about,
    }
}

/// `analysis_jobs`: one result for each file path and configuration.
pub const ANALYSIS_JOBS: Table = Table {
    name: "analysis_jobs",
    columns: &[
        ID,
        text("file_path", "the analysed file, as its caller named it"),
        text("file_hash", "content hash of the file, `algo:hexdigest`"),
        text("config_hash", "hash of the analyser's configuration"),
        json("ranges", "array of time ranges, `[]` for none found"),
        json("metadata", "object with what else the analyser says"),
        CREATED_AT,
    ],
    unique: &[&["file_path", "config_hash"]],
    indexes: &[
        index("idx_analysis_created_at", &["created_at"], "newest first"),
        index(
            "idx_analysis_path_created_at",
            &["file_path", "created_at"],
            "newest of a path",
        ),
        index(
            "idx_analysis_hash_created_at",
            &["file_hash", "created_at"],
            "newest of a content",
        ),
        index(
            "idx_analysis_config_created_at",
            &["config_hash", "created_at"],
            "newest of a configuration",
        ),
    ],
};

/// `processing_jobs`: which file was made from which, one row a job.
pub const PROCESSING_JOBS: Table = Table {
    name: "processing_jobs",
    columns: &[
        ID,
        text("job_id", "the job's own name, unique"),
        text("action", "what was done: `convert`, `extract_segment`, …"),
        text("input_path", "the file that was read"),
        text("input_hash", "content hash of the input"),
        text("output_path", "the file that was written"),
        text("output_hash", "content hash of the output"),
        json("parameters", "object with the action's parameters"),
        json("metadata", "object with what else the processor says"),
        CREATED_AT,
    ],
    unique: &[&["job_id"]],
    indexes: &[
        index("idx_processing_created_at", &["created_at"], "newest first"),
        index(
            "idx_processing_action_created_at",
            &["action", "created_at"],
            "newest of an action",
        ),
        index(
            "idx_processing_input_path_created_at",
            &["input_path", "created_at"],
            "newest made from a path",
        ),
        index(
            "idx_processing_input_hash_created_at",
            &["input_hash", "created_at"],
            "newest made from a content",
        ),
        index(
            "idx_processing_output_path_created_at",
            &["output_path", "created_at"],
            "newest written to a path",
        ),
        index(
            "idx_processing_output_hash_created_at",
            &["output_hash", "created_at"],
            "newest with a content",
        ),
    ],
};

pub(crate) const fn integer(name: &'static str, primary_key: bool, about: &'static str) -> Column {
    Column {
        name,
        declared_type: "INTEGER",
        not_null: true,
        primary_key,
        about,
    }
}

/// `file_hashes`: the hashes of files that lie still, by fingerprint. A cache:
/// it may be emptied at any time.
pub const FILE_HASHES: Table = Table {
    name: "file_hashes",
    columns: &[
        integer(
            "device",
            true,
            "the file's device, its bits as a signed integer",
        ),
        integer("inode", true, "the file's number on it, likewise"),
        Column {
            primary_key: true,
            ..text("algorithm", "the hash's algorithm")
        },
        integer("size", false, "the file's length in bytes"),
        integer(
            "mtime_ns",
            false,
            "when its content was changed, in ns since 1970",
        ),
        integer(
            "ctime_ns",
            false,
            "when anything of it was changed, in ns since 1970",
        ),
        text("hash", "content hash of the file"),
        Column {
            name: "recorded_at",
            about: "when the hash was computed, in Unix seconds",
            ..CREATED_AT
        },
    ],
    unique: &[&["device", "inode", "algorithm"]],
    indexes: &[],
};
