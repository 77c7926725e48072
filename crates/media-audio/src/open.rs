//! From a path to a container and a track.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::AudioError;
use crate::contain::{DecoderPanic, contain};
use crate::edit_list::{Edit, read_edits};
use crate::track::{AudioTrack, NoTrack};

type Container = (Box<dyn FormatReader>, Vec<(u32, Edit)>);

/// Opens a container, whose format its content decides about, and reads its MP4 edit lists.
pub(crate) fn open_container(path: &Path) -> Result<Container, AudioError> {
    let io_error = |source| AudioError::Io {
        path: path.to_owned(),
        source,
    };
    // Asked before opening: opening a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(io_error)?;
    if !metadata.is_file() {
        return Err(AudioError::NotAFile {
            path: path.to_owned(),
        });
    }
    if metadata.len() == 0 {
        return Err(AudioError::Empty {
            path: path.to_owned(),
        });
    }
    let mut file = File::open(path).map_err(io_error)?;
    let edits = read_edits(&mut file).map_err(io_error)?;
    let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let probe = symphonia::default::get_probe();
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let reader = contain(|| probe.probe(&Hint::new(), stream, format, metadata))
        .map_err(|panic| broke_down(path, panic))?
        .map_err(|error| probe_error(path, error))?;
    Ok((reader, edits))
}

/// The first audio track of a container that can be decoded.
pub(crate) fn pick_track(
    path: &Path,
    reader: &dyn FormatReader,
    edits: &[(u32, Edit)],
) -> Result<AudioTrack, AudioError> {
    contain(|| AudioTrack::pick(reader, edits))
        .map_err(|panic| broke_down(path, panic))?
        .map_err(|why| no_track(path, why))
}

pub(crate) fn broke_down(path: &Path, panic: DecoderPanic) -> AudioError {
    AudioError::Malformed {
        path: path.to_owned(),
        source: Box::new(panic),
    }
}

fn probe_error(path: &Path, error: SymphoniaError) -> AudioError {
    let path = path.to_owned();
    match error {
        SymphoniaError::IoError(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
            AudioError::Io { path, source }
        }
        SymphoniaError::Unsupported(_) => AudioError::UnsupportedFormat {
            path,
            source: Box::new(error),
        },
        _ => AudioError::Malformed {
            path,
            source: Box::new(error),
        },
    }
}

fn no_track(path: &Path, why: NoTrack) -> AudioError {
    let path = path.to_owned();
    match why {
        NoTrack::NoAudio => AudioError::NoAudioTrack { path },
        NoTrack::UnsupportedCodec { codec, source } => AudioError::UnsupportedCodec {
            path,
            codec,
            source: Box::new(source),
        },
        NoTrack::UnsupportedEditList => AudioError::UnsupportedEditList { path },
    }
}
