//! What was lost while decoding.

use std::fmt;

/// What of a file could not be decoded, so far.
///
/// Formats differ in what they let be seen. FLAC and Ogg have checksums and count frames, so that
/// every loss shows. In MP3 and AAC, flipped bits may decode to noise, which nobody can tell from
/// audio; the length still tells when whole packets are gone.
///
/// ```
/// let damage = media_audio::Damage::default();
/// assert!(!damage.is_damaged());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// Packets that the decoder refused.
    pub skipped_packets: u64,
    /// Frames of silence put in place of audio missing between two packets.
    pub lost_frames: u64,
    /// Whether the audio ended before the end that the container declares.
    pub ended_early: bool,
}

impl Damage {
    /// Whether anything at all was lost.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        *self != Self::default()
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if self.skipped_packets > 0 {
            write!(f, "{} undecodable packets", self.skipped_packets)?;
            separator = ", ";
        }
        if self.lost_frames > 0 {
            write!(f, "{separator}{} frames missing", self.lost_frames)?;
            separator = ", ";
        }
        if self.ended_early {
            write!(f, "{separator}ends before its declared end")?;
            separator = ", ";
        }
        if separator.is_empty() {
            f.write_str("no damage")?;
        }
        Ok(())
    }
}
