//! Parameters as they are stored and compared.

use media_hash::{ContentHash, Sha256, canonical_config_json, canonical_json, hash_bytes};
use media_schema::InvalidValue;
use serde::Serialize;

/// An action's parameters. Two are the same if their config hashes are, however
/// a peer has spaced or sorted their text; none at all are the same as `{}`.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// What the column gets; nothing for `()`.
    pub(crate) stored: Option<String>,
    /// The text whose hash is the config hash.
    pub(crate) canonical: String,
}

impl Parameters {
    pub(crate) fn of<P: Serialize + ?Sized>(parameters: &P) -> Result<Self, InvalidValue> {
        let refused = |source| InvalidValue::NotSerializable {
            column: "parameters",
            source,
        };
        let text = canonical_json(parameters).map_err(refused)?;
        let canonical = canonical_config_json(&text).map_err(refused)?;
        Ok(Self {
            stored: (text != "null").then_some(text),
            canonical,
        })
    }

    pub(crate) fn hash(&self) -> ContentHash {
        hash_bytes::<Sha256>(&self.canonical)
    }

    /// Whether a column's text means the same.
    pub(crate) fn are(&self, text: &str) -> bool {
        // Nearly always one or the other: what we write is canonical.
        text == self.canonical
            || canonical_config_json(text).is_ok_and(|canonical| canonical == self.canonical)
    }
}
