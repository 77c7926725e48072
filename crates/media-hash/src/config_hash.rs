//! The identity of a configuration.

use serde::Serialize;

use crate::algorithm::Sha256;
use crate::canonical_json::{CanonicalJsonError, canonical_json, canonicalize_json};
use crate::content_hash::ContentHash;
use crate::stream::hash_bytes;

/// The hash of a configuration: SHA-256 of its canonical JSON.
///
/// It is the same for the same configuration in Python, where it is made of
/// `json.dumps(data or {}, sort_keys=True, separators=(",", ":"))`. So whatever
/// Python takes for false (`null`, `false`, zero, and what is empty) has the
/// hash of an empty object.
///
/// # Errors
/// See [`canonical_json`].
///
/// ```
/// use media_hash::{config_hash, config_hash_json};
///
/// #[derive(serde::Serialize)]
/// struct Config { threshold: f64, model: &'static str }
///
/// let hash = config_hash(&Config { threshold: 0.5, model: "silero" })?;
/// assert_eq!(hash, config_hash_json(r#"{"model": "silero", "threshold": 0.5}"#)?);
/// assert_eq!(config_hash(&())?, config_hash_json("{}")?);
/// # Ok::<(), media_hash::CanonicalJsonError>(())
/// ```
pub fn config_hash<T: Serialize + ?Sized>(config: &T) -> Result<ContentHash, CanonicalJsonError> {
    canonical_json(config).map(|text| hash_bytes::<Sha256>(or_empty(text)))
}

/// The hash of a configuration given as JSON text; see [`config_hash`].
///
/// # Errors
/// See [`canonicalize_json`].
pub fn config_hash_json(text: &str) -> Result<ContentHash, CanonicalJsonError> {
    canonical_config_json(text).map(hash_bytes::<Sha256>)
}

/// The text that [`config_hash_json`] hashes.
///
/// # Errors
/// See [`canonicalize_json`].
///
/// ```
/// use media_hash::canonical_config_json;
///
/// assert_eq!(canonical_config_json("[ ]")?, "{}");
/// assert_eq!(canonical_config_json("[0.0]")?, "[0.0]");
/// # Ok::<(), media_hash::CanonicalJsonError>(())
/// ```
pub fn canonical_config_json(text: &str) -> Result<String, CanonicalJsonError> {
    canonicalize_json(text).map(or_empty)
}

/// Python's `data or {}`, on canonical text.
fn or_empty(canonical: String) -> String {
    match canonical.as_str() {
        "null" | "false" | "0" | "0.0" | "-0.0" | "\"\"" | "[]" => "{}".to_owned(),
        _ => canonical,
    }
}
