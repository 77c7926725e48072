//! `exec` and its options.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ExecCommand {
    Analysis(ExecAnalysisArgs),
    Processing(ExecProcessingArgs),
}

/// Find ranges with any program, and remember them
///
/// The program prints JSON: an array of ranges, each with `start` and `end` in seconds, or an
/// object with `ranges` and `metadata`. It runs without a shell, and not at all if it has run on
/// this content before, with the same words and configuration.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store exec analysis talk.wav -- ./scenes.py --threshold 0.4 {input}
  media-store exec analysis --config '{\"model\": \"v3\"}' talk.wav -- vad {input}
  media-store exec analysis talk.wav -- sh -c 'vad \"$1\" | jq .speech' sh {input}

Exit status 1 if the program failed or printed something else, 2 if it could not be
started.")]
pub(crate) struct ExecAnalysisArgs {
    /// What else the result depends on: a JSON object, or @FILE with one in it
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) config: Option<String>,
    /// Run the program even if its result is known
    #[arg(long)]
    pub(crate) force: bool,
    /// The file to analyse
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The program and its arguments, in which {input} stands for the file's absolute path
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

/// Make a file with any program, and record which file it came from
///
/// The program writes to {output}, a new file of OUTPUT's name in a folder beside it, which is
/// moved into place on success. It runs without a shell, and not at all if it has made this before,
/// of the same content with the same words and parameters, and the output still is what it was.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  media-store exec processing --action convert talk.wav talk.flac -- \\
      ffmpeg -i {input} {output}
  media-store exec processing --action normalise --params '{\"lufs\": -16}' in.wav out.wav -- \\
      ./loudness.sh {input} {output}

Exit status 1 if the program failed or wrote no file, 2 if it could not be started.")]
pub(crate) struct ExecProcessingArgs {
    /// What is done, as it is recorded
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) action: String,
    /// What else the output depends on: a JSON object, or @FILE with one in it
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) params: Option<String>,
    /// Run the program even if its output is there
    #[arg(long)]
    pub(crate) force: bool,
    /// The file to read
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The file to make, replaced if it is there
    #[arg(value_name = "OUTPUT")]
    pub(crate) output: PathBuf,
    /// The program and its arguments, in which {input} and {output} stand for absolute paths
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}
