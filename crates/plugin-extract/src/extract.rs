//! On the record: what a plugin adds to its cutter to be one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use media_audio::Control;
use media_hash::{
    ContentHash, DynAlgorithm, FileHasher, HashFileError, HashedFile, Registry, Sha256, hash_file,
};
use media_processing_store::MediaProcessingStorage;
use media_schema::{InvalidValue, MediaProcessingRow, NewProcessing, StoreError, TimeRange};
use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

use crate::{Clip, Cut, CutError, clip_name, cut};

/// The action under which clips are recorded.
pub const ACTION: &str = "extract_segment";

/// The parameters of a clip's job.
#[derive(Serialize)]
struct Parameters<'a> {
    /// In seconds, as the range has it.
    start: f64,
    end: f64,
    label: &'a str,
}

/// The metadata of a clip's job.
#[derive(Serialize)]
struct Metadata {
    /// In seconds.
    duration: f64,
    frames: u64,
}

/// Why ranges could not be cut out and recorded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The input or a clip cannot be hashed.
    #[error(transparent)]
    Hash(#[from] HashFileError),
    /// The input is not the file that the ranges were found in.
    #[error("{input:?} holds {actual}, and its ranges were found in {expected}: analyse it again")]
    OtherContent {
        /// The input.
        input: PathBuf,
        /// What the ranges were found in.
        expected: ContentHash,
        /// What the input holds.
        actual: ContentHash,
    },
    /// Nobody here knows the algorithm of the hash that is expected.
    #[error("{input:?} cannot be compared with {expected}, whose algorithm is not known here")]
    Incomparable {
        /// The input.
        input: PathBuf,
        /// What the ranges were found in.
        expected: ContentHash,
    },
    /// The ranges cannot be cut.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The input changed while it was cut.
    #[error(
        "{input:?} changed while it was cut: the clips in {folder:?} are not recorded, try again"
    )]
    Changed {
        /// The input.
        input: PathBuf,
        /// Where the clips are.
        folder: PathBuf,
    },
    /// A path cannot be recorded.
    #[error("the clips of {input:?} cannot be recorded")]
    Record {
        /// The input.
        input: PathBuf,
        /// What, and why.
        source: InvalidValue,
    },
    /// The store failed. The clips are there, and not recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Cuts ranges out of an audio file into `folder`, and records one job for each clip, all in one
/// transaction. The folder must exist.
///
/// Clips are named by [`clip_name`]. Ranges that are the same to the millisecond are cut once. The
/// jobs have the action [`ACTION`], names of their own (UUIDs, version 7), and as parameters the
/// range's `start`, `end` (seconds) and `label`.
///
/// Ranges are of a content, not of a path: `expected` is the hash of what they were found in, if
/// that is known, and an input that holds something else is refused.
///
/// # Errors
///
/// See [`ExtractError`]. Nothing is recorded then.
///
/// ```
/// use media_processing_store::MediaProcessingStorage;
/// use media_schema::TimeRange;
/// use plugin_extract::{Control, extract};
///
/// let folder = tempfile::tempdir()?;
/// let storage = MediaProcessingStorage::open(folder.path().join("media.db"))?;
/// let ranges = [TimeRange::new(0.5, 1.25, "sound")];
/// let input = "../plugin-silence/samples/archive.wav";
/// let jobs = extract(&storage, input, None, &ranges, folder.path(), &mut Control::default())?;
/// assert_eq!(jobs[0].action, plugin_extract::ACTION);
/// assert!(storage.verify_output(&jobs[0].job_id)?.ok_or("recorded")?.is_intact());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn extract(
    storage: &MediaProcessingStorage,
    input: impl AsRef<Path>,
    expected: Option<&ContentHash>,
    ranges: &[TimeRange],
    folder: impl AsRef<Path>,
    control: &mut Control<'_>,
) -> Result<Vec<MediaProcessingRow>, ExtractError> {
    let (input, folder) = (input.as_ref(), folder.as_ref());
    extract_path(storage, input, expected, ranges, folder, control)
}

fn extract_path(
    storage: &MediaProcessingStorage,
    input: &Path,
    expected: Option<&ContentHash>,
    ranges: &[TimeRange],
    folder: &Path,
    control: &mut Control<'_>,
) -> Result<Vec<MediaProcessingRow>, ExtractError> {
    let (file, hash) = hash_input(input, expected, control)?;
    let (cuts, ranges) = plan(input, &hash, ranges, folder)?;
    let clips = cut(input, &cuts, control)?;
    let jobs = clips
        .iter()
        .zip(ranges)
        .map(|(clip, range)| job(input, &hash, clip, range))
        .collect::<Result<Vec<_>, _>>()?;
    // Asked last: what was cut is what was hashed.
    if !file.still_holds(input) {
        return Err(ExtractError::Changed {
            input: input.to_owned(),
            folder: folder.to_owned(),
        });
    }
    storage.save_many(&jobs)?;
    let mut rows = Vec::with_capacity(jobs.len());
    for job in &jobs {
        rows.extend(storage.get_by_job_id(job.job_id())?);
    }
    Ok(rows)
}

/// The hash of the input by SHA-256, if it holds what is expected.
fn hash_input(
    input: &Path,
    expected: Option<&ContentHash>,
    control: &Control<'_>,
) -> Result<(HashedFile, ContentHash), ExtractError> {
    let sha256 = DynAlgorithm::of::<Sha256>();
    let mut algorithms = vec![sha256];
    if let Some(expected) = expected.filter(|hash| hash.algorithm() != sha256.name()) {
        let known = Registry::builtin().get(expected.algorithm());
        algorithms.push(known.ok_or_else(|| ExtractError::Incomparable {
            input: input.to_owned(),
            expected: expected.clone(),
        })?);
    }
    let mut hasher = FileHasher::new(&algorithms);
    if let Some(cancel) = control.cancel {
        hasher = hasher.cancel(cancel);
    }
    let file = hasher.hash(input)?;
    if let Some(expected) = expected
        && let Some(actual) = file.hashes.last().filter(|actual| *actual != expected)
    {
        return Err(ExtractError::OtherContent {
            input: input.to_owned(),
            expected: expected.clone(),
            actual: actual.clone(),
        });
    }
    // There is one for each algorithm.
    let hash = match file.hashes.first() {
        Some(hash) => hash.clone(),
        None => hash_file::<Sha256>(input)?,
    };
    Ok((file, hash))
}

/// What to cut, and the range that each cut is of.
fn plan<'r>(
    input: &Path,
    hash: &ContentHash,
    ranges: &'r [TimeRange],
    folder: &Path,
) -> Result<(Vec<Cut>, Vec<&'r TimeRange>), CutError> {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let mut names = BTreeSet::new();
    let (mut cuts, mut kept) = (Vec::new(), Vec::new());
    for range in ranges {
        let name = clip_name(&stem, hash.as_str(), range.start, range.end)?;
        let output = folder.join(&name);
        if names.insert(name) {
            cuts.push(Cut {
                start: range.start,
                end: range.end,
                output,
            });
            kept.push(range);
        }
    }
    Ok((cuts, kept))
}

fn job(
    input: &Path,
    input_hash: &ContentHash,
    clip: &Clip,
    range: &TimeRange,
) -> Result<NewProcessing, ExtractError> {
    let output_hash = hash_file::<Sha256>(&clip.output)?;
    let new = || -> Result<NewProcessing, InvalidValue> {
        NewProcessing::new(
            Uuid::now_v7(),
            ACTION,
            (input, input_hash.clone()),
            (&clip.output, output_hash),
        )?
        .with_parameters(&Parameters {
            start: range.start,
            end: range.end,
            label: &range.label,
        })?
        .with_metadata(&Metadata {
            duration: clip.duration,
            frames: clip.frames,
        })
    };
    new().map_err(|source| ExtractError::Record {
        input: input.to_owned(),
        source,
    })
}
