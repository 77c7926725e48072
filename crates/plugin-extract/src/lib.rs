//! A processing plugin: cuts ranges out of audio files into WAV files.
//!
//! [`cut`] writes any number of ranges of a decodable file as WAV files of 16-bit samples, reading
//! the file once. [`clip_name`] names them so that they never collide and sort by time. [`extract`]
//! does both and records where each clip came from.

mod clip_name;
mod cut;
mod error;
mod extract;
mod new_file;
mod pcm;
mod wav_clip;

pub use clip_name::clip_name;
pub use cut::{Clip, Cut, cut};
pub use error::CutError;
pub use extract::{ACTION, ExtractError, Extracted, extract};
pub use media_audio::{AudioError, Control, Progress};
