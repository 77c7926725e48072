//! What clips contain.

use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use media_audio::{frames_at, seconds_at};
use plugin_extract::Control;
use proptest::prelude::*;

use crate::support::{Place, noise, read_wav, spec};

#[test]
fn clips_of_a_16_bit_file_are_its_samples() {
    let samples = noise(2 * 44_100);
    let place = Place::with_wav(44_100, 2, &samples);
    // Apart, adjoining, overlapping, the whole; not in order.
    let ranges = [
        (0.5, 0.75),
        (0.0, 0.25),
        (0.25, 0.5),
        (0.1, 0.9),
        (0.0, 1.0),
    ];
    let clips = place.cut(&ranges).unwrap();
    for (number, (clip, (start, end))) in clips.iter().zip(ranges).enumerate() {
        assert_eq!(clip.output, place.clip(number));
        assert_eq!((clip.start, clip.end), (start, end));
        let (found, cut) = read_wav(&clip.output);
        assert_eq!(found, spec(44_100, 2));
        assert_eq!(clip.frames, cut.len() as u64 / 2);
        let first = usize::try_from(frames_at(start, 44_100)).unwrap() * 2;
        assert!(cut == samples[first..first + cut.len()], "clip {number}");
    }
    assert_eq!(
        clips.iter().map(|clip| clip.frames).sum::<u64>(),
        3 * 11_025 + 35_280 + 44_100
    );
    assert_eq!(place.names().len(), ranges.len());
}

#[test]
fn deeper_samples_are_rounded_and_clipped() {
    let place = Place::new("source.wav");
    let deep = WavSpec {
        bits_per_sample: 24,
        ..spec(8000, 1)
    };
    let mut writer = WavWriter::create(&place.source, deep).unwrap();
    // In units of 1/256 of a 16-bit step.
    for sample in [
        0,
        127,
        129,
        256 * 5 + 100,
        -256 * 5 - 200,
        8_388_607,
        -8_388_608,
    ] {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    place.cut(&[(0.0, 7.0 / 8000.0)]).unwrap();
    assert_eq!(
        read_wav(&place.clip(0)).1,
        [0, 0, 1, 5, -6, 32_767, -32_768]
    );

    let float = WavSpec {
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
        ..deep
    };
    let mut writer = WavWriter::create(&place.source, float).unwrap();
    for sample in [0.0, 2.0, -2.0, f32::NAN, 0.25] {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    place.cut(&[(0.0, 5.0 / 8000.0)]).unwrap();
    assert_eq!(read_wav(&place.clip(0)).1, [0, 32_767, -32_768, 0, 8192]);
}

#[test]
fn compressed_files_are_cut_at_the_times_asked_for() {
    let place = Place::new("unused");
    // 0.25 s silence, 0.5 s tone, 0.25 s silence, at 16 kHz.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media/tone.mp3");
    let cuts = place.cuts(&[(0.25, 0.75), (0.0, 0.24), (0.76, 1.0)]);
    let clips = plugin_extract::cut(source, &cuts, &mut Control::default()).unwrap();
    assert_eq!(
        clips.iter().map(|clip| clip.frames).collect::<Vec<_>>(),
        [8000, 3840, 3840]
    );
    let peak = |number| {
        let (found, samples) = read_wav(&place.clip(number));
        assert_eq!(found, spec(16_000, 1));
        samples.into_iter().map(i16::unsigned_abs).max().unwrap()
    };
    assert!(peak(0) > 15_000 && peak(1) < 300 && peak(2) < 300);
}

#[test]
fn an_end_just_behind_the_audio_is_clamped() {
    let samples = noise(8000);
    let place = Place::with_wav(8000, 1, &samples);
    let clips = place.cut(&[(0.5, 1.05), (0.0, 1.0)]).unwrap();
    assert_eq!((clips[0].end, clips[0].frames), (1.0, 4000));
    assert_eq!(read_wav(&place.clip(0)).1, samples[4000..]);
}

#[test]
fn a_file_of_that_name_is_replaced() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    std::fs::write(place.clip(0), "an older clip").unwrap();
    place.cut(&[(0.0, 0.5)]).unwrap();
    assert_eq!(read_wav(&place.clip(0)).1.len(), 4000);
}

#[test]
fn nothing_to_cut_is_no_error() {
    let place = Place::with_wav(8000, 1, &noise(80));
    assert_eq!(place.cut(&[]).unwrap(), []);
    assert!(place.names().is_empty());
}

#[cfg(unix)]
#[test]
fn clips_may_be_read_by_whom_other_new_files_may() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_wav(8000, 1, &noise(800));
    place.cut(&[(0.0, 0.05)]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&place.clip(0)), mode(&place.source));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_ranges_are_cut_to_the_frame(
        frames in prop::collection::vec((0_u32..5000, 1_u32..5000), 1..8),
    ) {
        let samples = noise(10_000);
        let place = Place::with_wav(22_050, 1, &samples);
        let at = |frame: u32| seconds_at(u64::from(frame), 22_050);
        let ranges = frames.iter().map(|(start, length)| (at(*start), at(start + length)));
        place.cut(&ranges.collect::<Vec<_>>()).unwrap();
        for (number, (start, length)) in frames.iter().enumerate() {
            let expected = &samples[*start as usize..(start + length) as usize];
            prop_assert!(read_wav(&place.clip(number)).1 == expected, "clip {number}");
        }
    }
}
