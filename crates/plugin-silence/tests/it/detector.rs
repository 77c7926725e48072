//! The detector's laws.

use media_audio::seconds_at;
use plugin_silence::{Detector, Segment, SegmentKind, SilenceOptions};
use proptest::prelude::*;

use crate::support::{assert_laws, silences};

const RATE: u32 = 1000;

fn run(options: &SilenceOptions, channels: usize, samples: &[f32], chunk: usize) -> Vec<Segment> {
    let mut detector = Detector::new(options, RATE, channels).unwrap();
    for chunk in samples.chunks(chunk.max(1)) {
        detector.push(chunk);
    }
    detector.finish()
}

/// Mono at 1 kHz with windows of 10 frames: `#` is a loud window, `.` a quiet one.
fn windows(pattern: &str, options: &SilenceOptions) -> String {
    let samples = pattern
        .chars()
        .flat_map(|mark| [if mark == '#' { 0.5 } else { 0.0 }; 10]);
    let segments = run(options, 1, &samples.collect::<Vec<_>>(), 7);
    let marks = segments.iter().map(|segment| {
        let mark = if segment.kind == SegmentKind::Sound {
            "#"
        } else {
            "."
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small"
        )]
        mark.repeat(((segment.end - segment.start) * 100.0).round() as usize)
    });
    marks.collect()
}

#[test]
fn short_pauses_are_bridged_before_short_sounds_are_dropped() {
    let options = SilenceOptions {
        min_silence: 0.05,
        min_sound: 0.03,
        window: 0.01,
        ..SilenceOptions::default()
    };
    for (pattern, expected) in [
        // Nothing to do.
        ("#####.....#####", "#####.....#####"),
        // A pause that is too short.
        ("#####....#####", "##############"),
        // A click in silence.
        (".....##.....", "............"),
        // The end of a word after a short pause is no click.
        ("####..##.....", "########....."),
        (".....##..####", ".....########"),
        // Clicks at either end.
        ("##.....####", ".......####"),
        ("####.....##", "####......."),
        // Short quiet at either end belongs to the sound.
        ("..####.....####..", "######.....######"),
        // Several clicks.
        ("####.....#.....##.....####", "####..................####"),
        // Nothing for a click to belong to.
        ("##", "##"),
        ("#.", "##"),
        ("...", "..."),
        ("", ""),
    ] {
        assert_eq!(windows(pattern, &options), expected, "{pattern}");
    }
}

#[test]
fn a_sample_that_is_no_number_is_sound() {
    for broken in [f32::NAN, f32::INFINITY] {
        for channels in [1, 2, 3] {
            let mut samples = vec![0.0; 1000 * channels];
            samples[500 * channels] = broken;
            let options = SilenceOptions {
                min_sound: 0.0,
                min_silence: 0.1,
                ..Default::default()
            };
            let segments = run(&options, channels, &samples, 64);
            assert_eq!(silences(&segments), [(0.0, 0.5), (0.51, 1.0)]);
        }
    }
}

#[test]
fn the_last_window_may_be_short() {
    let mut samples = vec![0.0; 1000];
    samples.extend([0.5; 3]);
    let options = SilenceOptions {
        min_sound: 0.0,
        ..SilenceOptions::default()
    };
    let segments = run(&options, 1, &samples, 1003);
    assert_laws(&segments, 1.003);
    assert_eq!(silences(&segments), [(0.0, 1.0)]);
}

prop_compose! {
    /// Stretches of loud and quiet, from one frame to half a second, interleaved.
    fn audio()(
        channels in 1_usize..4,
        stretches in prop::collection::vec((any::<bool>(), 1_usize..500), 0..30),
    ) -> (usize, Vec<f32>) {
        let samples = stretches.iter().flat_map(|(is_loud, frames)| {
            std::iter::repeat_n(if *is_loud { 0.3 } else { 0.001 }, frames * channels)
        });
        (channels, samples.collect())
    }
}

prop_compose! {
    fn options()(
        min_silence in 0.0..0.6_f64,
        min_sound in 0.0..0.2_f64,
        window in 0.001..0.05_f64,
    ) -> SilenceOptions {
        SilenceOptions { min_silence, min_sound, window, ..SilenceOptions::default() }
    }
}

proptest! {
    #[test]
    fn segments_cover_everything_by_turns((channels, samples) in audio(), options in options()) {
        let segments = run(&options, channels, &samples, 100);
        let frames = (samples.len() / channels) as u64;
        assert_laws(&segments, seconds_at(frames, RATE));
        if segments.len() > 1 {
            for segment in &segments {
                let least = match segment.kind {
                    SegmentKind::Silence => options.min_silence,
                    SegmentKind::Sound => options.min_sound,
                };
                // Half a frame for rounding the options to frames.
                prop_assert!(segment.end - segment.start >= least - 0.000_5 - 1e-9, "{segment:?}");
            }
        }
    }

    #[test]
    fn how_samples_are_divided_makes_no_difference(
        (channels, samples) in audio(),
        options in options(),
        chunk in 1_usize..2000,
    ) {
        let whole = run(&options, channels, &samples, samples.len());
        prop_assert_eq!(run(&options, channels, &samples, chunk), whole);
    }

    #[test]
    fn louder_thresholds_find_no_less_silence((channels, samples) in audio()) {
        let total = |threshold_db| {
            let options = SilenceOptions { threshold_db, min_sound: 0.0, ..Default::default() };
            let segments = run(&options, channels, &samples, 100);
            silences(&segments).iter().map(|(start, end)| end - start).sum::<f64>()
        };
        prop_assert!(total(-30.0) >= total(-50.0) - 1e-9);
    }
}
