//! What checks, moves and prunes what is recorded: `verify`, `export`, `import`,
//! `prune` and `schema`, and their options.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use media_schema::Timestamp;

use crate::time;

/// Check that the recorded files still hold what was recorded
///
/// Hashes every file that a row names, each only once, and compares; those first that were not
/// checked for the longest time. Changes neither files nor what was expected of them, and keeps a
/// history of what it finds. A relative path that another program stored is taken from the current
/// folder. On a terminal only what is not intact is listed; jsonl and csv have every file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store verify
  media-store verify --path song.flac --path cut.wav
  media-store verify --processing --format csv > checked.csv
  media-store verify --resume --time-limit 30m    # a part of all, every night

Verdicts: intact, changed, missing, moved (missing, and the same content is found
under another recorded path), unreadable (there, but cannot be read), and
unverifiable (what was recorded is no hash, or by an algorithm not known here).
Exit status 1 unless all are intact, as far as was checked.")]
pub(crate) struct VerifyArgs {
    /// Only files of analysis results
    #[arg(long)]
    pub(crate) analysis: bool,
    /// Only files of processing jobs
    #[arg(long)]
    pub(crate) processing: bool,
    /// Only this file, may be repeated
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Vec<PathBuf>,
    /// Only the files of this processing job, may be repeated
    #[arg(long, value_name = "ID", conflicts_with = "analysis")]
    pub(crate) job: Vec<String>,
    /// Begin no further file after this time (90s, 30m, 1h 30m)
    #[arg(long, value_name = "SPAN", value_parser = time::parse_span)]
    pub(crate) time_limit: Option<Duration>,
    /// Go on with the last audit of the same files, if it was not finished
    #[arg(long, conflicts_with_all = ["path", "job"])]
    pub(crate) resume: bool,
    /// Files that are read at once [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZero<usize>>,
}

/// Write all that is recorded as JSON lines
///
/// A line for each row, exact to the byte, with the columns under their names and the table
/// under `table`; what audits found comes last. The `id`s, which are numbers of one database,
/// remembered file hashes and the queues of audits are left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store export --to backup.jsonl
  media-store export | zstd > backup.jsonl.zst")]
pub(crate) struct ExportArgs {
    /// The file to write, complete or not at all [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

/// Add what was exported
///
/// Importing the same again changes nothing. Of two results for a path and configuration the
/// newer stays, or the one that is there if they are as new. Another job of the same name is
/// reported, and the one that is there stays. What audits found is added; an imported audit is
/// not resumed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store import backup.jsonl
  media-store export --db old.db | media-store import --db new.db -")]
pub(crate) struct ImportArgs {
    /// JSON lines as `export` writes them; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Remove rows that nobody needs
///
/// A row goes only if it meets every criterion given; one at least must be. No media file is
/// touched. SQLite uses the space again, the database file does not shrink; a server uses
/// it again once its autovacuum has passed.
#[derive(Debug, Args)]
#[command(
    group(
        ArgGroup::new("criterion")
            .required(true)
            .multiple(true)
            .args(["older_than", "missing", "keep_latest"])
    ),
    after_help = "\
Examples:
  media-store prune --missing --dry-run
  media-store prune --older-than 90d --keep-latest 3

An analysis is missing if its file is, a processing job if its output is and no other recorded
job read that. Files on a disk that is not mounted look missing: look at --dry-run first."
)]
pub(crate) struct PruneArgs {
    /// Only rows from before this time: RFC 3339, a date, Unix seconds, or a span (2h, 90d)
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) older_than: Option<Timestamp>,
    /// Only analyses whose file is gone, and processing jobs whose output is
    #[arg(long)]
    pub(crate) missing: bool,
    /// Only rows that are not among the newest N of their path, or of their action, input and
    /// parameters
    #[arg(long, value_name = "N")]
    pub(crate) keep_latest: Option<NonZero<usize>>,
    /// List what would go, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Print the statements that create the tables
    #[command(after_help = "\
Examples:
  media-store schema show | sqlite3 new.db
  media-store schema show --db postgres://host/media | psql postgres://owner@host/media")]
    Show,
    /// Compare a database with the schema: exit status 1 and a line for each difference
    #[command(after_help = "Example:\n  media-store schema check --db media.db")]
    Check,
    /// Make a database of the Python library ours too; it stays readable by that library
    ///
    /// In any database, creates the indexes that are missing; on a server, the tables too.
    #[command(after_help = "Example:\n  media-store schema adopt --db media.db")]
    Adopt,
}
