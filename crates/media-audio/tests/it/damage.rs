//! Damaged files.

use media_audio::{AudioError, AudioFile, Control};

use crate::support::{Decoded, decode, file_with, media_bytes};

/// Decodes a damaged copy; the default must refuse what is returned here.
fn decode_damaged(bytes: &[u8]) -> Decoded {
    let file = file_with(bytes);
    let mut audio = AudioFile::open(&file.path).unwrap();
    let refused = audio
        .for_each_block(&mut Control::default(), |_| {
            Ok::<_, AudioError>(std::ops::ControlFlow::Continue(()))
        })
        .unwrap_err();
    assert!(matches!(refused, AudioError::Damaged { .. }), "{refused:?}");
    assert!(
        refused.to_string().contains(file.path.to_str().unwrap()),
        "{refused}"
    );
    decode(&file.path).unwrap()
}

fn overwritten(name: &str, at: usize, length: usize) -> Vec<u8> {
    let mut bytes = media_bytes(name);
    let mut noise = 7_u8;
    for byte in &mut bytes[at..at + length] {
        noise = noise.wrapping_mul(13).wrapping_add(151);
        *byte = noise;
    }
    bytes
}

#[test]
fn a_truncated_wav_file_ends_early() {
    let decoded = decode_damaged(&media_bytes("tone.wav")[..44 + 20_000]);
    assert_eq!(decoded.frames(), 10_000);
    assert!(decoded.damage.ended_early);
    assert_eq!(
        (decoded.damage.skipped_packets, decoded.damage.lost_frames),
        (0, 0)
    );
}

#[test]
fn truncated_compressed_files_end_early() {
    for name in ["tone.flac", "tagged.mp3"] {
        let bytes = media_bytes(name);
        let decoded = decode_damaged(&bytes[..bytes.len() * 2 / 3]);
        assert!(decoded.damage.ended_early, "{name}");
        assert!(
            decoded.frames() > 4000 && decoded.frames() < 16_000,
            "{name}"
        );
        assert_eq!(decoded.tone().0 / 10, 25, "{name}");
    }
}

#[test]
fn a_lost_flac_frame_becomes_silence_and_the_rest_keeps_its_place() {
    let bytes = media_bytes("tone.flac");
    let decoded = decode_damaged(&overwritten("tone.flac", bytes.len() / 3, 40));
    assert_eq!(decoded.frames(), 16_000);
    assert!(
        decoded.damage.lost_frames > 0 && !decoded.damage.ended_early,
        "{:?}",
        decoded.damage
    );
    assert_eq!(decoded.damage.lost_frames, 4096);
    assert_eq!(
        decoded.tone(),
        decode(&crate::support::media("tone.flac")).unwrap().tone()
    );
}

#[test]
fn undecodable_aac_packets_become_silence_and_the_rest_keeps_its_place() {
    // The middle of the media data; the tables that say where packets lie stay whole.
    let decoded = decode_damaged(&overwritten("aac.m4a", 1500, 200));
    assert!(decoded.damage.skipped_packets > 0, "{:?}", decoded.damage);
    assert_eq!(decoded.frames(), 16_000);
    let (start, end) = decoded.tone();
    assert!(
        start.abs_diff(250) <= 2 && end.abs_diff(750) <= 2,
        "{start} to {end} ms"
    );
}

#[test]
fn a_lost_ogg_page_ends_early() {
    // The file has one page of audio; its checksum no longer fits.
    let bytes = media_bytes("vorbis.ogg");
    let file = file_with(&overwritten("vorbis.ogg", bytes.len() - 300, 20));
    match AudioFile::open(&file.path) {
        Ok(_) => assert!(decode(&file.path).unwrap().damage.ended_early),
        Err(error) => assert!(matches!(error, AudioError::Malformed { .. }), "{error:?}"),
    }
}

/// Whatever is in a file, opening and decoding it comes to an end without a panic.
#[test]
fn no_damage_makes_the_decoder_panic() {
    for name in [
        "tone.wav",
        "tone.flac",
        "tagged.mp3",
        "aac.m4a",
        "vorbis.ogg",
        "aac.mkv",
        "adpcm.wav",
    ] {
        let intact = media_bytes(name);
        for step in 0..40 {
            let at = intact.len() * step / 40;
            let length = 16.min(intact.len() - at);
            let _ = decode(&file_with(&overwritten(name, at, length)).path);
            let _ = decode(&file_with(&intact[..at]).path);
        }
    }
}
