//! Finding silence in samples, wherever they come from.

use media_audio::{frames_at, seconds_at};

use crate::{Segment, SegmentKind, SilenceError, SilenceOptions};

/// Finds sound and silence in a stream of samples.
///
/// Memory use is one window plus the segments found. How the samples are divided into calls of
/// [`push`](Self::push) makes no difference.
///
/// ```
/// use plugin_silence::{Detector, SegmentKind, SilenceOptions};
///
/// # fn main() -> Result<(), plugin_silence::SilenceError> {
/// let mut detector = Detector::new(&SilenceOptions::default(), 8000, 1)?;
/// detector.push(&[0.5; 8000]);
/// detector.push(&[0.0; 6000]);
/// let segments = detector.finish();
/// assert_eq!((segments[1].start, segments[1].end), (1.0, 1.75));
/// assert_eq!(segments[1].kind, SegmentKind::Silence);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Detector {
    channels: usize,
    sample_rate: u32,
    /// Mean square below which a window is quiet.
    threshold: f64,
    /// Samples (not frames) of a window.
    window: usize,
    /// The beginning of a window whose end has not come yet.
    partial: Vec<f32>,
    runs: Runs,
}

impl Detector {
    /// A detector for interleaved samples; `sample_rate` is in Hz.
    ///
    /// # Errors
    ///
    /// [`SilenceError::Option`] if an option is out of its range.
    pub fn new(
        options: &SilenceOptions,
        sample_rate: u32,
        channels: usize,
    ) -> Result<Self, SilenceError> {
        options.validate()?;
        let channels = channels.max(1);
        let window = frames_at(options.window, sample_rate).max(1);
        Ok(Self {
            channels,
            sample_rate,
            threshold: 10_f64.powf(options.threshold_db / 10.0),
            window: usize::try_from(window)
                .unwrap_or(usize::MAX)
                .saturating_mul(channels),
            partial: Vec::new(),
            runs: Runs::new(
                frames_at(options.min_silence, sample_rate),
                frames_at(options.min_sound, sample_rate),
            ),
        })
    }

    /// Takes the next samples: interleaved, full scale from -1 to 1. Samples that are not a number
    /// count as sound.
    pub fn push(&mut self, samples: &[f32]) {
        let mut samples = samples;
        if !self.partial.is_empty() {
            let missing = (self.window - self.partial.len()).min(samples.len());
            let (head, rest) = samples.split_at(missing);
            self.partial.extend_from_slice(head);
            samples = rest;
            if self.partial.len() == self.window {
                let window = std::mem::take(&mut self.partial);
                self.measure(&window);
                self.partial = window;
                self.partial.clear();
            }
        }
        let mut windows = samples.chunks_exact(self.window);
        for window in &mut windows {
            self.measure(window);
        }
        self.partial.extend_from_slice(windows.remainder());
    }

    /// The segments: alternating, without gaps, from 0 to the end of the samples. None if there
    /// were no samples.
    #[must_use]
    pub fn finish(mut self) -> Vec<Segment> {
        let rest = std::mem::take(&mut self.partial);
        let whole = rest.len() / self.channels * self.channels;
        if whole > 0 {
            self.measure(&rest[..whole]);
        }
        let mut start = 0;
        let segment = |run: Run| {
            let segment = Segment {
                start: seconds_at(start, self.sample_rate),
                end: seconds_at(run.end, self.sample_rate),
                kind: run.kind,
            };
            start = run.end;
            segment
        };
        self.runs.finish().into_iter().map(segment).collect()
    }

    /// Always given the same samples for the same window, so that rounding does not depend on how
    /// they came.
    fn measure(&mut self, window: &[f32]) {
        let frames = window.len() / self.channels;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a window has far fewer than 2^53 frames"
        )]
        let limit = self.threshold * frames as f64;
        let is_quiet = match self.channels {
            1 => energies::<1>(window).iter().all(|energy| *energy < limit),
            2 => energies::<2>(window).iter().all(|energy| *energy < limit),
            channels => (0..channels).all(|channel| {
                let samples = window.iter().skip(channel).step_by(channels);
                samples
                    .map(|sample| f64::from(*sample).powi(2))
                    .sum::<f64>()
                    < limit
            }),
        };
        self.runs.push(is_quiet, frames as u64);
    }
}

/// The sum of squares of each channel.
///
/// Summed in separate lanes, which is what lets the compiler use vector instructions; in `f64`,
/// which has no denormals at the level of decoded silence.
fn energies<const CHANNELS: usize>(window: &[f32]) -> [f64; CHANNELS] {
    const LANES: usize = 16;
    const { assert!(LANES.is_multiple_of(CHANNELS)) };
    let mut lanes = [0.0; LANES];
    let mut chunks = window.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(*sample) * f64::from(*sample);
        }
    }
    for (lane, sample) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane += f64::from(*sample) * f64::from(*sample);
    }
    let mut sums = [0.0; CHANNELS];
    for frame in lanes.chunks_exact(CHANNELS) {
        for (sum, lane) in sums.iter_mut().zip(frame) {
            *sum += lane;
        }
    }
    sums
}

/// A stretch of one kind, up to a frame; it begins where the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    kind: SegmentKind,
    end: u64,
}

/// Turns quiet and loud windows into runs of sound and silence.
#[derive(Debug)]
struct Runs {
    min_silence: u64,
    min_sound: u64,
    /// Frames seen.
    position: u64,
    /// Where the quiet that lasts until now began.
    quiet_since: Option<u64>,
    is_all_quiet: bool,
    found: Vec<Run>,
}

impl Runs {
    fn new(min_silence: u64, min_sound: u64) -> Self {
        Self {
            min_silence,
            min_sound,
            position: 0,
            quiet_since: None,
            is_all_quiet: true,
            found: Vec::new(),
        }
    }

    fn push(&mut self, is_quiet: bool, frames: u64) {
        if is_quiet {
            self.quiet_since.get_or_insert(self.position);
        } else {
            self.is_all_quiet = false;
            self.end_quiet();
        }
        self.position += frames;
    }

    fn finish(mut self) -> Vec<Run> {
        if self.is_all_quiet && self.position > 0 {
            return vec![Run {
                kind: SegmentKind::Silence,
                end: self.position,
            }];
        }
        self.end_quiet();
        let rest = self.position - self.covered();
        match self.found.last_mut() {
            Some(silence) if rest < self.min_sound => silence.end = self.position,
            _ if rest > 0 => {
                self.found.push(Run {
                    kind: SegmentKind::Sound,
                    end: self.position,
                });
            }
            _ => {}
        }
        self.found
    }

    /// Quiet ends here: if it was long enough, what lies before it is sound, and it is silence.
    fn end_quiet(&mut self) {
        let Some(start) = self.quiet_since.take() else {
            return;
        };
        if self.position - start < self.min_silence {
            return;
        }
        let sound = start - self.covered();
        if sound > 0 && sound >= self.min_sound {
            self.found.push(Run {
                kind: SegmentKind::Sound,
                end: start,
            });
        }
        match self.found.last_mut() {
            // The sound between the two was too short.
            Some(last) if last.kind == SegmentKind::Silence => last.end = self.position,
            _ => self.found.push(Run {
                kind: SegmentKind::Silence,
                end: self.position,
            }),
        }
    }

    /// Where the last run found ends. It is always silence, or there is none.
    fn covered(&self) -> u64 {
        self.found.last().map_or(0, |run| run.end)
    }
}
