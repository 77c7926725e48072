//! The cache's front door for results that are JSON text already.

use std::error::Error;
use std::path::Path;

use media_hash::config_hash;
use media_schema::AnalysisBackend;
use serde::Serialize;

use crate::MediaAnalysisStorage;
use crate::error::AnalyzeError;
use crate::outcome::{AnalyzeOptions, Analyzed};

/// What an analyser found out about a file, as JSON text that is stored as it
/// is: integers of any length survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisJson {
    /// An array of time ranges.
    pub ranges: String,
    /// An object with what else there is to say, if anything.
    pub metadata: Option<String>,
}

impl<B: AnalysisBackend + Sync> MediaAnalysisStorage<B> {
    /// As [`get_or_analyze_with`](Self::get_or_analyze_with), for an analyser
    /// whose result is JSON text: another program, say.
    ///
    /// The text is checked to be valid JSON of the right kind. Whether the
    /// array holds time ranges is the caller's to check.
    ///
    /// # Errors
    /// See [`AnalyzeError`].
    ///
    /// ```
    /// use media_analysis_store::{AnalysisJson, AnalyzeOptions, MediaAnalysisStorage};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let clip = folder.path().join("clip.wav");
    /// std::fs::write(&clip, b"samples")?;
    /// let storage = MediaAnalysisStorage::open(folder.path().join("media.db"))?;
    ///
    /// let config = [("threshold", -40)];
    /// let options = AnalyzeOptions::default();
    /// let answer = storage.get_or_analyze_json(&clip, &config, options, |_path| {
    ///     let ranges = r#"[{"start": 0, "end": 1.5, "id": 123456789012345678901234567890}]"#;
    ///     Ok::<_, std::io::Error>(AnalysisJson { ranges: ranges.into(), metadata: None })
    /// })?;
    /// assert_eq!(answer.row.time_ranges()?[0].end, 1.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get_or_analyze_json<C, E>(
        &self,
        file_path: impl AsRef<Path>,
        config: &C,
        options: AnalyzeOptions<'_>,
        analyze: impl FnOnce(&Path) -> Result<AnalysisJson, E>,
    ) -> Result<Analyzed, AnalyzeError<E>>
    where
        C: Serialize + ?Sized,
        E: Error + 'static,
    {
        let path = file_path.as_ref();
        self.answer(path, &config_hash(config)?, options, |new| {
            let AnalysisJson { ranges, metadata } =
                analyze(path).map_err(|source| AnalyzeError::Analyzer {
                    path: path.into(),
                    source,
                })?;
            let new = new.with_ranges_json(ranges);
            match metadata {
                Some(metadata) => new.and_then(|new| new.with_metadata_json(metadata)),
                None => new,
            }
            .map_err(|source| AnalyzeError::Result {
                path: path.into(),
                source,
            })
        })
    }
}
