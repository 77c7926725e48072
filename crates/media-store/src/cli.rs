//! What can be typed: the commands, their options and their help.

mod audio;
mod exec;
mod hash;
mod look;
mod upkeep;

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand};

pub(crate) use audio::{AnalyzeArgs, ExtractArgs};
pub(crate) use exec::{ExecAnalysisArgs, ExecCommand, ExecProcessingArgs};
pub(crate) use hash::{ConfigHashArgs, HashArgs};
pub(crate) use look::{JobsCommand, LineageArgs, ListArgs, ReportArgs, ShowArgs};
pub(crate) use upkeep::{ExportArgs, ImportArgs, PruneArgs, SchemaCommand, VerifyArgs};

use crate::output::Asked;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} (SQLite {})",
        env!("CARGO_PKG_VERSION"),
        media_sqlite::sqlite_version()
    )
});

/// Keep, find and check the results that media plugins share.
#[derive(Debug, Parser)]
#[command(
    name = "media-store",
    version = VERSION.as_str(),
    max_term_width = 100,
    after_help = "\
Examples:
  media-store hash song.flac             what a file is
  media-store analyze song.flac          where it is silent
  media-store exec analysis song.flac -- ./find-speech {input}
  media-store jobs analysis              the newest analysis results
  media-store show song.flac             all that is known of a file
  media-store doctor                     is the database sound?
  media-store verify                     are all recorded files what they were?
  media-store lineage clip.wav           what a file was made from

Exit status: 0 if all is well, 1 if a check found a difference or a program that
was run failed, 2 if something could not be carried out, 130 if it was stopped by
Ctrl-C."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes, before or after its name.
#[derive(Debug, Args)]
pub(crate) struct Shared {
    #[arg(
        long,
        global = true,
        value_name = "PATH|ADDRESS",
        help_heading = "Shared options",
        help = "The database: a file, or postgres://… for one on a server [default: \
                $MEDIA_STORE_DB, else media-store/media.db in your data folder]"
    )]
    pub(crate) db: Option<PathBuf>,
    /// How results are written [default: table on a terminal, jsonl otherwise]
    #[arg(
        long,
        global = true,
        value_parser = Asked::parser(Asked::is_listed),
        help_heading = "Shared options"
    )]
    pub(crate) format: Option<Asked>,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, help_heading = "Shared options")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Hash(HashArgs),
    ConfigHash(ConfigHashArgs),
    Analyze(AnalyzeArgs),
    Extract(ExtractArgs),
    /// Run any program as a plugin, through the cache and on record
    #[command(subcommand)]
    Exec(ExecCommand),
    /// List what is recorded, newest first
    #[command(subcommand)]
    Jobs(JobsCommand),
    Show(ShowArgs),
    Report(ReportArgs),
    Verify(VerifyArgs),
    Lineage(LineageArgs),
    /// Count what is recorded, and the space that it takes
    ///
    /// How many results and jobs, of which files, by configuration and action, from when to when;
    /// the sizes of the database, and the newest audit. Counting walks indexes: expect a second or
    /// so for a million rows. The size of the JSON in more than 1,000 rows is an estimate.
    #[command(after_help = "\
Examples:
  media-store stats
  media-store stats --format jsonl | jq .files")]
    Stats,
    /// Say what is wrong with the database, and what to do about it
    ///
    /// Looks at the file and what lies beside it, its locks, its structure, its schema and every
    /// row, in whatever state it is. Changes nothing and creates nothing. Reads the whole file.
    ///
    /// Of a database on a server: whether it answers and keeps what it acknowledges, what this user
    /// may do, the tables and indexes, claims, and the newest rows.
    #[command(after_help = "\
Examples:
  media-store doctor
  media-store doctor --db media.db --format jsonl | jq 'select(.severity != \"ok\")'
  media-store doctor --db postgres://media@db.example/media

Severities: ok, note (nothing has to be done), warning, error (cannot be used as it is).
Exit status 1 if there is a warning or an error (a server that does not answer is one),
2 if there is no such file.")]
    Doctor,
    Export(ExportArgs),
    Import(ImportArgs),
    Prune(PruneArgs),
    /// Show, check or adopt the schema of a database
    #[command(subcommand)]
    Schema(SchemaCommand),
    Completions(CompletionsArgs),
}

/// Print a script that lets a shell complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store completions bash > ~/.local/share/bash-completion/completions/media-store
  media-store completions fish > ~/.config/fish/completions/media-store.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
