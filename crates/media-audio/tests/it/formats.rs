//! Formats, encoder delay and padding.

use crate::support::{decode, file_with, media, media_bytes, wav};

#[test]
fn files_that_state_delay_and_padding_keep_times_to_the_frame() {
    for name in [
        "tone.wav",
        "tone.flac",
        "alac.m4a",
        "flac.mkv",
        "aac.m4a",
        "stereo.m4a",
        "video.mp4",
        "vorbis.ogg",
        "tagged.mp3",
    ] {
        let decoded = decode(&media(name)).unwrap();
        assert_eq!((decoded.rate, decoded.frames()), (16_000, 16_000), "{name}");
        assert_eq!(
            decoded.channels,
            if name == "stereo.m4a" { 2 } else { 1 },
            "{name}"
        );
        let (start, end) = decoded.tone();
        assert!(
            start.abs_diff(250) <= 2 && end.abs_diff(750) <= 2,
            "{name}: {start} to {end} ms"
        );
        assert!(!decoded.damage.is_damaged(), "{name}: {:?}", decoded.damage);
    }
}

/// The delay stays in, as in every player, where nothing in the file tells of it.
#[test]
fn files_that_state_less_are_decoded_whole() {
    for (name, frames, start) in [
        ("untagged.mp3", 30 * 576, 250 + 1105 / 16),
        ("aac.aac", 17 * 1024, 250 + 64),
        ("aac.mkv", 17 * 1024, 250 + 64),
        ("vorbis.mkv", 16_256, 250),
        ("fragmented.m4a", 17 * 1024, 250 + 64),
        ("adpcm.wav", 16_288, 250),
    ] {
        let decoded = decode(&media(name)).unwrap();
        assert_eq!(
            (decoded.rate, decoded.channels, decoded.frames()),
            (16_000, 1, frames),
            "{name}"
        );
        let tone = decoded.tone();
        assert!(
            tone.0.abs_diff(start) <= 2 && tone.1.abs_diff(start + 500) <= 2,
            "{name}: {tone:?}"
        );
        assert!(!decoded.damage.is_damaged(), "{name}: {:?}", decoded.damage);
    }
}

#[test]
fn lossless_formats_give_the_samples_of_the_wav_file() {
    let wav = decode(&media("tone.wav")).unwrap();
    let source = hound::WavReader::open(media("tone.wav")).unwrap();
    let expected = source
        .into_samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
        .collect::<Vec<_>>();
    assert_eq!(wav.samples, expected);
    for name in ["tone.flac", "alac.m4a", "flac.mkv"] {
        assert_eq!(decode(&media(name)).unwrap().samples, expected, "{name}");
    }
}

/// Edits are in milliseconds and rounded up; the sample table knows the frame.
#[test]
fn an_edit_that_was_rounded_up_adds_no_frames() {
    let mut bytes = media_bytes("aac.m4a");
    let elst = bytes
        .windows(4)
        .position(|window| window == b"elst")
        .unwrap();
    let duration = &mut bytes[elst + 12..elst + 16];
    assert_eq!(duration, 1000_u32.to_be_bytes());
    duration.copy_from_slice(&1001_u32.to_be_bytes());
    assert_eq!(decode(&file_with(&bytes).path).unwrap().frames(), 16_000);
}

#[test]
fn joined_mp3_files_are_heard_to_the_end() {
    let joined = [media_bytes("tagged.mp3"), media_bytes("tagged.mp3")].concat();
    let decoded = decode(&file_with(&joined).path).unwrap();
    // The second file's own delay and padding stay in: only the first tag is read.
    assert_eq!(decoded.frames(), 16_000 + 30 * 576);
    assert_eq!(decoded.tone().1, 1000 + 1105 / 16 + 750);
    assert!(!decoded.damage.is_damaged(), "{:?}", decoded.damage);
}

#[test]
fn chained_ogg_streams_are_heard_one_after_another() {
    let joined = [media_bytes("vorbis.ogg"), media_bytes("vorbis.ogg")].concat();
    let decoded = decode(&file_with(&joined).path).unwrap();
    assert_eq!(decoded.frames(), 32_000);
    assert!(!decoded.damage.is_damaged(), "{:?}", decoded.damage);
}

#[test]
fn a_large_tag_before_mp3_is_stepped_over() {
    // An ID3v2 tag whose picture is full of what looks like the beginnings of MP3 frames.
    let picture = [0xff_u8, 0xfb, 0x90, 0x64].repeat(500_000);
    let mut frame = b"APIC".to_vec();
    frame.extend(2_000_000_u32.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(&picture);
    let size = 2_000_010_u32;
    assert_eq!((picture.len(), frame.len()), (2_000_000, 2_000_010));
    let mut tagged = b"ID3\x03\x00\x00".to_vec();
    tagged.extend(
        (0..4)
            .rev()
            .map(|group| ((size >> (7 * group)) & 0x7f) as u8),
    );
    tagged.extend(frame);
    tagged.extend(media_bytes("tagged.mp3"));
    let decoded = decode(&file_with(&tagged).path).unwrap();
    assert_eq!(decoded.frames(), 16_000);
    assert!(!decoded.damage.is_damaged(), "{:?}", decoded.damage);
}

#[test]
fn a_wav_file_of_unknown_length_is_read_to_its_end() {
    let mut bytes = wav(8000, 1, &[100; 5000]);
    // What ffmpeg writes when it cannot go back to fill in the lengths.
    bytes[4..8].fill(0xff);
    bytes[40..44].fill(0xff);
    let decoded = decode(&file_with(&bytes).path).unwrap();
    assert_eq!(decoded.frames(), 5000);
    assert!(!decoded.damage.is_damaged(), "{:?}", decoded.damage);
}

#[test]
fn a_wav_file_without_frames_is_empty_audio() {
    let decoded = decode(&file_with(&wav(22_050, 2, &[])).path).unwrap();
    assert_eq!(
        (decoded.rate, decoded.channels, decoded.frames()),
        (22_050, 2, 0)
    );
    assert!(!decoded.damage.is_damaged(), "{:?}", decoded.damage);
}

#[test]
fn channels_are_interleaved() {
    let samples = (0..6000).collect::<Vec<i16>>();
    let decoded = decode(&file_with(&wav(48_000, 3, &samples)).path).unwrap();
    assert_eq!(decoded.channels, 3);
    let expected = samples.iter().map(|sample| f32::from(*sample) / 32_768.0);
    assert!(decoded.samples.iter().copied().eq(expected));
}
