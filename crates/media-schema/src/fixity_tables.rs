//! The descriptors of an audit's tables: what it has found, and what is next.

use crate::ddl::{ID, index, integer, text};
use crate::table::{Column, Table};

const fn optional(column: Column) -> Column {
    Column {
        not_null: false,
        ..column
    }
}

const fn time(name: &'static str, about: &'static str) -> Column {
    Column {
        declared_type: "REAL",
        ..text(name, about)
    }
}

/// `fixity_audits`: when it was checked whether files are still what they were,
/// and how that came out.
pub const FIXITY_AUDITS: Table = Table {
    name: "fixity_audits",
    columns: &[
        ID,
        text(
            "scope",
            "whose files: `all`, `analysis`, `processing`, or a `selection`",
        ),
        time("started_at", "when it began, in Unix seconds"),
        optional(time(
            "finished_at",
            "when no file was left, in Unix seconds; NULL before that",
        )),
        integer(
            "last_place",
            false,
            "the last place in the scope's queue when it began; -1 if it was imported",
        ),
        integer("files", false, "files checked so far"),
        integer("bytes", false, "bytes read so far"),
        integer(
            "intact",
            false,
            "results so far with that verdict, one for each path, role and hash",
        ),
        integer("changed", false, "likewise"),
        integer("missing", false, "likewise"),
        integer("moved", false, "likewise"),
        integer("unreadable", false, "likewise"),
        integer("unverifiable", false, "likewise"),
        integer(
            "unreadable_rows",
            false,
            "rows so far that name a file and whose hash cannot be read",
        ),
    ],
    unique: &[],
    indexes: &[index(
        "idx_fixity_audits_scope",
        &["scope"],
        "the last of a scope",
    )],
};

/// `fixity_files`: a queue of files for each scope, those first that were
/// never checked, or not for the longest time.
pub const FIXITY_FILES: Table = Table {
    name: "fixity_files",
    columns: &[
        Column {
            primary_key: true,
            ..text("scope", "whose queue: `all`, `analysis`, `processing`")
        },
        Column {
            primary_key: true,
            ..text("path", "the file, as the rows name it")
        },
        integer(
            "place",
            false,
            "its place in the queue, the higher the later it was checked; 0: never",
        ),
        optional(time(
            "checked_at",
            "when it was last checked, in Unix seconds",
        )),
    ],
    unique: &[&["scope", "path"]],
    indexes: &[index(
        "idx_fixity_files_place",
        &["scope", "place", "path"],
        "the files that are next",
    )],
};

/// `fixity_checks`: every check of a file against a recorded hash. Nothing in
/// it is ever changed.
pub const FIXITY_CHECKS: Table = Table {
    name: "fixity_checks",
    columns: &[
        ID,
        integer("audit_id", false, "the audit that it was part of"),
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
    unique: &[],
    indexes: &[
        index("idx_fixity_checks_path", &["path"], "the history of a path"),
        index(
            "idx_fixity_checks_expected_path",
            &["expected", "path"],
            "the files of a content, and the latest check of each",
        ),
    ],
};
