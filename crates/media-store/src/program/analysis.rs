//! What an analyser prints: ranges, and what else there is to say.

use std::collections::BTreeMap;
use std::fmt;

use media_analysis_store::AnalysisJson;
use media_hash::{CanonicalJsonError, JsonPlace, canonicalize_json};
use media_schema::TimeRange;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::output::printable;

/// The most characters of the output that an error quotes.
const EXCERPT: usize = 60;

/// Why the output is no analysis.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    #[error("it printed nothing: where nothing was found, print []")]
    Nothing,
    #[error("it is not UTF-8 from byte {at} on")]
    NotUnicode { at: usize },
    #[error("near {}", excerpt(near))]
    Json {
        near: String,
        source: CanonicalJsonError,
    },
    #[error("{place}: expected {expected}, found {}", excerpt(found))]
    Shape {
        place: Place,
        expected: &'static str,
        found: String,
    },
    #[error("key {key:?} is neither `ranges` nor `metadata`: put it into `metadata`")]
    UnknownKey { key: String },
    #[error("range {number} cannot be read, {}", excerpt(found))]
    Range {
        number: usize,
        found: String,
        source: serde_json::Error,
    },
}

/// Where in the output.
#[derive(Debug)]
pub(crate) enum Place {
    Top,
    Key(&'static str),
    /// A range, from 1.
    Range(usize),
    RangeKey(usize, &'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => f.write_str("standard output"),
            Self::Key(key) => write!(f, "`{key}`"),
            Self::Range(number) => write!(f, "range {number}"),
            Self::RangeKey(number, key) => write!(f, "range {number}, `{key}`"),
        }
    }
}

/// Reads an array of ranges, or an object with `ranges` and perhaps
/// `metadata`, and makes it canonical.
pub(crate) fn parse(output: Vec<u8>) -> Result<AnalysisJson, OutputError> {
    let text = String::from_utf8(output).map_err(|error| OutputError::NotUnicode {
        at: error.utf8_error().valid_up_to(),
    })?;
    if text.trim_ascii().is_empty() {
        return Err(OutputError::Nothing);
    }
    let canonical = canonicalize_json(&text).map_err(|source| OutputError::Json {
        near: near(&text, &source).to_owned(),
        source,
    })?;
    drop(text);
    if canonical.starts_with('[') {
        check_ranges(&canonical)?;
        return Ok(AnalysisJson {
            ranges: canonical,
            metadata: None,
        });
    }
    let expected = "an array of ranges, or an object with `ranges`";
    let Ok(mut keys) = serde_json::from_str::<BTreeMap<String, &RawValue>>(&canonical) else {
        return Err(shape(Place::Top, expected, &canonical));
    };
    let ranges = keys.remove("ranges").map(RawValue::get);
    let metadata = keys.remove("metadata").map(RawValue::get);
    if let Some((key, _)) = keys.pop_first() {
        return Err(OutputError::UnknownKey { key });
    }
    let ranges = ranges.ok_or_else(|| shape(Place::Top, expected, &canonical))?;
    if !ranges.starts_with('[') {
        return Err(shape(Place::Key("ranges"), "an array", ranges));
    }
    check_ranges(ranges)?;
    let metadata = metadata.filter(|metadata| *metadata != "null");
    if let Some(metadata) = metadata
        && serde_json::from_str::<Map<String, Value>>(metadata).is_err()
    {
        return Err(shape(Place::Key("metadata"), "an object", metadata));
    }
    Ok(AnalysisJson {
        ranges: ranges.to_owned(),
        metadata: metadata.map(str::to_owned),
    })
}

fn shape(place: Place, expected: &'static str, found: &str) -> OutputError {
    OutputError::Shape {
        place,
        expected,
        found: first(found).to_owned(),
    }
}

/// Refuses what would not read back as ranges.
fn check_ranges(ranges: &str) -> Result<(), OutputError> {
    let ranges: Vec<&RawValue> = serde_json::from_str(ranges)
        .map_err(|_| shape(Place::Key("ranges"), "an array", ranges))?;
    for (range, number) in ranges.into_iter().map(RawValue::get).zip(1..) {
        match serde_json::from_str::<TimeRange>(range) {
            Ok(TimeRange { start, end, .. }) if start <= end => {}
            Ok(_) => {
                let expected = "a `start` that is not after `end`";
                return Err(shape(Place::Range(number), expected, range));
            }
            Err(source) => return Err(diagnose(number, range, source)),
        }
    }
    Ok(())
}

/// Finds what is wrong with a range.
fn diagnose(number: usize, range: &str, source: serde_json::Error) -> OutputError {
    let Ok(keys) = serde_json::from_str::<BTreeMap<String, &RawValue>>(range) else {
        return shape(Place::Range(number), "an object", range);
    };
    let seconds = "a number of seconds";
    for (key, expected) in [
        ("start", seconds),
        ("end", seconds),
        ("label", "text"),
        ("confidence", "a number or null"),
        ("payload", "an object or null"),
    ] {
        let json = keys.get(key).map(|json| json.get());
        let is_right = match (key, json) {
            ("start" | "end", json) => json.is_some_and(parses::<f64>),
            (_, None) => true,
            ("label", Some(json)) => parses::<String>(json),
            ("confidence", Some(json)) => parses::<Option<f64>>(json),
            (_, Some(json)) => parses::<Option<Map<String, Value>>>(json),
        };
        if !is_right {
            let found = json.unwrap_or(range);
            return shape(Place::RangeKey(number, key), expected, found);
        }
    }
    OutputError::Range {
        number,
        found: first(range).to_owned(),
        source,
    }
}

fn parses<'de, T: serde::Deserialize<'de>>(json: &'de str) -> bool {
    serde_json::from_str::<T>(json).is_ok()
}

/// The text about the place that an error names.
fn near<'t>(text: &'t str, error: &CanonicalJsonError) -> &'t str {
    let (CanonicalJsonError::Syntax { place, .. }
    | CanonicalJsonError::NonFinite { place, .. }
    | CanonicalJsonError::TooDeep { place }) = error
    else {
        return first(text);
    };
    let JsonPlace::Text { line, column } = place else {
        return first(text);
    };
    let line = text.split('\n').nth(line - 1).unwrap_or_default();
    let start = column.saturating_sub(1 + EXCERPT / 2);
    let start = line.char_indices().nth(start).map_or(0, |(at, _)| at);
    first(&line[start..])
}

/// Somewhat more than an excerpt, so that it shows whether there is more.
fn first(text: &str) -> &str {
    let end = text.char_indices().nth(EXCERPT + 1);
    end.map_or(text, |(end, _)| &text[..end])
}

/// A quotation that is safe to show.
fn excerpt(text: &str) -> String {
    let end = text.char_indices().nth(EXCERPT).map(|(end, _)| end);
    let more = if end.is_some() { "…" } else { "" };
    let shown = printable(text[..end.unwrap_or(text.len())].to_owned());
    format!("`{shown}{more}`")
}
