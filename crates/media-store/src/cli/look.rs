//! What shows what is recorded: `jobs`, `show`, `lineage` and `report`, and their options.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use media_schema::{Cursor, DEFAULT_LIMIT, Timestamp};

use crate::output::Asked;
use crate::time;

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List analysis results
    #[command(after_help = "\
Examples:
  media-store jobs analysis --path song.flac
  media-store jobs analysis --since 7d --format csv > week.csv")]
    Analysis {
        #[command(flatten)]
        list: ListArgs,
        /// Only results under this configuration, by its hash
        #[arg(long, value_name = "HASH")]
        config: Option<String>,
    },
    /// List processing jobs
    #[command(after_help = "\
Examples:
  media-store jobs processing --action convert --limit 10
  media-store jobs processing --path song.flac --format jsonl")]
    Processing {
        #[command(flatten)]
        list: ListArgs,
        /// Only jobs that did this
        #[arg(long, value_name = "NAME")]
        action: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The most rows to list
    #[arg(long, value_name = "N", default_value_t = default_limit())]
    pub(crate) limit: NonZero<usize>,
    /// Only what names this file: its absolute path, or else the text as given
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// Only what names this content, as algo:hexdigest
    #[arg(long, value_name = "HASH")]
    pub(crate) hash: Option<String>,
    /// Only from this time on: RFC 3339, a date, Unix seconds, or a span back from now (2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) since: Option<Timestamp>,
    /// Only from before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) until: Option<Timestamp>,
    /// Continue behind a list that reached its limit, which says how
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<Cursor>,
}

fn default_limit() -> NonZero<usize> {
    NonZero::new(DEFAULT_LIMIT).unwrap_or(NonZero::<usize>::MIN)
}

/// Show everything that is known of a file or a job
///
/// Its results with their ranges drawn over time, the jobs that read or wrote it, and what audits
/// found. A name that means several things is shown as each: as a job, as a hash, as a path. On a
/// terminal the newest of each kind are shown; jsonl has all, an object each with its `kind`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store show song.flac
  media-store show sha256:0b72ea418943a176320ec6e00ecc30229669c9ae70a0b2dcd60704b5e3b1a3ce
  media-store show --format jsonl song.flac | jq 'select(.kind == \"analysis\").ranges'")]
pub(crate) struct ShowArgs {
    /// A job's id, a content hash, or a path: absolute, or else the text as recorded
    #[arg(value_name = "JOB_ID|HASH|PATH")]
    pub(crate) name: PathBuf,
}

/// Show what something was made from, and what was made from it
///
/// Starts at a path (its contents as recorded, the newest first), at a content by its hash, or at
/// a processing job by its name. Contents are joined by their hash, whatever files hold them. What
/// the latest check found changed is marked, and so is all that was made from it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store lineage clip.wav
  media-store lineage --up --format jsonl sha256:4f2a…
  media-store lineage --format dot clip.wav | dot -Tsvg > clip.svg")]
pub(crate) struct LineageArgs {
    /// Only what it was made from
    #[arg(long, conflicts_with = "down")]
    pub(crate) up: bool,
    /// Only what was made from it
    #[arg(long)]
    pub(crate) down: bool,
    /// How it is written [default: tree on a terminal, jsonl otherwise]
    // The shared option of this name, with other values.
    #[arg(
        long,
        id = "format",
        value_name = "FORMAT",
        value_parser = Asked::parser(Asked::is_of_lineage),
        help_heading = "Shared options"
    )]
    _format: Option<Asked>,
    /// A path, a hash or the name of a processing job, as recorded
    #[arg(value_name = "PATH|HASH|JOB_ID")]
    pub(crate) start: PathBuf,
}

/// Write everything that is recorded as one HTML page to look at
///
/// The page needs no network: files with their results as timelines, where each file came from and
/// what was made from it, and what audits found. A page of that name is replaced; any other file
/// is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store report --output report.html
  media-store report --output week.html --since 7d")]
pub(crate) struct ReportArgs {
    /// The page to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Only what was recorded from this time on, as in `jobs`
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) since: Option<Timestamp>,
}
