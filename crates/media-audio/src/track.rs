//! Choosing a track and what its container says about time.

use symphonia::core::codecs::audio::well_known as codec_id;
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::well_known as format_id;
use symphonia::core::formats::{FormatId, FormatReader, Track, TrackType};
use symphonia::core::units::{Duration, TimeBase};

use crate::edit_list::Edit;
use crate::timeline::{Precision, Timeline, Window, to_frames};

/// Why a container offers no track to decode.
pub(crate) enum NoTrack {
    NoAudio,
    UnsupportedCodec {
        codec: String,
        source: SymphoniaError,
    },
    UnsupportedEditList,
}

/// One audio track, ready to decode.
pub(crate) struct AudioTrack {
    pub(crate) id: u32,
    pub(crate) decoder: Box<dyn AudioDecoder>,
    pub(crate) timeline: Timeline,
    pub(crate) declared: Option<Declared>,
    pub(crate) estimate: Option<f64>,
    /// The first packet makes the decoder ready and yields nothing to be heard.
    pub(crate) primes: bool,
}

/// The length that a container promises.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declared {
    ticks: i64,
    time_base: TimeBase,
    /// How many milliseconds less than promised are still no sign of damage.
    slack_ms: i64,
}

impl Declared {
    /// Whether `frames` fall short of what was promised.
    pub(crate) fn exceeds(&self, frames: u64, rate: u32) -> bool {
        let slack = self.slack_ms * i64::from(rate) / 1000;
        let least = to_frames(self.time_base, self.ticks, rate).saturating_sub(slack);
        i64::try_from(frames).is_ok_and(|frames| frames < least)
    }
}

impl AudioTrack {
    /// The first audio track of the container that can be decoded.
    pub(crate) fn pick(reader: &dyn FormatReader, edits: &[(u32, Edit)]) -> Result<Self, NoTrack> {
        let mut reason = NoTrack::NoAudio;
        for track in reader.tracks() {
            if track.track_type() != Some(TrackType::Audio) {
                continue;
            }
            let Some(params) = track
                .codec_params
                .as_ref()
                .and_then(|params| params.audio())
            else {
                continue;
            };
            match open_decoder(params) {
                Ok(decoder) => return Self::new(reader, track, decoder, edits),
                Err(error) if matches!(reason, NoTrack::NoAudio) => reason = error,
                Err(_) => {}
            }
        }
        Err(reason)
    }

    fn new(
        reader: &dyn FormatReader,
        track: &Track,
        decoder: Box<dyn AudioDecoder>,
        edits: &[(u32, Edit)],
    ) -> Result<Self, NoTrack> {
        let format = reader.format_info().format;
        let nanoseconds = TimeBase::try_new(1, 1_000_000_000);
        // A track without a time base has no time stamps to go by either.
        let time_base = track.time_base.or(nanoseconds).ok_or(NoTrack::NoAudio)?;
        let edit = edits
            .iter()
            .find(|(id, _)| *id == track.id)
            .map(|(_, edit)| *edit);
        let window = window(format, track, edit)?;
        let precision = match format {
            format_id::FORMAT_ID_ISOMP4 | format_id::FORMAT_ID_MKV => Precision::Rounded,
            _ => Precision::Frames,
        };
        let primes = format == format_id::FORMAT_ID_MKV
            && decoder.codec_params().codec == codec_id::CODEC_ID_VORBIS;
        Ok(Self {
            id: track.id,
            decoder,
            timeline: Timeline::new(time_base, window, precision),
            declared: declared(format, track, window, time_base),
            estimate: estimate(reader, track),
            primes,
        })
    }
}

fn window(format: FormatId, track: &Track, edit: Option<Edit>) -> Result<Window, NoTrack> {
    let signed = |ticks: u64| i64::try_from(ticks).unwrap_or(i64::MAX);
    match (edit, format) {
        (Some(Edit::Unsupported), _) => Err(NoTrack::UnsupportedEditList),
        (Some(Edit::Piece { start, end }), _) => {
            // The sample table is exact where the edit, in milliseconds, was rounded up.
            let samples = track
                .duration
                .map(Duration::get)
                .filter(|ticks| *ticks > start);
            let end = end.map(|end| samples.map_or(end, |samples| end.min(samples)));
            Ok(Window::Piece {
                start: signed(start),
                end: end.map(signed),
            })
        }
        // Without a LAME tag the reader's frame count is an estimate from the bit rate.
        (None, format_id::FORMAT_ID_MP3) => Ok(match (track.num_frames, track.padding) {
            (Some(frames), Some(padding)) if track.delay.is_some() => Window::Padded {
                frames: signed(frames),
                padding: i64::from(padding),
            },
            _ => Window::Whole,
        }),
        (None, _) => Ok(Window::Whole),
    }
}

fn declared(
    format: FormatId,
    track: &Track,
    window: Window,
    time_base: TimeBase,
) -> Option<Declared> {
    let total = |ticks: u64| i64::try_from(ticks).ok().filter(|ticks| *ticks > 0);
    let (ticks, slack_ms) = match (format, window) {
        (format_id::FORMAT_ID_WAVE | format_id::FORMAT_ID_FLAC | format_id::FORMAT_ID_OGG, _) => {
            (total(track.num_frames?)?, 0)
        }
        // Some encoders count the frame of the tag itself.
        (format_id::FORMAT_ID_MP3, Window::Padded { frames, .. }) => (frames, 80),
        (format_id::FORMAT_ID_ISOMP4, Window::Piece { start, end }) => (
            end.or(total(track.duration?.get()))?.saturating_sub(start),
            100,
        ),
        (format_id::FORMAT_ID_ISOMP4, _) => (total(track.duration?.get())?, 100),
        _ => return None,
    };
    Some(Declared {
        ticks,
        time_base,
        slack_ms,
    })
}

/// Length in seconds, for showing progress.
fn estimate(reader: &dyn FormatReader, track: &Track) -> Option<f64> {
    let seconds = |base: Option<TimeBase>, ticks: Option<Duration>| {
        let seconds = base?.calc_duration(ticks?)?.as_secs_f64();
        (seconds > 0.0).then_some(seconds)
    };
    let media = reader.media_info();
    seconds(track.time_base, track.duration).or_else(|| seconds(media.time_base, media.duration))
}

fn open_decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, NoTrack> {
    // Trimming is done on our own timeline: some readers give trims in other units than frames, or
    // derive them from an estimated length.
    let options = AudioDecoderOptions::default().gapless(false);
    symphonia::default::get_codecs()
        .make_audio_decoder(params, &options)
        .map_err(|source| NoTrack::UnsupportedCodec {
            codec: codec_name(params.codec),
            source,
        })
}

fn codec_name(codec: AudioCodecId) -> String {
    let name = match codec {
        codec_id::CODEC_ID_AAC => "AAC",
        codec_id::CODEC_ID_AC3 => "AC-3",
        codec_id::CODEC_ID_ALAC => "ALAC",
        codec_id::CODEC_ID_DCA => "DTS",
        codec_id::CODEC_ID_EAC3 => "E-AC-3",
        codec_id::CODEC_ID_FLAC => "FLAC",
        codec_id::CODEC_ID_MP1 => "MPEG layer I",
        codec_id::CODEC_ID_MP2 => "MPEG layer II",
        codec_id::CODEC_ID_MP3 => "MP3",
        codec_id::CODEC_ID_OPUS => "Opus",
        codec_id::CODEC_ID_SPEEX => "Speex",
        codec_id::CODEC_ID_TRUEHD => "TrueHD",
        codec_id::CODEC_ID_VORBIS => "Vorbis",
        _ => return format!("codec {codec}"),
    };
    name.to_owned()
}
