//! Files that cannot be decoded at all.

use std::path::Path;

use media_audio::{AudioError, AudioFile};

use crate::support::{decode, file_with, media, media_bytes};

fn refused(path: &Path) -> AudioError {
    let error = AudioFile::open(path).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    error
}

#[test]
fn what_is_not_audio_is_an_unsupported_format() {
    let text = "no audio here, just text\n".repeat(5000);
    let noise = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    for bytes in [
        text.into_bytes(),
        media_bytes("picture.png"),
        vec![0; 100_000],
        b"x".to_vec(),
        noise.collect(),
    ] {
        let file = file_with(&bytes);
        let error = refused(&file.path);
        assert!(
            matches!(error, AudioError::UnsupportedFormat { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn an_empty_file_says_so() {
    let file = file_with(b"");
    assert!(matches!(refused(&file.path), AudioError::Empty { .. }));
}

#[test]
fn paths_that_are_no_files_say_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        refused(folder.path()),
        AudioError::NotAFile { .. }
    ));
    let missing = folder.path().join("missing.wav");
    assert!(matches!(refused(&missing), AudioError::Io { .. }));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    assert!(matches!(refused(&pipe), AudioError::NotAFile { .. }));
}

#[test]
fn video_without_sound_has_no_audio_track() {
    assert!(matches!(
        refused(&media("silent-video.mp4")),
        AudioError::NoAudioTrack { .. }
    ));
}

#[test]
fn a_codec_that_cannot_be_decoded_is_named() {
    match refused(&media("opus.ogg")) {
        AudioError::UnsupportedCodec { codec, .. } => assert_eq!(codec, "Opus"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn headers_cut_off_are_an_error_of_opening() {
    let file = file_with(&media_bytes("tone.flac")[..20]);
    assert!(matches!(refused(&file.path), AudioError::Malformed { .. }));
    // The index of this one stands at the end.
    let file = file_with(&media_bytes("aac.m4a")[..2000]);
    assert!(matches!(
        refused(&file.path),
        AudioError::UnsupportedFormat { .. }
    ));
}

#[test]
fn another_rate_in_the_middle_is_an_error_that_names_both() {
    let joined = [media_bytes("vorbis.ogg"), media_bytes("stereo.ogg")].concat();
    let file = file_with(&joined);
    match decode(&file.path).unwrap_err() {
        AudioError::FormatChanged {
            seconds,
            from_rate,
            from_channels,
            to_rate,
            to_channels,
            ..
        } => {
            assert_eq!((from_rate, from_channels), (16_000, 1));
            assert_eq!((to_rate, to_channels), (8000, 2));
            assert!((seconds - 1.0).abs() < 1e-9, "{seconds}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn several_pieces_in_an_edit_list_are_refused() {
    let mut bytes = media_bytes("aac.m4a");
    let elst = bytes
        .windows(4)
        .position(|window| window == b"elst")
        .unwrap();
    // Another speed than 1.
    bytes[elst + 4 + 8 + 8 + 1] = 2;
    let file = file_with(&bytes);
    assert!(matches!(
        refused(&file.path),
        AudioError::UnsupportedEditList { .. }
    ));
}

#[test]
fn an_mp4_box_that_reaches_beyond_the_one_around_it_is_refused() {
    let mut bytes = Vec::new();
    let mut header = |size: u32, kind: &[u8; 4]| {
        bytes.extend_from_slice(&size.to_be_bytes());
        bytes.extend_from_slice(kind);
    };
    header(8, b"ftyp");
    header(20, b"moov");
    // Of the header in this one, only the size is inside.
    header(12, b"trak");
    header(32, b"tkhd");
    bytes.resize(64, 0);
    refused(&file_with(&bytes).path);
}
