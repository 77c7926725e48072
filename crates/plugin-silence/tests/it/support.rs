//! Files and measures that the tests share.

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use media_audio::seconds_at;
use plugin_silence::{Control, Detection, Segment, SegmentKind, SilenceOptions};
use tempfile::TempDir;

/// Each sample clip, with its length and its pauses in seconds.
pub(crate) fn clips() -> Vec<Clip> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let notes = fs::read(root.join("tests/samples.json")).unwrap();
    let notes: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&notes).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let clips = notes.iter().map(|(name, note)| Clip {
        path: root.join("samples").join(name),
        duration: number(&note["duration"]),
        pauses: note["pauses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pause| (number(&pause[0]), number(&pause[1])))
            .collect(),
    });
    clips.collect()
}

pub(crate) struct Clip {
    pub(crate) path: PathBuf,
    pub(crate) duration: f64,
    pub(crate) pauses: Vec<(f64, f64)>,
}

/// A WAV file of 16 bits, gone when dropped.
pub(crate) struct Wav {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Wav {
    /// `samples` are interleaved, full scale from -1 to 1.
    pub(crate) fn new(rate: u32, channels: u16, samples: &[f64]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audio.wav");
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in samples {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
            writer
                .write_sample((sample * 32_767.0).clamp(-32_768.0, 32_767.0) as i16)
                .unwrap();
        }
        writer.finalize().unwrap();
        Self {
            _folder: folder,
            path,
        }
    }
}

/// One channel of tones and pauses: lengths in frames, by turns, beginning with a tone. The tone
/// has 440 Hz at a quarter of full scale.
pub(crate) fn tones(rate: u32, lengths: &[usize]) -> Vec<f64> {
    let mut samples = Vec::new();
    for (turn, length) in lengths.iter().enumerate() {
        for _ in 0..*length {
            let phase = seconds_at(samples.len() as u64, rate) * 440.0 * TAU;
            samples.push(if turn % 2 == 0 {
                0.25 * phase.cos()
            } else {
                0.0
            });
        }
    }
    samples
}

pub(crate) fn detect(path: &Path, options: &SilenceOptions) -> Detection {
    let found = plugin_silence::detect(path, options, &mut Control::default()).unwrap();
    assert_laws(&found.segments, found.summary.duration);
    found
}

/// What holds for every result.
pub(crate) fn assert_laws(segments: &[Segment], duration: f64) {
    let mut end = 0.0;
    let mut kind = None;
    for segment in segments {
        assert!(
            segment.start.to_bits() == f64::to_bits(end),
            "gap before {segment:?}"
        );
        assert!(segment.end > segment.start, "{segment:?} is empty");
        assert_ne!(
            Some(segment.kind),
            kind,
            "{segment:?} is like the one before"
        );
        end = segment.end;
        kind = Some(segment.kind);
    }
    assert!(
        end.to_bits() == duration.to_bits(),
        "ends at {end}, not at {duration}"
    );
}

pub(crate) fn silences(segments: &[Segment]) -> Vec<(f64, f64)> {
    let silences = segments
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Silence);
    silences
        .map(|segment| (segment.start, segment.end))
        .collect()
}

/// Asserts that both lists name the same ranges, and returns the largest difference in seconds.
pub(crate) fn compare(found: &[(f64, f64)], expected: &[(f64, f64)], tolerance: f64) -> f64 {
    assert_eq!(
        found.len(),
        expected.len(),
        "{found:?} instead of {expected:?}"
    );
    let differences = found
        .iter()
        .zip(expected)
        .flat_map(|(found, expected)| [(found.0 - expected.0).abs(), (found.1 - expected.1).abs()]);
    let worst = differences.fold(0.0, f64::max);
    assert!(
        worst <= tolerance,
        "{worst} s between {found:?} and {expected:?}"
    );
    worst
}
