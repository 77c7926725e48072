//! Files and measures that the tests share.

use std::fs;
use std::path::{Path, PathBuf};

use media_audio::{AudioError, AudioFile, Damage};
use tempfile::TempDir;

/// A file of tests/media.
pub(crate) fn media(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/media")
        .join(name)
}

pub(crate) fn media_bytes(name: &str) -> Vec<u8> {
    fs::read(media(name)).unwrap()
}

/// A file made for one test; gone when the test ends.
pub(crate) struct TempAudio {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn file_with(bytes: &[u8]) -> TempAudio {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audio");
    fs::write(&path, bytes).unwrap();
    TempAudio {
        _folder: folder,
        path,
    }
}

/// A 16-bit WAV file.
pub(crate) fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) rate: u32,
    pub(crate) channels: usize,
    pub(crate) samples: Vec<f32>,
    pub(crate) damage: Damage,
}

impl Decoded {
    pub(crate) fn frames(&self) -> usize {
        self.samples.len() / self.channels
    }

    /// Where the tone begins and ends, in milliseconds.
    pub(crate) fn tone(&self) -> (usize, usize) {
        let is_loud = |frame: &[f32]| frame.iter().any(|sample| sample.abs() > 0.1);
        let loud = self
            .samples
            .chunks_exact(self.channels)
            .map(is_loud)
            .collect::<Vec<_>>();
        let millis = |frame: usize| frame * 1000 / self.rate as usize;
        let first = loud.iter().position(|loud| *loud).unwrap();
        let last = loud.iter().rposition(|loud| *loud).unwrap();
        (millis(first), millis(last + 1))
    }
}

pub(crate) fn decode(path: &Path) -> Result<Decoded, AudioError> {
    let mut audio = AudioFile::open(path)?;
    let channels = audio.channels();
    let mut samples = Vec::new();
    while let Some(block) = audio.next_block()? {
        assert!(!block.is_empty());
        assert_eq!(block.len() % channels, 0);
        samples.extend_from_slice(block);
    }
    assert!(audio.next_block()?.is_none());
    assert_eq!(audio.position() * channels as u64, samples.len() as u64);
    Ok(Decoded {
        rate: audio.sample_rate(),
        channels: audio.channels(),
        samples,
        damage: audio.damage(),
    })
}
