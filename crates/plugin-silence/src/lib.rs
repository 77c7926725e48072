//! An analysis plugin: finds sound and silence in audio files.
//!
//! [`detect`] decodes a file and returns alternating ranges of sound and silence that cover all of
//! it. [`Detector`] does the same for samples from anywhere else.
//!
//! # How silence is found
//!
//! The audio is cut into windows ([`SilenceOptions::window`]). A window is quiet when the root mean
//! square of its samples is below [`SilenceOptions::threshold_db`] in every channel; taking the
//! loudest channel instead of a mix keeps channels that cancel each other out from passing for
//! silence. Quiet windows that follow each other for [`SilenceOptions::min_silence`] or longer are
//! silence, everything else is sound. At last, sound shorter than [`SilenceOptions::min_sound`]
//! with silence next to it, such as a click, becomes part of that silence.
//!
//! Where sound stops abruptly, boundaries lie within a window of those of a detector that compares
//! single samples, such as ffmpeg's `silencedetect`. Where it fades, silence begins earlier here:
//! the level of a window falls below the threshold before the last peak does.

mod analyze;
mod detect;
mod detector;
mod error;
mod options;
mod segment;

pub use analyze::analyze;
pub use detect::{DamageSummary, Detection, Summary, detect};
pub use detector::Detector;
pub use error::SilenceError;
pub use media_audio::{AudioError, Control, Progress};
pub use options::SilenceOptions;
pub use segment::{Segment, SegmentKind};
