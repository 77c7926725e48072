//! `analyze` and `extract`, the plugins for audio, and their options.

use std::path::PathBuf;

use clap::Args;
use plugin_silence::SilenceOptions;

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
