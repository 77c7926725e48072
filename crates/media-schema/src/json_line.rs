//! Rows as lines of JSON, for export and import: written once for every
//! backend, and exact to the byte.
//!
//! A line is an object. `table` comes first, then the columns under their
//! names, without `id`, which is a number of one file. A JSON column stands
//! there as it is stored. Where that is impossible, because the text is not
//! valid JSON, would break the line, or would be taken for something else, the
//! exact text comes as a string under `<column>_raw` too, and counts.

mod history;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::ddl::{ANALYSIS_JOBS, PROCESSING_JOBS};
use crate::{
    ExportedCheck, FIXITY_AUDITS, FIXITY_CHECKS, JsonText, MediaAnalysisRow, MediaProcessingRow,
    PastAudit, StoredHash, Timestamp,
};

/// A row of any table that is exported.
#[derive(Debug, Clone, PartialEq)]
pub enum AnyRow {
    /// A row of `analysis_jobs`.
    Analysis(MediaAnalysisRow),
    /// A row of `processing_jobs`.
    Processing(MediaProcessingRow),
    /// A row of `fixity_audits`.
    Audit(PastAudit),
    /// A row of `fixity_checks`.
    Check(ExportedCheck),
}

/// Why a line is not a row.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JsonLineError {
    /// The line is not an object in JSON.
    #[error("not a JSON object: {reason} at byte {at}")]
    NotJson {
        /// Where, counted from 1.
        at: usize,
        /// What the parser says.
        reason: String,
    },
    /// No `table`, or not one of ours.
    #[error(
        "not a row: \"table\" must be \"analysis_jobs\", \"processing_jobs\", \"fixity_audits\" or \
         \"fixity_checks\", and is {}",
        found.as_deref().unwrap_or("missing")
    )]
    Table {
        /// The text that is there.
        found: Option<String>,
    },
    /// A column that must be there is not.
    #[error("{column} is missing")]
    Missing {
        /// The column.
        column: &'static str,
    },
    /// A column holds what it cannot keep.
    #[error("{column} takes {expected}")]
    WrongType {
        /// The column, or its `_raw`.
        column: String,
        /// What it is for.
        expected: &'static str,
    },
    /// A text holds a NUL character, which no backend keeps. An escape inside
    /// the text of a JSON column is none.
    #[error("{column} holds a NUL character: no backend keeps that")]
    Nul {
        /// The column.
        column: &'static str,
    },
    /// A key that is no column: something would be lost.
    #[error("{key:?} is no column of this table")]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// A key that stands there twice.
    #[error("{key:?} stands there twice")]
    RepeatedKey {
        /// The key.
        key: String,
    },
}

impl MediaAnalysisRow {
    /// Writes the row as a line of JSON, its line break included.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json_line(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\"table\":\"{}\"", ANALYSIS_JOBS.name)?;
        write_text(out, "file_path", &self.file_path)?;
        write_text(out, "file_hash", self.file_hash.as_str())?;
        write_text(out, "config_hash", self.config_hash.as_str())?;
        write_json(out, "ranges", self.ranges.as_ref())?;
        write_json(out, "metadata", self.metadata.as_ref())?;
        write_end(out, self.created_at)
    }
}

impl MediaProcessingRow {
    /// Writes the row as a line of JSON, its line break included. It has
    /// `config_hash` if the row's file has that column.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json_line(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\"table\":\"{}\"", PROCESSING_JOBS.name)?;
        write_text(out, "job_id", &self.job_id)?;
        write_text(out, "action", &self.action)?;
        write_text(out, "input_path", &self.input_path)?;
        write_text(out, "input_hash", self.input_hash.as_str())?;
        write_text(out, "output_path", &self.output_path)?;
        write_text(out, "output_hash", self.output_hash.as_str())?;
        if let Some(config_hash) = &self.config_hash {
            write_text(out, "config_hash", config_hash.as_str())?;
        }
        write_json(out, "parameters", self.parameters.as_ref())?;
        write_json(out, "metadata", self.metadata.as_ref())?;
        write_end(out, self.created_at)
    }
}

fn write_text(out: &mut impl Write, column: &str, text: &str) -> io::Result<()> {
    write!(out, ",\"{column}\":")?;
    Ok(serde_json::to_writer(out, text)?)
}

fn write_json(out: &mut impl Write, column: &str, text: Option<&JsonText>) -> io::Result<()> {
    write!(out, ",\"{column}\":")?;
    let Some(text) = text else {
        return out.write_all(b"null");
    };
    let stored = text.as_str();
    if !text.is_valid() {
        out.write_all(b"null")?;
    } else if is_exact_inside(stored) {
        return out.write_all(stored.as_bytes());
    } else {
        // Valid JSON has line breaks only between its tokens.
        let on_one_line = stored.replace(['\n', '\r'], " ");
        out.write_all(on_one_line.as_bytes())?;
    }
    write_text(out, &format!("{column}_raw"), stored)
}

/// Whether valid JSON comes back as it was when it is cut out of a line:
/// without line breaks, without space around it, and not to be taken for NULL.
fn is_exact_inside(json: &str) -> bool {
    let blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let bytes = json.as_bytes();
    json != "null"
        && !blank(bytes.first())
        && !blank(bytes.last())
        && !bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

fn write_time(out: &mut impl Write, column: &str, time: Timestamp) -> io::Result<()> {
    // The shortest form that reads back as the same float.
    write!(out, ",\"{column}\":{:?}", time.as_unix_seconds())
}

fn write_end(out: &mut impl Write, created_at: Timestamp) -> io::Result<()> {
    write_time(out, "created_at", created_at)?;
    writeln!(out, "}}")
}

impl AnyRow {
    /// Reads a line that `write_json_line` wrote, or one like it. Keys may come
    /// in any order; an `id` is passed over, and the row's is 0.
    ///
    /// ```
    /// use media_schema::AnyRow;
    ///
    /// let line = r#"{"table":"analysis_jobs","file_path":"/a.wav","file_hash":"sha256:00",
    ///     "config_hash":"abc","ranges":[1e-07],"metadata":null,"created_at":1767225602.5}"#;
    /// let AnyRow::Analysis(row) = AnyRow::from_json_line(line)? else { panic!() };
    /// assert_eq!(row.ranges.unwrap().as_str(), "[1e-07]");
    /// # Ok::<(), media_schema::JsonLineError>(())
    /// ```
    ///
    /// # Errors
    /// If the line is not such an object, a key is missing, unknown, there twice,
    /// or of another type, or a text holds a NUL character.
    pub fn from_json_line(line: &str) -> Result<Self, JsonLineError> {
        let mut fields = Fields::parse(line)?;
        fields.take("id");
        let row = match fields.any_text("table") {
            Ok(table) if table == ANALYSIS_JOBS.name => Self::Analysis(fields.analysis()?),
            Ok(table) if table == PROCESSING_JOBS.name => Self::Processing(fields.processing()?),
            Ok(table) if table == FIXITY_AUDITS.name => Self::Audit(fields.audit()?),
            Ok(table) if table == FIXITY_CHECKS.name => Self::Check(fields.check()?),
            Ok(table) => return Err(JsonLineError::Table { found: Some(table) }),
            Err(_) => return Err(JsonLineError::Table { found: None }),
        };
        match fields.0.pop() {
            Some((key, _)) => Err(JsonLineError::UnknownKey {
                key: key.into_owned(),
            }),
            None => Ok(row),
        }
    }
}

/// The keys of a line with their values, as they are written.
struct Fields<'l>(Vec<(Cow<'l, str>, &'l RawValue)>);

impl<'l> Fields<'l> {
    fn parse(line: &'l str) -> Result<Self, JsonLineError> {
        // Without its break, or what is missing would be so at byte 0 of the next.
        let line = line.trim_ascii_end();
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let fields = deserializer
            .deserialize_map(FieldsVisitor)
            .and_then(|fields| deserializer.end().map(|()| fields))
            .map_err(|error| {
                let reason = error.to_string();
                // Its line is always the first.
                let reason = reason.rsplit_once(" at line ").map_or(&*reason, |(a, _)| a);
                JsonLineError::NotJson {
                    // 0 if it is the whole that is something else.
                    at: error.column().max(1),
                    reason: reason.to_owned(),
                }
            })?;
        for (at, (key, _)) in fields.0.iter().enumerate() {
            if fields.0[..at].iter().any(|(before, _)| before == key) {
                return Err(JsonLineError::RepeatedKey {
                    key: key.clone().into_owned(),
                });
            }
        }
        Ok(fields)
    }

    fn analysis(&mut self) -> Result<MediaAnalysisRow, JsonLineError> {
        Ok(MediaAnalysisRow::from_columns(
            0,
            self.text("file_path")?,
            [self.hash("file_hash")?, self.hash("config_hash")?],
            [self.json("ranges")?, self.json("metadata")?],
            self.time("created_at")?,
        ))
    }

    fn processing(&mut self) -> Result<MediaProcessingRow, JsonLineError> {
        let mut row = MediaProcessingRow::from_columns(
            0,
            [self.text("job_id")?, self.text("action")?],
            (self.text("input_path")?, self.hash("input_hash")?),
            (self.text("output_path")?, self.hash("output_hash")?),
            [self.json("parameters")?, self.json("metadata")?],
            self.time("created_at")?,
        );
        row.config_hash = match self.hash("config_hash") {
            Err(JsonLineError::Missing { .. }) => None,
            hash => Some(hash?),
        };
        Ok(row)
    }

    fn take(&mut self, key: &str) -> Option<&'l RawValue> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.swap_remove(at).1)
    }

    fn any_text(&mut self, column: &'static str) -> Result<String, JsonLineError> {
        let value = self.take(column).ok_or(JsonLineError::Missing { column })?;
        string(value).ok_or_else(|| wrong_type(column, "text"))
    }

    fn text(&mut self, column: &'static str) -> Result<String, JsonLineError> {
        refuse_nul(self.any_text(column)?, column)
    }

    fn hash(&mut self, column: &'static str) -> Result<StoredHash, JsonLineError> {
        self.text(column).map(StoredHash::from)
    }

    fn time(&mut self, column: &'static str) -> Result<Timestamp, JsonLineError> {
        let value = self.take(column).ok_or(JsonLineError::Missing { column })?;
        time(value).ok_or_else(|| wrong_type(column, "a finite number of seconds"))
    }

    /// A JSON column: verbatim what stands there, or else its `_raw`.
    fn json(&mut self, column: &'static str) -> Result<Option<JsonText>, JsonLineError> {
        const EXPECTED: &str = "JSON other than a number, which a database would not keep as text";
        let raw_column = format!("{column}_raw");
        let value = self.take(column).ok_or(JsonLineError::Missing { column })?;
        let text = match self.take(&raw_column).map(RawValue::get) {
            None | Some("null") if value.get() == "null" => return Ok(None),
            None | Some("null") => value.get().to_owned(),
            Some(raw) => serde_json::from_str(raw).map_err(|_| wrong_type(raw_column, "text"))?,
        };
        if is_number(&text) {
            return Err(wrong_type(column, EXPECTED));
        }
        Ok(Some(JsonText::from_stored(refuse_nul(text, column)?)))
    }
}

fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

fn refuse_nul(text: String, column: &'static str) -> Result<String, JsonLineError> {
    if text.contains('\0') {
        return Err(JsonLineError::Nul { column });
    }
    Ok(text)
}

fn time(value: &RawValue) -> Option<Timestamp> {
    // The standard library's parser is exact; serde_json's depends on a feature.
    let seconds = value.get().parse().ok()?;
    Timestamp::from_unix_seconds(seconds)
}

fn wrong_type(column: impl Into<String>, expected: &'static str) -> JsonLineError {
    JsonLineError::WrongType {
        column: column.into(),
        expected,
    }
}

/// Whether a column with the affinity of numbers would make one of this text.
fn is_number(text: &str) -> bool {
    let is_space = |c: char| c.is_ascii_whitespace() || c == '\x0b';
    let text = text.trim_matches(is_space);
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}

struct FieldsVisitor;

impl<'l> Visitor<'l> for FieldsVisitor {
    type Value = Fields<'l>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Fields<'l>, A::Error> {
        let mut fields = Vec::with_capacity(16);
        while let Some((Key(key), value)) = map.next_entry()? {
            fields.push((key, value));
        }
        Ok(Fields(fields))
    }
}

/// A key, borrowed unless it has escapes.
#[derive(serde::Deserialize)]
struct Key<'l>(#[serde(borrow)] Cow<'l, str>);
