//! The identity of a file's bytes, as text: `algo:hexdigest`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use crate::excerpt::excerpt;
use crate::known;

/// A digest together with the name of the algorithm that made it.
///
/// The text form is `algo:hexdigest`, in lower case, and is what is stored.
/// Upper case is read and folded. A name that nobody here knows is kept, so
/// that rows written by others stay readable; only verifying it is an error.
/// The length of the digest is checked for every algorithm of Python's
/// `hashlib` and for BLAKE3, whatever features are on.
///
/// ```
/// use media_hash::ContentHash;
///
/// let hash: ContentHash = "MD5:D41D8CD98F00B204E9800998ECF8427E".parse()?;
/// assert_eq!(hash.algorithm(), "md5");
/// assert_eq!(hash.hex(), "d41d8cd98f00b204e9800998ecf8427e");
/// assert_eq!(hash.to_string(), "md5:d41d8cd98f00b204e9800998ecf8427e");
/// assert!("md5:d41d".parse::<ContentHash>().is_err());
/// # Ok::<(), media_hash::ParseHashError>(())
/// ```
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

    /// Puts together a canonical algorithm name and a digest.
    pub(crate) fn from_digest(algorithm: &str, digest: &[u8]) -> Self {
        let hex = base16ct::lower::encode_string(digest);
        Self {
            text: format!("{algorithm}:{hex}").into(),
            colon: algorithm.len(),
        }
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
        let quote = || excerpt(text);
        let Some((name, digest)) = text.split_once(':') else {
            return Err(ParseHashError::NoColon { text: quote() });
        };
        if name.is_empty() {
            return Err(ParseHashError::EmptyAlgorithm { text: quote() });
        }
        if digest.is_empty() {
            return Err(ParseHashError::EmptyDigest { text: quote() });
        }
        if let Some(character) = name.chars().find(|&c| !known::is_name_character(c)) {
            return Err(ParseHashError::InvalidAlgorithm {
                text: quote(),
                character,
            });
        }
        if let Some(character) = digest.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(ParseHashError::NotHex {
                text: quote(),
                character,
            });
        }
        let canonical = text.to_ascii_lowercase();
        if let Some(known) = known::lookup(&canonical[..name.len()])
            && known.digest_len * 2 != digest.len()
        {
            return Err(ParseHashError::WrongLength {
                text: quote(),
                algorithm: known.name,
                expected: known.digest_len * 2,
                actual: digest.len(),
            });
        }
        Ok(Self {
            colon: name.len(),
            text: canonical.into(),
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
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl de::Visitor<'_> for TextVisitor {
    type Value = ContentHash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash as algo:hexdigest")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ContentHash, E> {
        text.parse().map_err(E::custom)
    }
}

/// Why a text is not a [`ContentHash`].
///
/// `text` is the text as given, cut after its first 80 characters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseHashError {
    /// There is no colon between a name and a digest.
    #[error("hash {text:?} has no colon: expected algo:hexdigest")]
    NoColon {
        /// The text as given.
        text: String,
    },
    /// Nothing stands before the colon.
    #[error("hash {text:?} has no algorithm before its colon: expected algo:hexdigest")]
    EmptyAlgorithm {
        /// The text as given.
        text: String,
    },
    /// Nothing stands after the colon.
    #[error("hash {text:?} has no digest after its colon: expected algo:hexdigest")]
    EmptyDigest {
        /// The text as given.
        text: String,
    },
    /// The algorithm's name has a character other than an ASCII letter, a
    /// digit, `_`, `-` or `.`.
    #[error(
        "the algorithm's name in hash {text:?} has the character {character:?}: \
         expected letters, digits, '_', '-' or '.'"
    )]
    InvalidAlgorithm {
        /// The text as given.
        text: String,
        /// The first character at fault.
        character: char,
    },
    /// The digest has a character that is not a hexadecimal digit.
    #[error("the digest of hash {text:?} has the character {character:?}: expected hexadecimal")]
    NotHex {
        /// The text as given.
        text: String,
        /// The first character at fault.
        character: char,
    },
    /// The digest of a known algorithm is too short or too long.
    #[error("hash {text:?} has {actual} hexadecimal digits: a {algorithm} digest has {expected}")]
    WrongLength {
        /// The text as given.
        text: String,
        /// The algorithm's name.
        algorithm: &'static str,
        /// Hexadecimal digits of this algorithm's digests.
        expected: usize,
        /// Hexadecimal digits found.
        actual: usize,
    },
}
