//! Whole files: tones with exact pauses, several channels, damage, stopping.

use std::sync::atomic::AtomicBool;

use media_audio::seconds_at;
use plugin_silence::{AudioError, Control, SegmentKind, SilenceError, SilenceOptions};

use crate::support::{Wav, clips, compare, detect, silences, tones};

#[test]
fn exact_pauses_are_found_to_the_window() {
    let options = SilenceOptions::default();
    for rate in [8000, 22_050, 44_100, 96_000] {
        let second = rate as usize;
        let pieces = [
            second + 13,
            second * 3 / 4,
            second / 2,
            second / 3,
            second,
            2 * second,
        ];
        let wav = Wav::new(rate, 1, &tones(rate, &pieces));
        let found = detect(&wav.path, &options);
        let mut at = 0.0;
        let mut expected = Vec::new();
        for (turn, piece) in pieces.iter().enumerate() {
            let end = at + seconds_at(*piece as u64, rate);
            if turn % 2 == 1 && end - at >= options.min_silence {
                expected.push((at, end));
            }
            at = end;
        }
        assert_eq!(expected.len(), 2);
        compare(&silences(&found.segments), &expected, 2.0 * options.window);
        assert_eq!(found.summary.sample_rate, rate);
        assert_eq!(found.summary.segment_count, 4);
    }
}

#[test]
fn totals_add_up() {
    let wav = Wav::new(44_100, 1, &tones(44_100, &[44_100, 44_101, 44_103, 44_107]));
    let summary = detect(&wav.path, &SilenceOptions::default()).summary;
    assert!((summary.total_sound + summary.total_silence - summary.duration).abs() < 1e-12);
    assert!((summary.total_silence - 2.0).abs() < 0.05);
}

#[test]
fn audio_without_frames_has_no_segments() {
    let wav = Wav::new(44_100, 2, &[]);
    let found = detect(&wav.path, &SilenceOptions::default());
    assert!(found.segments.is_empty());
    let text = serde_json::to_value(&found.summary).unwrap();
    assert_eq!(
        text,
        serde_json::json!({
            "duration": 0.0, "sample_rate": 44_100, "channels": 2,
            "total_sound": 0.0, "total_silence": 0.0, "segment_count": 0,
        })
    );
}

#[test]
fn silence_alone_is_one_segment_however_short() {
    for frames in [44_100, 300, 1] {
        let wav = Wav::new(44_100, 1, &vec![0.0; frames]);
        let segments = detect(&wav.path, &SilenceOptions::default()).segments;
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].kind, SegmentKind::Silence);
    }
}

/// A mix of the two channels would be digital silence.
#[test]
fn channels_that_cancel_out_are_sound() {
    let tone = tones(44_100, &[44_100]);
    let stereo = tone
        .iter()
        .flat_map(|sample| [*sample, -sample])
        .collect::<Vec<_>>();
    let wav = Wav::new(44_100, 2, &stereo);
    let segments = detect(&wav.path, &SilenceOptions::default()).segments;
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].kind, SegmentKind::Sound);
}

#[test]
fn one_loud_channel_is_enough_and_its_level_is_not_watered_down() {
    // 3 dB above the threshold in one channel of six, 1 s of two.
    let level = 10_f64.powf(-37.0 / 20.0);
    for channels in [1, 2, 3, 6] {
        let frames = (0..96_000).flat_map(|frame| {
            let sample = if frame < 48_000 { level } else { 0.0 };
            (0..channels).map(move |channel| if channel == channels / 2 { sample } else { 0.0 })
        });
        let wav = Wav::new(48_000, channels, &frames.collect::<Vec<_>>());
        let found = detect(&wav.path, &SilenceOptions::default());
        assert_eq!(
            silences(&found.segments),
            [(1.0, 2.0)],
            "{channels} channels"
        );
        assert_eq!(found.summary.channels, usize::from(channels));
    }
}

#[test]
fn the_threshold_is_a_level_in_dbfs() {
    for (level, kind) in [(-40.5, SegmentKind::Silence), (-39.5, SegmentKind::Sound)] {
        let wav = Wav::new(8000, 1, &vec![10_f64.powf(level / 20.0); 8000]);
        let segments = detect(&wav.path, &SilenceOptions::default()).segments;
        assert_eq!(segments[0].kind, kind, "{level} dBFS");
    }
}

#[test]
fn a_damaged_file_is_an_error_unless_allowed_and_then_says_so() {
    let whole = Wav::new(8000, 1, &tones(8000, &[8000, 8000]));
    let bytes = std::fs::read(&whole.path).unwrap();
    std::fs::write(&whole.path, &bytes[..44 + 2 * 14_000]).unwrap();

    let options = SilenceOptions::default();
    let error = plugin_silence::detect(&whole.path, &options, &mut Control::default()).unwrap_err();
    assert!(
        matches!(error, SilenceError::Audio(AudioError::Damaged { .. })),
        "{error:?}"
    );

    let mut control = Control {
        allow_damage: true,
        ..Control::default()
    };
    let found = plugin_silence::detect(&whole.path, &options, &mut control).unwrap();
    assert_eq!(silences(&found.segments), [(1.0, 1.75)]);
    let text = serde_json::to_value(&found.summary).unwrap();
    assert_eq!(text["damaged"], true);
    assert_eq!(text["ended_early"], true);
    assert_eq!(text["skipped_packets"], 0);
}

#[test]
fn an_intact_file_gives_the_same_whether_damage_is_allowed_or_not() {
    let path = &clips()[0].path;
    let options = SilenceOptions::default();
    let mut control = Control {
        allow_damage: true,
        ..Control::default()
    };
    let allowed = plugin_silence::detect(path, &options, &mut control).unwrap();
    assert_eq!(allowed, detect(path, &options));
}

#[test]
fn a_set_flag_stops_detection() {
    let stop = AtomicBool::new(true);
    let mut control = Control {
        cancel: Some(&stop),
        ..Control::default()
    };
    let path = &clips()[0].path;
    let error = plugin_silence::detect(path, &SilenceOptions::default(), &mut control).unwrap_err();
    assert!(
        matches!(error, SilenceError::Audio(AudioError::Cancelled { .. })),
        "{error:?}"
    );
}

#[test]
fn errors_name_the_file() {
    let error = plugin_silence::detect(
        "no/such/file.wav",
        &SilenceOptions::default(),
        &mut Control::default(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("no/such/file.wav"), "{error}");
}
