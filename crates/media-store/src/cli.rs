//! What can be typed: the commands, their options and their help.

mod exec;

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand};
use media_hash::{DynAlgorithm, Registry};
use media_schema::{Cursor, DEFAULT_LIMIT, Timestamp};
use plugin_silence::SilenceOptions;

pub(crate) use exec::{ExecAnalysisArgs, ExecCommand, ExecProcessingArgs};

use crate::output::Asked;
use crate::time;

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
        value_name = "PATH",
        help_heading = "Shared options",
        help = "The database [default: $MEDIA_STORE_DB, else media-store/media.db in your data \
                folder]"
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
    /// row, in whatever state it is. Changes nothing and creates nothing. Reads the whole database.
    #[command(after_help = "\
Examples:
  media-store doctor
  media-store doctor --db media.db --format jsonl | jq 'select(.severity != \"ok\")'

Severities: ok, note (nothing has to be done), warning, error (cannot be used as it is).
Exit status 1 if there is a warning or an error, 2 if there is no such file.")]
    Doctor,
    Export(ExportArgs),
    Import(ImportArgs),
    Prune(PruneArgs),
    /// Show, check or adopt the schema of a database
    #[command(subcommand)]
    Schema(SchemaCommand),
    Completions(CompletionsArgs),
}

/// Print the content hash of files
///
/// Prints `algo:hexdigest  PATH`, a line for each file and algorithm, in the order given. A
/// path that holds a line break is written with `\n` for it, and its line begins with a
/// backslash, as sha256sum does. With `--format jsonl` or `csv`: `path` and `hash`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store hash song.flac
  media-store hash --algo sha256 --algo md5 song.flac
  media-store hash -r ~/Music > hashes.txt")]
pub(crate) struct HashArgs {
    /// A hash algorithm, may be repeated: each file is still read once [default: sha256]
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    pub(crate) algo: Vec<DynAlgorithm>,
    /// Hash the files in folders, in the order of their names; links in there are not followed
    #[arg(long, short)]
    pub(crate) recursive: bool,
    /// Files, or folders with `-r`
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// Print the config hash of JSON documents
///
/// The hash is the SHA-256 of the canonical form, in which key order and spacing do not matter.
/// A line for each document, in the order given.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store config-hash settings.json
  echo '{\"threshold\": -40}' | media-store config-hash
  media-store config-hash --canonical settings.json")]
pub(crate) struct ConfigHashArgs {
    /// Print the canonical text instead of its hash
    #[arg(long)]
    pub(crate) canonical: bool,
    /// Files with a JSON document each; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Find sound and silence in audio files, and remember it
///
/// A file that was analysed with the same options and still holds the same is not analysed again:
/// its result comes from the database.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store analyze talk.wav
  media-store analyze --threshold-db -50 --min-silence 1 *.flac
  media-store analyze --format jsonl talk.wav | jq .ranges")]
pub(crate) struct AnalyzeArgs {
    /// Analyse even what is known
    #[arg(long)]
    pub(crate) force: bool,
    /// Analyse what is left of a damaged file, and say in the metadata what was lost
    #[arg(long)]
    pub(crate) allow_damage: bool,
    #[command(flatten)]
    pub(crate) silence: SilenceArgs,
    /// Audio files, or others with an audio track
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

const SILENCE: &str = "Silence options";

/// What counts as silence.
#[derive(Debug, Args)]
pub(crate) struct SilenceArgs {
    /// The level below which it is quiet, in dBFS
    #[arg(
        long,
        value_name = "DB",
        help_heading = SILENCE,
        allow_negative_numbers = true,
        default_value_t = SilenceOptions::default().threshold_db
    )]
    threshold_db: f64,
    /// The shortest silence, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        help_heading = SILENCE,
        default_value_t = SilenceOptions::default().min_silence
    )]
    min_silence: f64,
    /// The shortest sound, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        help_heading = SILENCE,
        default_value_t = SilenceOptions::default().min_sound
    )]
    min_sound: f64,
    /// The time over which the level is measured, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        help_heading = SILENCE,
        default_value_t = SilenceOptions::default().window
    )]
    window: f64,
}

impl SilenceArgs {
    pub(crate) fn options(&self) -> SilenceOptions {
        SilenceOptions {
            threshold_db: self.threshold_db,
            min_silence: self.min_silence,
            min_sound: self.min_sound,
            window: self.window,
        }
    }
}

/// Cut the ranges that an analysis found out of a file, as WAV files
///
/// Takes the newest analysis of the file, whoever made it. Each clip is recorded as a processing
/// job. Clips are named after the file, its content and the time, so that they never collide; one
/// of that name is replaced.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store extract talk.wav
  media-store extract --label sound --output-dir clips talk.wav
  media-store extract --config sha256:4f2a… talk.wav")]
pub(crate) struct ExtractArgs {
    /// Only ranges with this label, such as `sound`
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,
    /// The folder for the clips, made if need be
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) output_dir: PathBuf,
    /// Only an analysis under this configuration, by its hash
    #[arg(long, value_name = "HASH")]
    pub(crate) config: Option<String>,
    /// Extract what is left of a damaged file
    #[arg(long)]
    pub(crate) allow_damage: bool,
    /// An audio file that was analysed
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
}

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

/// Write all that is recorded as JSON lines
///
/// A line for each row, exact to the byte, with the columns under their names and the table
/// under `table`. The `id`s, which are numbers of one file, and remembered file hashes are left
/// out.
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
/// reported, and the one that is there stays.
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
/// touched. SQLite uses the space again, the database file does not shrink.
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
    #[command(after_help = "Example:\n  media-store schema show | sqlite3 new.db")]
    Show,
    /// Compare a database with the schema: exit status 1 and a line for each difference
    #[command(after_help = "Example:\n  media-store schema check --db media.db")]
    Check,
    /// Make a database of the Python library ours too; it stays readable by that library
    #[command(after_help = "Example:\n  media-store schema adopt --db media.db")]
    Adopt,
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

fn default_limit() -> NonZero<usize> {
    NonZero::new(DEFAULT_LIMIT).unwrap_or(NonZero::<usize>::MIN)
}

fn algorithm(name: &str) -> Result<DynAlgorithm, String> {
    let registry = Registry::builtin();
    registry.get(name).ok_or_else(|| {
        let names: Vec<_> = registry.names().collect();
        format!("choose from {}", names.join(", "))
    })
}
