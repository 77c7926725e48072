//! A labelled stretch of a media file, as the `ranges` column holds it.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

/// One range of an analysis: from `start` to `end`, in seconds.
///
/// Reads what the Python library writes: `label` defaults to `segment`,
/// `confidence` and `payload` may be missing or null. Fields that this type
/// does not know are kept in [`extra`](Self::extra) and written back.
///
/// ```
/// use media_schema::TimeRange;
///
/// let range: TimeRange = serde_json::from_str(r#"{"start": 0, "end": 1.5, "speaker": "Zoë"}"#)?;
/// assert_eq!((range.start, range.end), (0.0, 1.5));
/// assert_eq!(range.label, "segment");
/// assert_eq!(range.extra["speaker"], "Zoë");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TimeRange {
    /// Where the range begins, in seconds from the start of the media.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
    /// What the range is: `speech`, `silence`, `scene`, …
    pub label: String,
    /// How sure the analyser is, from 0 to 1, if it says.
    pub confidence: Option<f64>,
    /// What else the analyser found out about the range.
    pub payload: Map<String, Value>,
    /// Fields beside those above, kept as they were read.
    pub extra: Map<String, Value>,
}

impl TimeRange {
    /// A range with a label and nothing else.
    #[must_use]
    pub fn new(start: f64, end: f64, label: impl Into<String>) -> Self {
        Self {
            start,
            end,
            label: label.into(),
            confidence: None,
            payload: Map::new(),
            extra: Map::new(),
        }
    }

    /// The length in seconds.
    #[must_use]
    pub fn duration(&self) -> f64 {
        self.end - self.start
    }
}

impl Serialize for TimeRange {
    /// Leaves out an unknown confidence and an empty payload, which are the
    /// defaults on reading.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        // In sorted order, so that canonical JSON need not reorder.
        if let Some(confidence) = self.confidence {
            map.serialize_entry("confidence", &confidence)?;
        }
        map.serialize_entry("end", &self.end)?;
        map.serialize_entry("label", &self.label)?;
        if !self.payload.is_empty() {
            map.serialize_entry("payload", &self.payload)?;
        }
        map.serialize_entry("start", &self.start)?;
        for (name, value) in &self.extra {
            if !KNOWN.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

const KNOWN: [&str; 5] = ["start", "end", "label", "confidence", "payload"];

/// A field's name: one of ours, or another that is kept.
enum Field {
    Start,
    End,
    Label,
    Confidence,
    Payload,
    Other(String),
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl Visitor<'_> for FieldVisitor {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
                Ok(match name {
                    "start" => Field::Start,
                    "end" => Field::End,
                    "label" => Field::Label,
                    "confidence" => Field::Confidence,
                    "payload" => Field::Payload,
                    other => Field::Other(other.to_owned()),
                })
            }
        }

        deserializer.deserialize_identifier(FieldVisitor)
    }
}

impl<'de> Deserialize<'de> for TimeRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RangeVisitor;

        impl<'de> Visitor<'de> for RangeVisitor {
            type Value = TimeRange;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time range: an object with start and end, in seconds")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TimeRange, A::Error> {
                let (mut start, mut end, mut label) = (None, None, None);
                let mut range = TimeRange::new(0.0, 0.0, String::new());
                // A name that comes twice: the last one counts, as in Python.
                while let Some(field) = map.next_key()? {
                    match field {
                        Field::Start => start = Some(map.next_value()?),
                        Field::End => end = Some(map.next_value()?),
                        Field::Label => label = Some(map.next_value()?),
                        Field::Confidence => range.confidence = map.next_value()?,
                        Field::Payload => {
                            range.payload = map.next_value::<Option<_>>()?.unwrap_or_default();
                        }
                        Field::Other(name) => {
                            range.extra.insert(name, map.next_value()?);
                        }
                    }
                }
                range.start = start.ok_or_else(|| de::Error::missing_field("start"))?;
                range.end = end.ok_or_else(|| de::Error::missing_field("end"))?;
                range.label = label.unwrap_or_else(|| "segment".to_owned());
                Ok(range)
            }
        }

        deserializer.deserialize_map(RangeVisitor)
    }
}
