//! A hash column as it stands in a row.

use std::fmt;

use media_hash::{ContentHash, ParseHashError};
use serde::{Deserialize, Serialize};

/// The text of a hash column, exactly as stored.
///
/// Peers have stored `not-a-hash` and worse. Such a row stays readable; only
/// asking for the [`ContentHash`] fails, and so does verifying the file.
///
/// ```
/// use media_schema::StoredHash;
///
/// let stored = StoredHash::from("not-a-hash");
/// assert_eq!(stored.as_str(), "not-a-hash");
/// assert!(stored.parse().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoredHash(String);

impl StoredHash {
    /// The text as stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The hash that the text denotes.
    ///
    /// # Errors
    /// If the text is not `algo:hexdigest`.
    pub fn parse(&self) -> Result<ContentHash, ParseHashError> {
        self.0.parse()
    }
}

impl AsRef<str> for StoredHash {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<String> for StoredHash {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for StoredHash {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<ContentHash> for StoredHash {
    fn from(hash: ContentHash) -> Self {
        Self(hash.as_str().to_owned())
    }
}

impl PartialEq<ContentHash> for StoredHash {
    /// Equal if the text denotes that hash, in whatever case it is written.
    fn eq(&self, hash: &ContentHash) -> bool {
        self.0 == hash.as_str() || self.0.eq_ignore_ascii_case(hash.as_str())
    }
}
