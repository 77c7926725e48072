//! Processing jobs: which file was made from which.

use std::path::Path;

use media_hash::ContentHash;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ddl::PROCESSING_JOBS;
use crate::error::{InvalidValue, RowError};
use crate::json_text::JsonKind;
use crate::text::{check, path_key};
use crate::{FileRef, Job, JsonText, Role, StoredHash, Table, Timestamp};

/// The kind of job that `processing_jobs` holds.
#[derive(Debug, Clone, Copy)]
pub struct ProcessingJob;

/// What identifies a processing job: the name that its caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessingKey<'a> {
    /// The job's name.
    pub job_id: &'a str,
}

impl Job for ProcessingJob {
    type Key<'a> = ProcessingKey<'a>;
    type New = NewProcessing;
    type Row = MediaProcessingRow;
    type Filter = ProcessingFilter;

    const TABLE: &'static Table = &PROCESSING_JOBS;

    fn key(new: &NewProcessing) -> ProcessingKey<'_> {
        ProcessingKey {
            job_id: &new.job_id,
        }
    }

    fn describe(key: ProcessingKey<'_>) -> String {
        format!("job {:?}", key.job_id)
    }

    fn files(row: &MediaProcessingRow) -> Vec<FileRef<'_>> {
        vec![
            FileRef {
                role: Role::Input,
                path: &row.input_path,
                column: "input_hash",
                hash: &row.input_hash,
            },
            FileRef {
                role: Role::Output,
                path: &row.output_path,
                column: "output_hash",
                hash: &row.output_hash,
            },
        ]
    }

    fn subject(row: &MediaProcessingRow) -> &str {
        &row.output_path
    }

    fn created_at(row: &MediaProcessingRow) -> Timestamp {
        row.created_at
    }
}

/// A processing job to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProcessing {
    job_id: String,
    action: String,
    input_path: String,
    input_hash: ContentHash,
    output_path: String,
    output_hash: ContentHash,
    parameters: Option<JsonText>,
    metadata: Option<JsonText>,
    created_at: Option<Timestamp>,
}

impl NewProcessing {
    /// A job without parameters or metadata. `input` and `output` are a path
    /// and the hash of what lies there.
    ///
    /// # Errors
    /// If a path is not UTF-8, or a text holds a NUL.
    pub fn new(
        job_id: impl Into<String>,
        action: impl Into<String>,
        (input_path, input_hash): (impl AsRef<Path>, ContentHash),
        (output_path, output_hash): (impl AsRef<Path>, ContentHash),
    ) -> Result<Self, InvalidValue> {
        let (job_id, action) = (job_id.into(), action.into());
        check(&job_id, "job_id")?;
        check(&action, "action")?;
        Ok(Self {
            job_id,
            action,
            input_path: path_key(input_path.as_ref(), "input_path")?.to_owned(),
            input_hash,
            output_path: path_key(output_path.as_ref(), "output_path")?.to_owned(),
            output_hash,
            parameters: None,
            metadata: None,
            created_at: None,
        })
    }

    /// Sets the action's parameters: a struct or map.
    ///
    /// # Errors
    /// If they do not serialise to a JSON object.
    pub fn with_parameters<T: Serialize + ?Sized>(
        mut self,
        parameters: &T,
    ) -> Result<Self, InvalidValue> {
        let text = JsonText::from_value(parameters, JsonKind::Object, "parameters")?;
        self.parameters = Some(text);
        Ok(self)
    }

    /// Sets the parameters from JSON text, which is kept verbatim.
    ///
    /// # Errors
    /// If it is not valid JSON, not an object, nested deeper than 127, or longer than
    /// [`JsonText::MAX_LEN`].
    pub fn with_parameters_json(
        mut self,
        parameters: impl Into<String>,
    ) -> Result<Self, InvalidValue> {
        self.parameters = Some(JsonText::new(parameters, JsonKind::Object, "parameters")?);
        Ok(self)
    }

    /// Sets what else the processor says: a struct or map.
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

    /// Sets the time of the job; the time of saving unless set.
    #[must_use]
    pub fn with_created_at(mut self, created_at: Timestamp) -> Self {
        self.created_at = Some(created_at);
        self
    }

    /// The job's name.
    #[must_use]
    pub fn job_id(&self) -> &str {
        &self.job_id
    }

    /// What was done.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The file that was read.
    #[must_use]
    pub fn input_path(&self) -> &str {
        &self.input_path
    }

    /// What the input held.
    #[must_use]
    pub fn input_hash(&self) -> &ContentHash {
        &self.input_hash
    }

    /// The file that was written.
    #[must_use]
    pub fn output_path(&self) -> &str {
        &self.output_path
    }

    /// What the output holds.
    #[must_use]
    pub fn output_hash(&self) -> &ContentHash {
        &self.output_hash
    }

    /// The parameters, if set.
    #[must_use]
    pub fn parameters(&self) -> Option<&JsonText> {
        self.parameters.as_ref()
    }

    /// The metadata, if set.
    #[must_use]
    pub fn metadata(&self) -> Option<&JsonText> {
        self.metadata.as_ref()
    }

    /// The time of the job, if set.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
}

/// A row of `processing_jobs`, with the fields of its columns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaProcessingRow {
    /// The row's number.
    pub id: i64,
    /// The job's own name.
    pub job_id: String,
    /// What was done.
    pub action: String,
    /// The file that was read.
    pub input_path: String,
    /// What it held.
    pub input_hash: StoredHash,
    /// The file that was written.
    pub output_path: String,
    /// What it held.
    pub output_hash: StoredHash,
    /// The action's parameters.
    pub parameters: Option<JsonText>,
    /// What else the processor said.
    pub metadata: Option<JsonText>,
    /// When the row was saved.
    pub created_at: Timestamp,
    /// The hash of the parameters, in a file that has a column for it: one
    /// of the Python library's second generation.
    pub config_hash: Option<StoredHash>,
}

impl MediaProcessingRow {
    /// The columns that a row is read from, in the order of the fields.
    /// `config_hash` is not among them: few files have it.
    pub const COLUMNS: &'static [&'static str] = &[
        "id",
        "job_id",
        "action",
        "input_path",
        "input_hash",
        "output_path",
        "output_hash",
        "parameters",
        "metadata",
        "created_at",
    ];

    /// Puts a row together: for backends.
    #[must_use]
    pub fn from_columns(
        id: i64,
        [job_id, action]: [String; 2],
        (input_path, input_hash): (String, StoredHash),
        (output_path, output_hash): (String, StoredHash),
        [parameters, metadata]: [Option<JsonText>; 2],
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            job_id,
            action,
            input_path,
            input_hash,
            output_path,
            output_hash,
            parameters,
            metadata,
            created_at,
            config_hash: None,
        }
    }

    /// The parameters as `T`; `None` if there are none.
    ///
    /// # Errors
    /// If the text does not fit `T`; the error names the row.
    pub fn parameters_as<T: DeserializeOwned>(&self) -> Result<Option<T>, RowError> {
        self.parse("parameters", self.parameters.as_ref())
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
        RowError::parsing(PROCESSING_JOBS.name, self.id, column, text)
    }
}

/// What a list of processing jobs can be narrowed by. Each one set must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProcessingFilter {
    /// Only jobs of this action.
    pub action: Option<String>,
    /// Only jobs that read or wrote this path.
    pub path: Option<String>,
    /// Only jobs that read this path.
    pub input_path: Option<String>,
    /// Only jobs that wrote this path.
    pub output_path: Option<String>,
    /// Only jobs that read or wrote this content, as stored.
    pub hash: Option<String>,
    /// Only jobs from this time on.
    pub since: Option<Timestamp>,
    /// Only jobs from before this time.
    pub until: Option<Timestamp>,
}
