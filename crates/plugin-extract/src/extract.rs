//! On the record: what a plugin adds to its cutter to be one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use media_audio::Control;
use media_hash::{
    ContentHash, DynAlgorithm, FileHasher, HashFileError, HashedFile, Registry, Sha256, hash_file,
};
use media_processing_store::MediaProcessingStorage;
use media_schema::{
    InvalidValue, MediaProcessingRow, NewProcessing, ProcessingBackend, StoreError, TimeRange,
};
use serde::Serialize;
use thiserror::Error;
use uuid::Uuid;

use crate::{Clip, Cut, CutError, clip_name, cut};

/// The action under which clips are recorded.
pub const ACTION: &str = "extract_segment";

/// What [`extract`] did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Extracted {
    /// The job of each clip, in the order of the ranges.
    pub jobs: Vec<MediaProcessingRow>,
    /// How many of them were cut; the others were there already.
    pub cut: usize,
}

/// The parameters of a clip's job.
#[derive(Serialize)]
struct Parameters<'a> {
    /// In seconds, as the range has it.
    start: f64,
    end: f64,
    label: &'a str,
    /// Only if it was, so that nobody is given what is left of a damaged file unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_damage: Option<bool>,
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
    /// The store failed. Clips that were cut are there, and not recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Cuts ranges out of an audio file into `folder`, and records one job for each clip, all in one
/// transaction. The folder must exist.
///
/// Clips are named by [`clip_name`]. Ranges that are the same to the millisecond are cut once. The
/// jobs have the action [`ACTION`], names of their own (UUIDs, version 7), and as parameters the
/// range's `start`, `end` (seconds) and `label`, and `allow_damage` where damage was allowed.
///
/// A clip that is recorded of the same content and range, and lies intact at its place, is neither
/// cut nor recorded again. If all of them do, nothing is decoded.
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
/// let cut = || extract(&storage, input, None, &ranges, folder.path(), &mut Control::default());
/// let first = cut()?;
/// assert_eq!(first.jobs[0].action, plugin_extract::ACTION);
/// assert!(storage.verify_output(&first.jobs[0].job_id)?.ok_or("recorded")?.is_intact());
///
/// let again = cut()?;
/// assert_eq!((again.cut, again.jobs), (0, first.jobs));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn extract<B: ProcessingBackend + Sync>(
    storage: &MediaProcessingStorage<B>,
    input: impl AsRef<Path>,
    expected: Option<&ContentHash>,
    ranges: &[TimeRange],
    folder: impl AsRef<Path>,
    control: &mut Control<'_>,
) -> Result<Extracted, ExtractError> {
    let (input, folder) = (input.as_ref(), folder.as_ref());
    extract_path(storage, input, expected, ranges, folder, control)
}

fn extract_path<B: ProcessingBackend + Sync>(
    storage: &MediaProcessingStorage<B>,
    input: &Path,
    expected: Option<&ContentHash>,
    ranges: &[TimeRange],
    folder: &Path,
    control: &mut Control<'_>,
) -> Result<Extracted, ExtractError> {
    let (file, hash) = hash_input(storage, input, expected, control)?;
    let (cuts, parameters) = plan(input, &hash, ranges, folder, control.allow_damage)?;
    let wanted: Vec<_> = parameters
        .iter()
        .zip(&cuts)
        .map(|(parameters, cut)| (parameters, &cut.output))
        .collect();
    let known = storage.find_reusable_at(ACTION, &hash, &wanted, control.cancel)?;
    let is_new = |index: &usize| known[*index].is_none();
    let new: Vec<_> = (0..cuts.len()).filter(is_new).collect();
    let mut jobs = Vec::with_capacity(new.len());
    if !new.is_empty() {
        let cuts: Vec<_> = new.iter().map(|index| cuts[*index].clone()).collect();
        for (clip, index) in cut(input, &cuts, control)?.iter().zip(&new) {
            jobs.push(job(input, &hash, clip, &parameters[*index])?);
        }
    }
    // Asked last: what was cut is what was hashed.
    if !file.still_holds(input) {
        return Err(ExtractError::Changed {
            input: input.to_owned(),
            folder: folder.to_owned(),
        });
    }
    if !jobs.is_empty() {
        storage.save_many(&jobs)?;
    }
    let mut saved = jobs.iter();
    let mut rows = Vec::with_capacity(known.len());
    for row in known {
        match row {
            Some(row) => rows.push(row),
            None => {
                if let Some(job) = saved.next() {
                    rows.extend(storage.get_by_job_id(job.job_id())?);
                }
            }
        }
    }
    Ok(Extracted {
        jobs: rows,
        cut: jobs.len(),
    })
}

/// The hash of the input by SHA-256, if it holds what is expected.
fn hash_input<B: ProcessingBackend + Sync>(
    storage: &MediaProcessingStorage<B>,
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
    let cache = storage.hash_cache();
    let mut hasher = FileHasher::new(&algorithms).cache(&cache);
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

/// What to cut, and the parameters of each cut.
fn plan<'r>(
    input: &Path,
    hash: &ContentHash,
    ranges: &'r [TimeRange],
    folder: &Path,
    allow_damage: bool,
) -> Result<(Vec<Cut>, Vec<Parameters<'r>>), CutError> {
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
            kept.push(Parameters {
                start: range.start,
                end: range.end,
                label: &range.label,
                allow_damage: allow_damage.then_some(true),
            });
        }
    }
    Ok((cuts, kept))
}

fn job(
    input: &Path,
    input_hash: &ContentHash,
    clip: &Clip,
    parameters: &Parameters<'_>,
) -> Result<NewProcessing, ExtractError> {
    let output_hash = hash_file::<Sha256>(&clip.output)?;
    let new = || -> Result<NewProcessing, InvalidValue> {
        NewProcessing::new(
            Uuid::now_v7(),
            ACTION,
            (input, input_hash.clone()),
            (&clip.output, output_hash),
        )?
        .with_parameters(parameters)?
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
