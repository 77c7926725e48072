//! An audio file being decoded.

use std::fmt;
use std::io;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use symphonia::core::audio::{Channels, GenericAudioBufferRef};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::well_known::{FORMAT_ID_OGG, FORMAT_ID_WAVE};
use symphonia::core::formats::{FormatId, FormatReader};
use symphonia::core::packet::Packet;

use crate::contain::{DecoderPanic, contain};
use crate::edit_list::Edit;
use crate::interleave::interleave;
use crate::open::{broke_down, open_container, pick_track};
use crate::track::AudioTrack;
use crate::{AudioError, Control, Damage, Progress, seconds_at};

/// Frames in a block of silence.
const SILENCE_BLOCK: usize = 4096;

/// An audio file being decoded from its beginning to its end, block by block.
///
/// ```no_run
/// # fn main() -> Result<(), media_audio::AudioError> {
/// let mut audio = media_audio::AudioFile::open("talk.mp3")?;
/// let mut peak = 0.0_f32;
/// while let Some(block) = audio.next_block()? {
///     peak = block.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
/// }
/// println!("{} s, peak {peak}, damaged: {}", audio.seconds(), audio.damage().is_damaged());
/// # Ok(())
/// # }
/// ```
pub struct AudioFile {
    path: PathBuf,
    reader: Box<dyn FormatReader>,
    track: AudioTrack,
    edits: Vec<(u32, Edit)>,
    sample_rate: u32,
    channels: usize,
    /// The packet decoded last, interleaved.
    samples: Vec<f32>,
    /// Those of its frames that are still to be handed out.
    pending: Range<usize>,
    /// Frames of silence to be handed out before them.
    silence: u64,
    position: u64,
    /// Position at which the current stream of a chain began.
    stream_start: u64,
    damage: Damage,
    ended: bool,
}

impl AudioFile {
    /// Opens a file and decodes the first packet of its first decodable audio track.
    ///
    /// The content alone decides about the format; the name does not matter.
    ///
    /// # Errors
    ///
    /// Every [`AudioError`] but `Damaged` and `Cancelled`; all of them name the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AudioError> {
        Self::open_path(path.as_ref())
    }

    fn open_path(path: &Path) -> Result<Self, AudioError> {
        let (reader, edits) = open_container(path)?;
        let track = pick_track(path, &*reader, &edits)?;

        let mut audio = Self {
            path: path.to_owned(),
            reader,
            track,
            edits,
            sample_rate: 0,
            channels: 0,
            samples: Vec::new(),
            pending: 0..0,
            silence: 0,
            position: 0,
            stream_start: 0,
            damage: Damage::default(),
            ended: false,
        };
        audio.advance()?;
        if audio.sample_rate == 0 {
            audio.use_declared_shape()?;
        }
        Ok(audio)
    }

    /// The file, as it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Frames per second, in Hz.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Samples per frame; at least 1.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The length that the container declares, in seconds, or `None` if it declares none.
    ///
    /// For MP3 and ADTS files without an index it is an estimate from the bit rate, for Matroska it
    /// covers all tracks; encoder delay and padding may be included.
    #[must_use]
    pub fn declared_duration(&self) -> Option<f64> {
        self.track.estimate
    }

    /// Frames handed out so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Time handed out so far, in seconds. At the end of the file this is its duration.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        seconds_at(self.position, self.sample_rate)
    }

    /// What could not be decoded so far.
    #[must_use]
    pub fn damage(&self) -> Damage {
        self.damage
    }

    /// The next block: interleaved samples, whole frames, never empty. Full scale is -1 to 1.
    ///
    /// `None` at the end, and ever after. Damage does not end the file: look at
    /// [`damage`](Self::damage), or use [`for_each_block`](Self::for_each_block).
    ///
    /// # Errors
    ///
    /// `Io` if the file cannot be read, `FormatChanged` if sample rate or channel count change.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        while self.silence == 0 && self.pending.is_empty() {
            if self.ended {
                return Ok(None);
            }
            self.advance()?;
        }
        let frames = if self.silence > 0 {
            let frames = usize::try_from(self.silence)
                .unwrap_or(SILENCE_BLOCK)
                .min(SILENCE_BLOCK);
            self.silence -= frames as u64;
            self.position += frames as u64;
            // Behind the packet that waits in the same buffer.
            let start = self.pending.end * self.channels;
            self.samples.truncate(start);
            self.samples.resize(start + frames * self.channels, 0.0);
            self.pending.end..self.pending.end + frames
        } else {
            self.position += self.pending.len() as u64;
            std::mem::replace(&mut self.pending, 0..0)
        };
        Ok(self
            .samples
            .get(frames.start * self.channels..frames.end * self.channels))
    }

    /// Hands every remaining block to `each`, until the end or until it breaks off.
    ///
    /// Without [`Control::allow_damage`] the first damage found is an error, also damage at the end
    /// of the file. Damage behind the place where `each` breaks off is not looked for.
    ///
    /// # Errors
    ///
    /// Those of [`next_block`](Self::next_block), `Damaged`, `Cancelled`, and whatever `each`
    /// returns.
    pub fn for_each_block<E: From<AudioError>>(
        &mut self,
        control: &mut Control<'_>,
        mut each: impl FnMut(&[f32]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let mut reported = self.position;
        loop {
            if control.is_cancelled() {
                return Err(AudioError::Cancelled {
                    path: self.path.clone(),
                }
                .into());
            }
            let at_end = match self.next_block()? {
                Some(block) => each(block)?.is_break(),
                None => true,
            };
            if self.damage.is_damaged() && !control.allow_damage {
                return Err(self.damaged().into());
            }
            if let Some(progress) = control.progress.as_mut()
                && (at_end || self.position - reported >= u64::from(self.sample_rate))
            {
                reported = self.position;
                progress(Progress {
                    seconds: self.seconds(),
                    total: self.declared_duration(),
                });
            }
            if at_end {
                return Ok(());
            }
        }
    }

    fn damaged(&self) -> AudioError {
        AudioError::Damaged {
            path: self.path.clone(),
            seconds: self.seconds(),
            damage: self.damage,
        }
    }

    /// Reads packets until one is to be heard, or the end.
    fn advance(&mut self) -> Result<(), AudioError> {
        while !self.ended && self.silence == 0 && self.pending.is_empty() {
            let packet = contain(|| self.reader.next_packet());
            match packet.map_err(|panic| self.give_up(panic))? {
                Ok(Some(packet)) if packet.track_id == self.track.id => self.decode(&packet)?,
                Ok(Some(_)) => {}
                Ok(None) => self.end(false),
                Err(SymphoniaError::ResetRequired) => self.next_stream()?,
                Err(SymphoniaError::IoError(error))
                    if error.kind() != io::ErrorKind::UnexpectedEof =>
                {
                    return Err(AudioError::Io {
                        path: self.path.clone(),
                        source: error,
                    });
                }
                // The container makes no sense from here on, or the file ends inside of it.
                Err(_) => self.end(true),
            }
            if self.track.timeline.is_over(self.sample_rate) {
                self.end(false);
            }
        }
        Ok(())
    }

    fn decode(&mut self, packet: &Packet) -> Result<(), AudioError> {
        let buffer = match contain(|| self.track.decoder.decode(packet)) {
            Ok(Ok(buffer)) => buffer,
            Ok(Err(_)) => {
                self.skip_packet();
                return Ok(());
            }
            Err(panic) => {
                self.ended = true;
                return Err(broke_down(&self.path, panic));
            }
        };
        let frames = buffer.frames();
        if frames == 0 || std::mem::take(&mut self.track.primes) {
            return Ok(());
        }
        let shape = shape(&buffer);
        interleave(&buffer, &mut self.samples);
        self.use_shape(shape)?;
        // Only in Ogg is the end trim in frames and derived from what the file says.
        let padding = if self.format() == FORMAT_ID_OGG {
            packet.trim_end.get()
        } else {
            0
        };
        match self
            .track
            .timeline
            .place(packet.pts.get(), frames, padding, self.sample_rate)
        {
            Some(placed) => {
                self.damage.lost_frames += placed.silence;
                self.silence = placed.silence;
                self.pending = placed.keep;
            }
            None => self.skip_packet(),
        }
        Ok(())
    }

    fn give_up(&mut self, panic: DecoderPanic) -> AudioError {
        self.ended = true;
        broke_down(&self.path, panic)
    }

    fn format(&self) -> FormatId {
        self.reader.format_info().format
    }

    fn skip_packet(&mut self) {
        self.track.timeline.skipped();
        // Tags at the end of an MP3 file can look like a packet.
        if !self.track.timeline.is_past_window(self.sample_rate) {
            self.damage.skipped_packets += 1;
        }
    }

    /// Goes on with the next stream of a chain (Ogg files joined by appending).
    fn next_stream(&mut self) -> Result<(), AudioError> {
        self.check_length(false);
        self.stream_start = self.position;
        self.track = pick_track(&self.path, &*self.reader, &self.edits)?;
        Ok(())
    }

    fn end(&mut self, broken_off: bool) {
        self.ended = true;
        self.check_length(broken_off);
    }

    fn check_length(&mut self, broken_off: bool) {
        let waiting = self.silence + self.pending.len() as u64;
        let frames = self.position + waiting - self.stream_start;
        let is_short = match &self.track.declared {
            Some(declared) => declared.exceeds(frames, self.sample_rate),
            // A WAV file that was written to a pipe does not know its length.
            None => broken_off && self.format() != FORMAT_ID_WAVE,
        };
        self.damage.ended_early |= is_short;
    }

    fn use_shape(&mut self, (rate, channels): (u32, usize)) -> Result<(), AudioError> {
        if self.sample_rate == 0 {
            self.sample_rate = rate;
            self.channels = channels;
        }
        if (rate, channels) == (self.sample_rate, self.channels) {
            return Ok(());
        }
        self.ended = true;
        Err(AudioError::FormatChanged {
            path: self.path.clone(),
            seconds: self.seconds(),
            from_rate: self.sample_rate,
            from_channels: self.channels,
            to_rate: rate,
            to_channels: channels,
        })
    }

    /// For a file without a single decodable packet: what the headers say.
    fn use_declared_shape(&mut self) -> Result<(), AudioError> {
        let params = self.track.decoder.codec_params();
        let channels = params.channels.as_ref().map_or(0, Channels::count);
        match params.sample_rate {
            Some(rate) if rate > 0 && channels > 0 => self.use_shape((rate, channels)),
            _ => Err(AudioError::Undecodable {
                path: self.path.clone(),
            }),
        }
    }
}

impl fmt::Debug for AudioFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioFile")
            .field("path", &self.path)
            .field("sample_rate", &self.sample_rate)
            .field("channels", &self.channels)
            .field("position", &self.position)
            .field("damage", &self.damage)
            .finish_non_exhaustive()
    }
}

fn shape(buffer: &GenericAudioBufferRef<'_>) -> (u32, usize) {
    (buffer.spec().rate(), buffer.num_planes())
}
