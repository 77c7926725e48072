//! A JSON column as text, parsed only when somebody asks.

use std::fmt;

use media_hash::canonical_json;
use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};

use crate::error::InvalidValue;

/// What a JSON column takes at its top level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonKind {
    /// An array, as in `ranges`.
    Array,
    /// An object, as in `metadata` and `parameters`.
    Object,
}

impl JsonKind {
    /// Refuses JSON text of the other kind, or of neither.
    fn check(self, text: &str, column: &'static str) -> Result<(), InvalidValue> {
        let (bracket, expected) = match self {
            Self::Array => ('[', "array"),
            Self::Object => ('{', "object"),
        };
        let first = text
            .trim_start_matches([' ', '\t', '\n', '\r'])
            .chars()
            .next();
        if first == Some(bracket) {
            Ok(())
        } else {
            Err(InvalidValue::WrongKind { column, expected })
        }
    }
}

/// The text of a JSON column, exactly as stored.
///
/// Reading a row costs no parse; [`get`](Self::get) does. A peer's text that
/// is not valid JSON (`NaN`, a lone surrogate) survives untouched. What this
/// project writes is always valid JSON, in the form that Python's
/// `json.dumps(value, sort_keys=True, separators=(",", ":"))` gives it.
///
/// ```
/// use media_schema::JsonText;
///
/// let text = JsonText::from_stored("[0.1, 1e+16]".into());
/// assert_eq!(text.get::<Vec<f64>>()?, [0.1, 1e16]);
///
/// let peers = JsonText::from_stored("[NaN]".into());
/// assert!(!peers.is_valid());
/// assert!(peers.get::<Vec<f64>>().is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JsonText(String);

impl JsonText {
    /// The most bytes a text may have: 64 MiB.
    pub const MAX_LEN: usize = 64 << 20;

    /// Wraps a column's text without looking at it: for backends that read.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Takes JSON text for the named column, verbatim, if it is valid.
    pub(crate) fn new(
        text: impl Into<String>,
        kind: JsonKind,
        column: &'static str,
    ) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.len() > Self::MAX_LEN {
            return Err(InvalidValue::TooLong {
                column,
                len: text.len(),
                max: Self::MAX_LEN,
            });
        }
        validate(&text).map_err(|source| InvalidValue::NotJson { column, source })?;
        kind.check(&text, column)?;
        Ok(Self(text))
    }

    /// Writes a value as JSON text for the named column. A float that JSON has
    /// no form for (`NaN`, an infinity) is an error, not a null.
    pub(crate) fn from_value<T: Serialize + ?Sized>(
        value: &T,
        kind: JsonKind,
        column: &'static str,
    ) -> Result<Self, InvalidValue> {
        let text = canonical_json(value)
            .map_err(|source| InvalidValue::NotSerializable { column, source })?;
        kind.check(&text, column)?;
        Ok(Self(text))
    }

    /// The text as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as stored, without a copy.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// Parses the text.
    ///
    /// # Errors
    /// If it is not valid JSON (a peer's `NaN`, say), is nested too deeply, or
    /// does not fit `T`. The rows' own accessors name the row and column too.
    pub fn get<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// Whether the text is valid JSON, so that it can stand inside a larger
    /// document as it is.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        validate(&self.0).is_ok()
    }
}

/// Accepts what `serde_json` parses, and builds nothing.
fn validate(text: &str) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_any(Skip)?;
    deserializer.end()
}

/// Walks a value through `deserialize_any`, which bounds the nesting and checks
/// every string and number; skipping by `IgnoredAny` does neither.
#[derive(Clone, Copy)]
struct Skip;

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry_seed(Self, Self)?.is_some() {}
        Ok(())
    }
}
