//! A WAV file being written.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::new_file::{NewFile, WrittenFile};

/// Bytes of a sample.
const SAMPLE_BYTES: u64 = 2;

/// Most bytes of samples in a WAV file, whose lengths are 32-bit numbers; some are left for the
/// header.
const LONGEST_DATA: u64 = u32::MAX as u64 - 1024;

/// Whether that many frames are too many for a WAV file.
pub(crate) fn is_too_long(frames: u64, channels: u16) -> bool {
    frames.saturating_mul(u64::from(channels) * SAMPLE_BYTES) > LONGEST_DATA
}

/// A WAV file of 16-bit samples, not yet under its name.
pub(crate) struct WavClip {
    file: NewFile,
    writer: WavWriter<BufWriter<File>>,
}

impl WavClip {
    pub(crate) fn create(output: &Path, sample_rate: u32, channels: u16) -> io::Result<Self> {
        let spec = WavSpec {
            channels,
            sample_rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let file = NewFile::create(output)?;
        let writer = WavWriter::new(BufWriter::new(file.handle()?), spec).map_err(io_error)?;
        Ok(Self { file, writer })
    }

    /// Appends interleaved samples.
    pub(crate) fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        // Blocks are a few thousand samples; the buffer that hound allocates for them is small.
        for part in samples.chunks(1 << 16) {
            let count = u32::try_from(part.len()).map_err(io::Error::other)?;
            let mut writer = self.writer.get_i16_writer(count);
            for sample in part {
                writer.write_sample(*sample);
            }
            writer.flush().map_err(io_error)?;
        }
        Ok(())
    }

    /// Completes the header and waits until everything is on the disk.
    pub(crate) fn finish(self) -> io::Result<WrittenFile> {
        self.writer.finalize().map_err(io_error)?;
        self.file.sync()
    }
}

fn io_error(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
