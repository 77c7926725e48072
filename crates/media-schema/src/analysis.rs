//! Analysis results: one row for each file path and configuration.

use std::path::Path;

use media_hash::ContentHash;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ddl::ANALYSIS_JOBS;
use crate::error::{ColumnError, InvalidValue, RowError};
use crate::json_text::JsonKind;
use crate::text::path_key;
use crate::{FileRef, Job, JsonText, Role, StoredHash, Table, TimeRange, Timestamp, usual_ranges};

/// The kind of job that `analysis_jobs` holds.
#[derive(Debug, Clone, Copy)]
pub struct AnalysisJob;

/// What identifies an analysis: the file's path and the configuration's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisKey<'a> {
    /// The path, as it was saved.
    pub file_path: &'a str,
    /// The configuration's hash, as it was saved.
    pub config_hash: &'a str,
}

impl Job for AnalysisJob {
    type Key<'a> = AnalysisKey<'a>;
    type New = NewAnalysis;
    type Row = MediaAnalysisRow;
    type Filter = AnalysisFilter;

    const TABLE: &'static Table = &ANALYSIS_JOBS;

    fn key(new: &NewAnalysis) -> AnalysisKey<'_> {
        AnalysisKey {
            file_path: &new.file_path,
            config_hash: new.config_hash.as_str(),
        }
    }

    fn describe(key: AnalysisKey<'_>) -> String {
        format!("{} with config {}", key.file_path, key.config_hash)
    }

    fn files(row: &MediaAnalysisRow) -> Vec<FileRef<'_>> {
        vec![FileRef {
            role: Role::Source,
            path: &row.file_path,
            column: "file_hash",
            hash: &row.file_hash,
        }]
    }

    fn subject(row: &MediaAnalysisRow) -> &str {
        &row.file_path
    }

    fn created_at(row: &MediaAnalysisRow) -> Timestamp {
        row.created_at
    }
}

/// An analysis result to be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnalysis {
    file_path: String,
    file_hash: ContentHash,
    config_hash: ContentHash,
    ranges: Option<JsonText>,
    metadata: Option<JsonText>,
    created_at: Option<Timestamp>,
}

impl NewAnalysis {
    /// A result without ranges or metadata, for a file of this content.
    ///
    /// The path is the key, verbatim: make it absolute if look-ups come from
    /// elsewhere.
    ///
    /// # Errors
    /// If the path is not UTF-8 or holds a NUL.
    pub fn new(
        file_path: impl AsRef<Path>,
        file_hash: ContentHash,
        config_hash: ContentHash,
    ) -> Result<Self, InvalidValue> {
        Ok(Self {
            file_path: path_key(file_path.as_ref(), "file_path")?.to_owned(),
            file_hash,
            config_hash,
            ranges: None,
            metadata: None,
            created_at: None,
        })
    }

    /// Sets what was found. None at all is a result too, and stored as `[]`.
    ///
    /// # Errors
    /// If a range holds a float that is not finite.
    pub fn with_ranges(mut self, ranges: &[TimeRange]) -> Result<Self, InvalidValue> {
        let ranges = JsonText::from_value(ranges, JsonKind::Array, "ranges")?;
        self.ranges = Some(ranges);
        Ok(self)
    }

    /// Sets the ranges from JSON text, which is kept verbatim.
    ///
    /// # Errors
    /// If it is not valid JSON, not an array, nested deeper than 127, or longer than
    /// [`JsonText::MAX_LEN`].
    pub fn with_ranges_json(mut self, ranges: impl Into<String>) -> Result<Self, InvalidValue> {
        self.ranges = Some(JsonText::new(ranges, JsonKind::Array, "ranges")?);
        Ok(self)
    }

    /// Sets what else the analyser says: a struct or map.
    ///
    /// # Errors
    /// If it does not serialise to a JSON object.
    pub fn with_metadata<T: Serialize + ?Sized>(
        mut self,
        metadata: &T,
    ) -> Result<Self, InvalidValue> {
        let text = JsonText::from_value(metadata, JsonKind::Object, "metadata")?;
        self.metadata = Some(text);
        Ok(self)
    }

    /// Sets the metadata from JSON text, which is kept verbatim.
    ///
    /// # Errors
    /// If it is not valid JSON, not an object, nested deeper than 127, or longer than
    /// [`JsonText::MAX_LEN`].
    pub fn with_metadata_json(mut self, metadata: impl Into<String>) -> Result<Self, InvalidValue> {
        self.metadata = Some(JsonText::new(metadata, JsonKind::Object, "metadata")?);
        Ok(self)
    }

    /// Sets the time of the result; the time of saving unless set.
    #[must_use]
    pub fn with_created_at(mut self, created_at: Timestamp) -> Self {
        self.created_at = Some(created_at);
        self
    }

    /// The path that is the key.
    #[must_use]
    pub fn file_path(&self) -> &str {
        &self.file_path
    }

    /// The content that was analysed.
    #[must_use]
    pub fn file_hash(&self) -> &ContentHash {
        &self.file_hash
    }

    /// The configuration that was used.
    #[must_use]
    pub fn config_hash(&self) -> &ContentHash {
        &self.config_hash
    }

    /// The ranges, if set.
    #[must_use]
    pub fn ranges(&self) -> Option<&JsonText> {
        self.ranges.as_ref()
    }

    /// The metadata, if set.
    #[must_use]
    pub fn metadata(&self) -> Option<&JsonText> {
        self.metadata.as_ref()
    }

    /// The time of the result, if set.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
}

/// A row of `analysis_jobs`, with the fields of its columns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaAnalysisRow {
    /// The row's number, kept when the result is saved again.
    pub id: i64,
    /// The analysed file.
    pub file_path: String,
    /// What it held when it was analysed.
    pub file_hash: StoredHash,
    /// The configuration that was used.
    pub config_hash: StoredHash,
    /// What was found; `None` if a peer stored nothing.
    pub ranges: Option<JsonText>,
    /// What else the analyser said.
    pub metadata: Option<JsonText>,
    /// When the row was saved.
    pub created_at: Timestamp,
}

impl MediaAnalysisRow {
    /// The columns that a row is read from, in the order of the fields.
    pub const COLUMNS: &'static [&'static str] = &[
        "id",
        "file_path",
        "file_hash",
        "config_hash",
        "ranges",
        "metadata",
        "created_at",
    ];

    /// Puts a row together: for backends.
    #[must_use]
    pub fn from_columns(
        id: i64,
        file_path: String,
        [file_hash, config_hash]: [StoredHash; 2],
        [ranges, metadata]: [Option<JsonText>; 2],
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            file_path,
            file_hash,
            config_hash,
            ranges,
            metadata,
            created_at,
        }
    }

    /// The ranges as typed values; empty if there are none.
    ///
    /// # Errors
    /// If a peer stored text that is not JSON ranges; the error names the row.
    pub fn time_ranges(&self) -> Result<Vec<TimeRange>, RowError> {
        let text = self.ranges.as_ref();
        if let Some(ranges) = text.and_then(|text| usual_ranges::parse(text.as_str())) {
            return Ok(ranges);
        }
        self.parse("ranges", text).map(Option::unwrap_or_default)
    }

    /// The metadata as `T`; `None` if there is none.
    ///
    /// # Errors
    /// If the text does not fit `T`; the error names the row.
    pub fn metadata_as<T: DeserializeOwned>(&self) -> Result<Option<T>, RowError> {
        self.parse("metadata", self.metadata.as_ref())
    }

    fn parse<T: DeserializeOwned>(
        &self,
        column: &'static str,
        text: Option<&JsonText>,
    ) -> Result<Option<T>, RowError> {
        RowError::parsing(ANALYSIS_JOBS.name, self.id, column, text)
    }
}

impl RowError {
    /// Parses a JSON column, or says where it stands.
    pub(crate) fn parsing<T: DeserializeOwned>(
        table: &'static str,
        id: i64,
        column: &'static str,
        text: Option<&JsonText>,
    ) -> Result<Option<T>, Self> {
        text.map(JsonText::get).transpose().map_err(|source| Self {
            table,
            row: id.to_string(),
            column,
            reason: ColumnError::Json(source),
        })
    }
}

/// What a list of analyses can be narrowed by. Each one set must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnalysisFilter {
    /// Only results of this path.
    pub file_path: Option<String>,
    /// Only results of this content, as stored.
    pub file_hash: Option<String>,
    /// Only results of this configuration, as stored.
    pub config_hash: Option<String>,
    /// Only results from this time on.
    pub since: Option<Timestamp>,
    /// Only results from before this time.
    pub until: Option<Timestamp>,
}
