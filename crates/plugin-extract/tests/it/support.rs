//! Files that the tests share.

use std::fs;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use plugin_extract::{Clip, Control, Cut, CutError};
use tempfile::TempDir;

/// A folder with a source file in it and a folder for clips.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) source: PathBuf,
    pub(crate) clips: PathBuf,
}

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join(name);
        let clips = folder.path().join("clips");
        fs::create_dir(&clips).unwrap();
        Self {
            folder,
            source,
            clips,
        }
    }

    /// With a 16-bit WAV file as source.
    pub(crate) fn with_wav(rate: u32, channels: u16, samples: &[i16]) -> Self {
        let place = Self::new("source.wav");
        write_wav(&place.source, rate, channels, samples);
        place
    }

    pub(crate) fn clip(&self, number: usize) -> PathBuf {
        self.clips.join(format!("{number}.wav"))
    }

    /// Cuts ranges in seconds; clips are numbered.
    pub(crate) fn cut(&self, ranges: &[(f64, f64)]) -> Result<Vec<Clip>, CutError> {
        plugin_extract::cut(&self.source, &self.cuts(ranges), &mut Control::default())
    }

    pub(crate) fn cuts(&self, ranges: &[(f64, f64)]) -> Vec<Cut> {
        let cuts = ranges.iter().enumerate();
        cuts.map(|(number, (start, end))| Cut {
            start: *start,
            end: *end,
            output: self.clip(number),
        })
        .collect()
    }

    /// Every name in the folder for clips, temporary ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.clips).unwrap();
        let mut names = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        names.sort();
        names
    }
}

pub(crate) fn write_wav(path: &Path, rate: u32, channels: u16, samples: &[i16]) {
    let mut writer = WavWriter::create(path, spec(rate, channels)).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
}

pub(crate) fn read_wav(path: &Path) -> (WavSpec, Vec<i16>) {
    let reader = WavReader::open(path).unwrap();
    let spec = reader.spec();
    (spec, reader.into_samples().map(Result::unwrap).collect())
}

pub(crate) fn spec(sample_rate: u32, channels: u16) -> WavSpec {
    WavSpec {
        channels,
        sample_rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    }
}

/// Samples of which no two near each other are alike.
pub(crate) fn noise(count: usize) -> Vec<i16> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [high, low, ..] = state.to_be_bytes();
        i16::from_be_bytes([high, low])
    };
    std::iter::repeat_with(next).take(count).collect()
}
