//! Streaming decode of audio files to frames of `f32` samples.
//!
//! [`AudioFile`] opens the first decodable audio track of a WAV, FLAC, MP3, Ogg, AAC, MP4 or
//! Matroska file and hands out blocks of interleaved samples. Memory use does not grow with the
//! length of the file. What could not be decoded is counted in [`Damage`], never passed over in
//! silence.
//!
//! # Positions
//!
//! Positions count frames from the first audible frame: the delay and padding that MP3, AAC and
//! Vorbis encoders add are removed where the file says how much there is (LAME tag, MP4 edit list,
//! Ogg granule positions, Matroska codec delay). Where audio is missing from the middle of the
//! file, silence of the same length takes its place, so that everything after it keeps its
//! position.
//!
//! Decoding is done by [symphonia](https://docs.rs/symphonia).

mod audio_file;
mod contain;
mod control;
mod damage;
mod edit_list;
mod error;
mod interleave;
mod open;
mod time;
mod timeline;
mod track;

pub use audio_file::AudioFile;
pub use control::{Control, Progress};
pub use damage::Damage;
pub use error::AudioError;
pub use time::{frames_at, seconds_at};
