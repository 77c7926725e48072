//! Through the cache: what a plugin adds to its detector to be one.

use std::path::Path;

use media_analysis_store::{
    Analysis, AnalyzeError, AnalyzeOptions, Analyzed, MediaAnalysisStorage,
};
use media_audio::Control;
use media_schema::{AnalysisBackend, TimeRange};
use serde::Serialize;

use crate::{SilenceError, SilenceOptions, detect};

/// The configuration as it is hashed. A result of a damaged file is kept apart
/// from those of callers who do not want one.
#[derive(Serialize)]
struct Config<'a> {
    #[serde(flatten)]
    options: &'a SilenceOptions,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    allow_damage: bool,
}

/// The sound and silence in a file: from the cache if it holds that for this content and these
/// options, otherwise found by [`detect`] and saved.
///
/// The ranges are labelled `sound` and `silence`; the metadata are a [`Summary`](crate::Summary).
///
/// # Errors
///
/// [`AnalyzeError::Analyzer`] with what [`detect`] says; otherwise why the file could not be
/// hashed or the result not be saved. Nothing was saved then.
///
/// ```
/// use media_analysis_store::{AnalyzeOptions, MediaAnalysisStorage};
/// use plugin_silence::{Control, SilenceOptions, analyze};
///
/// let folder = tempfile::tempdir()?;
/// let storage = MediaAnalysisStorage::open(folder.path().join("media.db"))?;
/// let ask = || {
///     let (options, cache) = (SilenceOptions::default(), AnalyzeOptions::default());
///     analyze(&storage, "samples/archive.wav", &options, cache, &mut Control::default())
/// };
/// assert_eq!(ask()?.outcome.as_str(), "computed");
/// assert_eq!(ask()?.outcome.as_str(), "cached");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn analyze<B: AnalysisBackend + Sync>(
    storage: &MediaAnalysisStorage<B>,
    path: impl AsRef<Path>,
    options: &SilenceOptions,
    cache: AnalyzeOptions<'_>,
    control: &mut Control<'_>,
) -> Result<Analyzed, AnalyzeError<SilenceError>> {
    let config = Config {
        options,
        allow_damage: control.allow_damage,
    };
    storage.get_or_analyze_with(path, &config, cache, |path| {
        let found = detect(path, options, control)?;
        let ranges = found
            .segments
            .iter()
            .map(|segment| TimeRange::new(segment.start, segment.end, segment.kind.label()))
            .collect();
        Ok(Analysis {
            ranges,
            metadata: found.summary,
        })
    })
}
