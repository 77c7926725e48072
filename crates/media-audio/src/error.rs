//! Why a file could not be opened or decoded.

use std::io;
use std::path::PathBuf;

use crate::Damage;

/// Why a file could not be opened or decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The operating system refused to open or read the file.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },

    /// The path names a directory, a pipe or a device.
    #[error("{} is not a regular file; name an audio file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },

    /// The file has no bytes.
    #[error("{} is empty (0 bytes)", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },

    /// The content is in no format that can be read: not audio, or a container cut off so short
    /// that it cannot be recognised.
    #[error(
        "{} is not audio in a supported format (WAV, FLAC, MP3, Ogg, AAC, MP4, Matroska), or was cut short",
        path.display()
    )]
    UnsupportedFormat {
        /// The file.
        path: PathBuf,
        /// What the container reader objected to.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The format was recognised, but its structure is so broken that reading it cannot go on.
    #[error("{} is malformed and cannot be decoded", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the reader or the decoder objected to.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The container holds no audio track (a silent video, for instance).
    #[error("{} has no audio track", path.display())]
    NoAudioTrack {
        /// The file.
        path: PathBuf,
    },

    /// No audio track is in a codec that can be decoded.
    #[error("{} holds {codec} audio that cannot be decoded; convert it to FLAC or WAV first", path.display())]
    UnsupportedCodec {
        /// The file.
        path: PathBuf,
        /// The codec of the first audio track.
        codec: String,
        /// What the decoder objected to.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The MP4 track is assembled from several pieces, or is played at another speed, by an edit
    /// list; decoding it straight through would give wrong times.
    #[error("{} has an edit list of several pieces, which is not supported; convert it to FLAC or WAV first", path.display())]
    UnsupportedEditList {
        /// The file.
        path: PathBuf,
    },

    /// Packets of the track arrive, but not one of them can be decoded, and the container does not
    /// say the sample rate and channels.
    #[error("{} has an audio track in which nothing can be decoded", path.display())]
    Undecodable {
        /// The file.
        path: PathBuf,
    },

    /// Sample rate or channel count change in the middle of the track.
    #[error(
        "{} changes at {seconds:.3} s from {from_channels} channels at {from_rate} Hz to {to_channels} channels at {to_rate} Hz; split or convert it first",
        path.display()
    )]
    FormatChanged {
        /// The file.
        path: PathBuf,
        /// Where, in seconds from the first frame.
        seconds: f64,
        /// Sample rate before, in Hz.
        from_rate: u32,
        /// Channels before.
        from_channels: usize,
        /// Sample rate after, in Hz.
        to_rate: u32,
        /// Channels after.
        to_channels: usize,
    },

    /// The file is damaged, and the caller did not allow that.
    #[error("{} is damaged at or before {seconds:.3} s ({damage}); repair it, or allow damaged files", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How far decoding came, in seconds from the first frame.
        seconds: f64,
        /// What was lost up to there.
        damage: Damage,
    },

    /// The caller's cancel flag was set.
    #[error("cancelled while decoding {}", path.display())]
    Cancelled {
        /// The file.
        path: PathBuf,
    },
}
