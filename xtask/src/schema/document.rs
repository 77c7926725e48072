//! `docs/schema.md`, generated from the descriptors, the statements, their
//! recorded digests, and what adoption does to a file of each generation.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use media_schema::{Ddl, TABLES, Table, VERSION, postgres};
use media_sqlite::{Journal, inspect};

use super::contents::Contents;
use super::digests::{FOLDER, Frozen, used};
use super::sample::{Fixture, Stores, connect};
use crate::error::Error;
use crate::workspace::scratch;

/// Where the document lies.
pub(crate) const FILE: &str = "docs/schema.md";

/// The text of the document.
pub(crate) fn generate(frozen: &Frozen, fixtures: &[Fixture]) -> Result<String, Error> {
    let mut text = INTRODUCTION.replace("{VERSION}", &VERSION.to_string());
    for table in TABLES {
        text += &describe("##", table);
    }
    text += "\n## Statements\n\nWhat creates the tables and indexes.\n";
    text += &statements(TABLES.iter().filter_map(|table| Ddl::newest(table.name)));
    text += &history(frozen);
    text += PYTHON;
    for fixture in fixtures {
        text += &generation(fixture)?;
    }
    text += &SERVER.replace("{VERSION}", &postgres::VERSION.to_string());
    for table in postgres::TABLES {
        text += &describe("###", table);
    }
    text += "\n### Statements on a server\n\nWhat creates them there.\n";
    text += &statements(postgres::DDL.iter());
    Ok(text)
}

const INTRODUCTION: &str = "\
# Schema

<!-- Written by `cargo xtask schema write`: change what it describes, not this file. -->

The tables of schema version {VERSION}. A database has one version, in
`PRAGMA user_version`. Each table is created when its store first needs it, so a
file may have one of them alone.

What holds for the tables of results:

- A hash is text, `algo:hexdigest`, in lower case, with the algorithm's name as
  Python's `hashlib` has it: `sha256:9f86d0…`.
- A path is text, verbatim as its caller gave it.
- `created_at` is Unix seconds. Newest first means `created_at DESC, id DESC`.
- A column declared `JSON` holds text. Its affinity is NUMERIC, so a bare number
  would come back as one: such a column takes an array or an object only. Text
  that a peer wrote is kept as it is, valid JSON or not.
- An empty array of ranges is a result. NULL means that none was given.
";

fn describe(level: &str, table: &Table) -> String {
    let mut text = format!("\n{level} {}\n\n", table.name);
    text += "| Column | Type | Holds |\n|---|---|---|\n";
    for column in table.columns {
        let mut declared = column.declared_type.to_owned();
        declared += if column.not_null { " NOT NULL" } else { "" };
        declared += if column.primary_key {
            " PRIMARY KEY"
        } else {
            ""
        };
        push(
            &mut text,
            &format!("| `{}` | {declared} | {} |", column.name, column.about),
        );
    }
    if !table.unique.is_empty() {
        text += "\nUnique:\n\n";
    }
    for columns in table.unique {
        push(&mut text, &format!("- {}", code(columns)));
    }
    if table.indexes.is_empty() {
        return text;
    }
    text += "\n| Index | Columns | Answers |\n|---|---|---|\n";
    for index in table.indexes {
        let columns = code(index.columns);
        push(
            &mut text,
            &format!("| `{}` | {columns} | {} |", index.name, index.about),
        );
    }
    text
}

fn statements<'d>(all: impl Iterator<Item = &'d Ddl>) -> String {
    let mut text = String::new();
    for ddl in all {
        push(&mut text, &format!("\n```sql\n{}\n```", ddl.sql.trim_end()));
    }
    text
}

fn history(frozen: &Frozen) -> String {
    let mut text = format!(
        "\n## Versions\n\nThe files below `{FOLDER}` are frozen once recorded: a change is a new \
         version.\n\n| Version | Statements | Digest |\n|---|---|---|\n"
    );
    for ddl in used() {
        let file = ddl.file;
        let digest = frozen
            .digest(file)
            .map_or("not recorded", |digest| digest.as_str());
        push(
            &mut text,
            &format!("| {} | `{file}` | `{digest}` |", ddl.version),
        );
    }
    text
}

const PYTHON: &str = "
## Files of the Python library

A Python library writes the same tables and sets no version. Opening such a file
for writing adopts it, in one transaction: every row, column and index stays, and
what is named below is added. Its own library goes on reading and writing it.
Opening it for reading only adds nothing.

Generation 2 has `config_hash` in `processing_jobs`, the hash of the parameters,
and holds action, input path and `config_hash` unique together. In such a file a
save supplies that hash, and replaces the job that has the same three. Elsewhere
every job is kept.
";

const SERVER: &str = "
## On a PostgreSQL server

Schema version {VERSION}, the highest in `media_store_schema`. All tables are created
at once, by whoever opens the database first for writing; `media-store schema show`
prints the same for an address of a server.

What is different there:

- A column named `…_digest` is the SHA-256 of a text in UTF-8. Unique keys and look-ups
  by path go over digests, because an entry of an index takes 2,704 bytes at most.
- JSON is text, and comes back to the byte.
- Text is ordered by its bytes (collation `C`), whatever the database's locale is.
- `processing_job_names` keeps the names of jobs unique. Whoever deletes rows of
  `processing_jobs` by hand deletes theirs, too.
- `machine` tells whose files remembered hashes are of.

No statement names a constraint, and the unique key of a table has the column by which
it is best divided: tables may be created partitioned before they are first opened. See
[scaling.md](scaling.md).
";

/// What a fixture has beyond our statements, and what adoption adds to it.
fn generation(fixture: &Fixture) -> Result<String, Error> {
    let folder = scratch()?;
    let path = fixture.copy_to(folder.path())?;
    let before = inspect(&path)?;
    drop(Stores::open(&path, Journal::Rollback)?);
    let after = inspect(&path)?;
    let adopted = Contents::of(&connect(&path)?)?;

    let mut text = format!(
        "\n### {}\n\nAs its library makes it:\n\n```sql\n",
        fixture.generation
    );
    for sql in fixture.contents.objects.values() {
        if !sql.contains(" sqlite_sequence(") {
            push(&mut text, &format!("{};", outdent(sql)));
        }
    }
    text += "```\n\nAdoption:\n\n";
    push(
        &mut text,
        &format!(
            "- `user_version` {} becomes {}",
            before.version, after.version
        ),
    );
    let theirs: BTreeSet<_> = fixture.contents.objects.keys().collect();
    for name in adopted.objects.keys().filter(|name| !theirs.contains(name)) {
        push(&mut text, &format!("- adds `{name}`"));
    }
    Ok(text)
}

/// Takes the indentation of Python source off the lines behind the first.
fn outdent(sql: &str) -> String {
    let indent = sql
        .lines()
        .skip(1)
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    sql.lines()
        .map(|line| line.strip_prefix(&" ".repeat(indent)).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn code(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn push(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
