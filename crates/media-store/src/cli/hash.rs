//! `hash` and `config-hash`, and their options.

use std::path::PathBuf;

use clap::Args;
use media_hash::{DynAlgorithm, Registry};

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

fn algorithm(name: &str) -> Result<DynAlgorithm, String> {
    let registry = Registry::builtin();
    registry.get(name).ok_or_else(|| {
        let names: Vec<_> = registry.names().collect();
        format!("choose from {}", names.join(", "))
    })
}
