//! Why there is no canonical JSON.

use std::fmt;

use thiserror::Error;

use super::{MAX_DEPTH, MAX_LEN};

/// Where in a document or a value something is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonPlace {
    /// A position in JSON text.
    Text {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// A member of a value, as a path from its root: `$.vad.thresholds[2]`.
    Value {
        /// The path; what is long in it is cut.
        path: String,
    },
}

impl fmt::Display for JsonPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { line, column } => write!(f, "line {line}, column {column}"),
            Self::Value { path } => f.write_str(path),
        }
    }
}

/// Why a document or a value has no canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CanonicalJsonError {
    /// The text is not JSON.
    #[error("invalid JSON at {place}: expected {expected}")]
    Syntax {
        /// Where it stops being JSON.
        place: JsonPlace,
        /// What could have stood there.
        expected: &'static str,
    },
    /// NaN, an infinity, or a number too large for a double: JSON has no
    /// canonical form for it.
    #[error("number {number} at {place} is not finite: use null or a finite number")]
    NonFinite {
        /// Where it is.
        place: JsonPlace,
        /// The number as written, cut after its first 80 characters.
        number: String,
    },
    /// Arrays and objects are nested too deeply.
    #[error("JSON is nested more than {MAX_DEPTH} levels deep at {place}: flatten it")]
    TooDeep {
        /// Where the first level too many begins.
        place: JsonPlace,
    },
    /// The document, or its canonical form, is too long.
    #[error(
        "JSON is longer than {} MiB: keep bulk data in a file and name that",
        MAX_LEN / (1024 * 1024)
    )]
    TooLong,
    /// A map has keys that JSON cannot have.
    #[error(
        "a map key at {place} is {kind}: expected a string, a character, a number, \
         a boolean or a unit variant"
    )]
    InvalidKey {
        /// The map.
        place: JsonPlace,
        /// What the key is, with its article.
        kind: &'static str,
    },
    /// The value's own `Serialize` failed.
    #[error("{message}")]
    Serialize {
        /// What it said.
        message: String,
    },
}

impl CanonicalJsonError {
    /// The same error somewhere else.
    pub(super) fn at(mut self, elsewhere: JsonPlace) -> Self {
        match &mut self {
            Self::Syntax { place, .. }
            | Self::NonFinite { place, .. }
            | Self::TooDeep { place }
            | Self::InvalidKey { place, .. } => *place = elsewhere,
            Self::TooLong | Self::Serialize { .. } => {}
        }
        self
    }
}

impl serde::ser::Error for CanonicalJsonError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Serialize {
            message: message.to_string(),
        }
    }
}
