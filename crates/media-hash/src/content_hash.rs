//! The identity of a file's bytes, as text: `algo:hexdigest`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A digest together with the name of the algorithm that made it.
///
/// The text form is `algo:hexdigest`, in lower case, and is what is stored.
/// Upper case is read and folded. A name that nobody here knows is kept, so
/// that rows written by others stay readable; only verifying it is an error.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash {
    text: Box<str>,
    colon: usize,
}

impl ContentHash {
    /// The algorithm's name, as Python's `hashlib` spells it.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The digest in lower-case hexadecimal.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// The canonical text, `algo:hexdigest`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for ContentHash {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({})", self.as_str())
    }
}

impl FromStr for ContentHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        let colon = text.find(':').ok_or_else(|| ParseHashError::NoColon {
            text: text.to_owned(),
        })?;
        Ok(Self {
            text: text.to_ascii_lowercase().into(),
            colon,
        })
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Why a text is not a [`ContentHash`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseHashError {
    /// There is no colon between a name and a digest.
    #[error("hash {text:?} has no colon: expected algo:hexdigest")]
    NoColon {
        /// The text as given.
        text: String,
    },
}
