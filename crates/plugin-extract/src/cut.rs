//! Cutting ranges out of a file.

use std::collections::BTreeSet;
use std::io;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use media_audio::{AudioFile, Control, frames_at, seconds_at};

use crate::CutError;
use crate::new_file::{WrittenFile, folder_of, sync_folder};
use crate::pcm::to_16_bits;
use crate::wav_clip::{WavClip, is_too_long};

/// How far beyond the end of the audio a range may reach and still be clamped to it, in seconds:
/// what containers get their own length wrong by.
const END_TOLERANCE: f64 = 0.1;

/// A range to cut out, and the file to write it to.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// Start, in seconds from the first frame.
    pub start: f64,
    /// End, in seconds.
    pub end: f64,
    /// The WAV file to write. Its folder must exist; a file of that name is replaced.
    pub output: PathBuf,
}

/// A clip that was written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Clip {
    /// Start of its first frame, in seconds.
    pub start: f64,
    /// End of its last frame, in seconds.
    pub end: f64,
    /// How many frames it has.
    pub frames: u64,
    /// Its length in seconds.
    pub duration: f64,
    /// The WAV file.
    pub output: PathBuf,
}

/// Cuts ranges out of an audio file into WAV files of 16-bit samples, with the rate and channels
/// of the source.
///
/// The input is decoded once, up to the end of the last range; ranges may overlap and come in any
/// order. Times are rounded to the nearest frame, so that ranges which share a boundary share no
/// frame. A range that ends up to 0.1 s behind the end of the audio is clamped to it. Samples of
/// 16-bit sources come out as they went in; others are rounded, without dither.
///
/// Files get their names only after all of them are complete and on the disk: when this returns an
/// error, none was replaced, unless the error is about that last renaming. Clips are returned in
/// the order of `cuts`.
///
/// ```no_run
/// use plugin_extract::{Control, Cut, cut};
///
/// # fn main() -> Result<(), plugin_extract::CutError> {
/// let cuts = [Cut { start: 1.5, end: 4.25, output: "out/greeting.wav".into() }];
/// for clip in cut("talk.mp3", &cuts, &mut Control::default())? {
///     println!("{} frames in {}", clip.frames, clip.output.display());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// See [`CutError`]. Ranges and outputs are checked before anything is written, except against the
/// end of the audio, which is only known once it is reached.
pub fn cut(
    input: impl AsRef<Path>,
    cuts: &[Cut],
    control: &mut Control<'_>,
) -> Result<Vec<Clip>, CutError> {
    cut_path(input.as_ref(), cuts, control)
}

fn cut_path(input: &Path, cuts: &[Cut], control: &mut Control<'_>) -> Result<Vec<Clip>, CutError> {
    check_outputs(input, cuts)?;
    for cut in cuts {
        check_range(input, cut)?;
    }
    let mut audio = AudioFile::open(input)?;
    let mut cutter = Cutter::new(input, cuts, &audio)?;
    if !cuts.is_empty() {
        let mut position = 0;
        audio.for_each_block(control, |samples| {
            position = cutter.take(position, samples)?;
            Ok::<_, CutError>(if cutter.is_done() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
    }
    cutter.finish(audio.position())
}

fn check_range(input: &Path, cut: &Cut) -> Result<(), CutError> {
    // Written so that NaN fails.
    if cut.start >= 0.0 && cut.end > cut.start && cut.end.is_finite() {
        return Ok(());
    }
    Err(CutError::BadRange {
        input: input.to_owned(),
        start: cut.start,
        end: cut.end,
    })
}

fn check_outputs(input: &Path, cuts: &[Cut]) -> Result<(), CutError> {
    let mut outputs = BTreeSet::new();
    let source = input.canonicalize().ok();
    for cut in cuts {
        if !outputs.insert(&cut.output) {
            return Err(CutError::SameOutput {
                output: cut.output.clone(),
            });
        }
        if source.is_some() && cut.output.canonicalize().ok() == source {
            return Err(CutError::OverInput {
                input: input.to_owned(),
            });
        }
    }
    Ok(())
}

/// The ranges of one input, on the way from waiting to open to written.
struct Cutter<'a> {
    input: &'a Path,
    cuts: &'a [Cut],
    sample_rate: u32,
    channels: u16,
    /// In frames, in the order of `cuts`.
    ranges: Vec<Range<u64>>,
    /// Indexes of ranges that have not begun, the next one last.
    waiting: Vec<usize>,
    open: Vec<(usize, WavClip)>,
    written: Vec<(usize, WrittenFile)>,
    /// The current block in 16 bits.
    samples: Vec<i16>,
}

impl<'a> Cutter<'a> {
    fn new(input: &'a Path, cuts: &'a [Cut], audio: &AudioFile) -> Result<Self, CutError> {
        let sample_rate = audio.sample_rate();
        let channels = u16::try_from(audio.channels()).unwrap_or(u16::MAX);
        let mut ranges = Vec::with_capacity(cuts.len());
        for cut in cuts {
            let range = frames_at(cut.start, sample_rate)..frames_at(cut.end, sample_rate);
            let (start, end) = (cut.start, cut.end);
            if range.is_empty() {
                return Err(CutError::EmptyRange {
                    input: input.to_owned(),
                    start,
                    end,
                });
            }
            if is_too_long(range.end - range.start, channels) {
                return Err(CutError::TooLong {
                    input: input.to_owned(),
                    start,
                    end,
                });
            }
            ranges.push(range);
        }
        let mut waiting = (0..cuts.len()).collect::<Vec<_>>();
        waiting.sort_by_key(|index| std::cmp::Reverse(ranges[*index].start));
        Ok(Self {
            input,
            cuts,
            sample_rate,
            channels,
            ranges,
            waiting,
            open: Vec::new(),
            written: Vec::new(),
            samples: Vec::new(),
        })
    }

    /// Whether every range has been written to its end.
    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.open.is_empty()
    }

    /// Takes a block that begins at frame `position`, and returns where it ends.
    fn take(&mut self, position: u64, samples: &[f32]) -> Result<u64, CutError> {
        let channels = usize::from(self.channels);
        let end = position + (samples.len() / channels) as u64;
        while let Some(index) = self.waiting.pop_if(|index| self.ranges[*index].start < end) {
            let output = &self.cuts[index].output;
            let clip = WavClip::create(output, self.sample_rate, self.channels);
            self.open
                .push((index, clip.map_err(|source| cannot_write(output, source))?));
        }
        if self.open.is_empty() {
            return Ok(end);
        }
        self.samples.clear();
        self.samples.extend(samples.iter().copied().map(to_16_bits));
        let offset = |frame: u64| {
            usize::try_from(frame.clamp(position, end) - position).unwrap_or(0) * channels
        };
        for (index, clip) in &mut self.open {
            let range = &self.ranges[*index];
            let part = &self.samples[offset(range.start)..offset(range.end)];
            clip.write(part)
                .map_err(|source| cannot_write(&self.cuts[*index].output, source))?;
        }
        for (index, clip) in self
            .open
            .extract_if(.., |(index, _)| self.ranges[*index].end <= end)
        {
            let output = &self.cuts[index].output;
            let written = clip
                .finish()
                .map_err(|source| cannot_write(output, source))?;
            self.written.push((index, written));
        }
        Ok(end)
    }

    /// Gives the clips their names; the audio has ended, or every range has.
    fn finish(mut self, end: u64) -> Result<Vec<Clip>, CutError> {
        let latest = end + frames_at(END_TOLERANCE, self.sample_rate);
        for (index, clip) in std::mem::take(&mut self.open) {
            if self.ranges[index].end > latest {
                return Err(self.beyond_end(index, end));
            }
            self.ranges[index].end = end;
            let output = &self.cuts[index].output;
            let written = clip
                .finish()
                .map_err(|source| cannot_write(output, source))?;
            self.written.push((index, written));
        }
        if let Some(index) = self.waiting.pop() {
            return Err(self.beyond_end(index, end));
        }
        let mut folders = BTreeSet::new();
        for (index, written) in self.written {
            let output = &self.cuts[index].output;
            written
                .publish()
                .map_err(|source| cannot_write(output, source))?;
            folders.insert(folder_of(output));
        }
        for folder in folders {
            sync_folder(folder).map_err(|source| cannot_write(folder, source))?;
        }
        let clips = self.cuts.iter().zip(self.ranges).map(|(cut, range)| Clip {
            start: seconds_at(range.start, self.sample_rate),
            end: seconds_at(range.end, self.sample_rate),
            frames: range.end - range.start,
            duration: seconds_at(range.end - range.start, self.sample_rate),
            output: cut.output.clone(),
        });
        Ok(clips.collect())
    }

    fn beyond_end(&self, index: usize, end: u64) -> CutError {
        CutError::BeyondEnd {
            input: self.input.to_owned(),
            start: self.cuts[index].start,
            end: self.cuts[index].end,
            duration: seconds_at(end, self.sample_rate),
        }
    }
}

fn cannot_write(output: &Path, source: io::Error) -> CutError {
    CutError::Write {
        output: output.to_owned(),
        source,
    }
}
