//! Finding silence in a file.

use std::ops::ControlFlow;
use std::path::Path;

use media_audio::{AudioFile, Control, frames_at, seconds_at};
use serde::Serialize;

use crate::{Detector, Segment, SegmentKind, SilenceError, SilenceOptions};

/// What was found in a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Detection {
    /// Alternating sound and silence, from 0 to the end; none if the audio has no frames.
    pub segments: Vec<Segment>,
    /// Facts about the whole file.
    pub summary: Summary,
}

/// Facts about a whole file; serialized, the metadata of the result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Length of the audio that was decoded, in seconds.
    pub duration: f64,
    /// Frames per second, in Hz.
    pub sample_rate: u32,
    /// Samples per frame.
    pub channels: usize,
    /// Length of all sound together, in seconds.
    pub total_sound: f64,
    /// Length of all silence together, in seconds.
    pub total_silence: f64,
    /// How many segments there are.
    pub segment_count: usize,
    /// What was lost, for a damaged file that the caller allowed. Serialized, its fields stand
    /// among the others, and only then.
    #[serde(flatten)]
    pub damage: Option<DamageSummary>,
}

/// What of a damaged file was lost.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DamageSummary {
    /// Always true: what a reader of the metadata looks for.
    pub damaged: bool,
    /// Packets that could not be decoded.
    pub skipped_packets: u64,
    /// Audio missing between packets, in seconds; it counts as silence.
    pub lost: f64,
    /// Whether the audio ended before the end that the container declares.
    pub ended_early: bool,
}

/// Decodes a file and finds sound and silence in it.
///
/// A damaged file is an error, unless [`Control::allow_damage`] is set; then the result says what
/// was lost in [`Summary::damage`]. Whether damage is allowed is not among the
/// [`SilenceOptions`], since it changes nothing for an intact file: a cached result with `damaged`
/// in its metadata must not be given to a caller who does not allow damage.
///
/// ```no_run
/// use plugin_silence::{Control, SegmentKind, SilenceOptions, detect};
///
/// # fn main() -> Result<(), plugin_silence::SilenceError> {
/// let found = detect("talk.flac", &SilenceOptions::default(), &mut Control::default())?;
/// for segment in &found.segments {
///     println!("{:8.3} {:8.3} {}", segment.start, segment.end, segment.kind);
/// }
/// println!("{} s of silence", found.summary.total_silence);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`SilenceError::Option`] for an option out of its range, before the file is opened;
/// [`SilenceError::Audio`] if it cannot be decoded, is damaged, or was cancelled.
pub fn detect(
    path: impl AsRef<Path>,
    options: &SilenceOptions,
    control: &mut Control<'_>,
) -> Result<Detection, SilenceError> {
    detect_path(path.as_ref(), options, control)
}

fn detect_path(
    path: &Path,
    options: &SilenceOptions,
    control: &mut Control<'_>,
) -> Result<Detection, SilenceError> {
    options.validate()?;
    let mut audio = AudioFile::open(path)?;
    let mut detector = Detector::new(options, audio.sample_rate(), audio.channels())?;
    audio.for_each_block(control, |samples| {
        detector.push(samples);
        Ok::<_, SilenceError>(ControlFlow::Continue(()))
    })?;
    let segments = detector.finish();
    let summary = summary(&audio, &segments);
    Ok(Detection { segments, summary })
}

fn summary(audio: &AudioFile, segments: &[Segment]) -> Summary {
    let rate = audio.sample_rate();
    // Counted in frames: sums of rounded seconds would not add up to the duration.
    let total = |kind| {
        let segments = segments.iter().filter(|segment| segment.kind == kind);
        let frames = segments
            .map(|segment| frames_at(segment.end, rate) - frames_at(segment.start, rate))
            .sum();
        seconds_at(frames, rate)
    };
    let damage = audio.damage();
    Summary {
        duration: audio.seconds(),
        sample_rate: rate,
        channels: audio.channels(),
        total_sound: total(SegmentKind::Sound),
        total_silence: total(SegmentKind::Silence),
        segment_count: segments.len(),
        damage: damage.is_damaged().then(|| DamageSummary {
            damaged: true,
            skipped_packets: damage.skipped_packets,
            lost: seconds_at(damage.lost_frames, rate),
            ended_early: damage.ended_early,
        }),
    }
}
