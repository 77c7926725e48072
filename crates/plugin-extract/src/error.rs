//! Why ranges could not be cut out.

use std::io;
use std::path::PathBuf;

use media_audio::AudioError;

/// Why ranges could not be cut out. Whatever the reason, no half-written file is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// A range has a time that is negative or not a number, or does not end after its start.
    #[error(
        "cannot cut {start} s to {end} s out of {}: a range starts at 0 or later and ends after its start",
        input.display()
    )]
    BadRange {
        /// The audio file.
        input: PathBuf,
        /// Start of the range, in seconds.
        start: f64,
        /// End of the range, in seconds.
        end: f64,
    },

    /// A range is shorter than half a frame and would be a file without sound.
    #[error("{start} s to {end} s of {} is shorter than one frame", input.display())]
    EmptyRange {
        /// The audio file.
        input: PathBuf,
        /// Start of the range, in seconds.
        start: f64,
        /// End of the range, in seconds.
        end: f64,
    },

    /// A range reaches beyond the end of the audio: most likely it was measured on another file.
    #[error(
        "cannot cut {start} s to {end} s out of {}: its audio ends at {duration} s; analyse the file again",
        input.display()
    )]
    BeyondEnd {
        /// The audio file.
        input: PathBuf,
        /// Start of the range, in seconds.
        start: f64,
        /// End of the range, in seconds.
        end: f64,
        /// Length of the audio, in seconds.
        duration: f64,
    },

    /// A range has more samples than a WAV file can hold (4 GiB).
    #[error("{start} s to {end} s of {} does not fit in a WAV file (4 GiB); cut it in pieces", input.display())]
    TooLong {
        /// The audio file.
        input: PathBuf,
        /// Start of the range, in seconds.
        start: f64,
        /// End of the range, in seconds.
        end: f64,
    },

    /// Two ranges would be written to the same file.
    #[error("two ranges would be written to {}; name a file for each", output.display())]
    SameOutput {
        /// The file.
        output: PathBuf,
    },

    /// A range would be written over the file it is cut from.
    #[error("a clip would be written over its own source {}; name another file", input.display())]
    OverInput {
        /// The audio file.
        input: PathBuf,
    },

    /// The text given for naming clips is not a hash.
    #[error(
        "{text:?} is not a hash to name clips by; expected algo:hexdigest of at least 12 digits"
    )]
    NotAHash {
        /// The text.
        text: String,
    },

    /// A clip could not be written.
    #[error("cannot write {}", output.display())]
    Write {
        /// The clip.
        output: PathBuf,
        /// What went wrong.
        source: io::Error,
    },

    /// The audio could not be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
}
