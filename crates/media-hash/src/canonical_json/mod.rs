//! JSON in the one form that is hashed.
//!
//! The form is that of Python's
//! `json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))`: no
//! white space, keys in the order of their code points, the last of members
//! with one key, everything outside printable ASCII escaped, integers of any
//! length as they are, and floats as `repr` prints them.
//!
//! <https://docs.python.org/3/library/json.html>

mod error;
mod key;
mod number;
mod parser;
mod serializer;
mod text_serializer;
mod writer;

use serde::Serialize;

pub use error::{CanonicalJsonError, JsonPlace};
use serializer::ValueSerializer;
use writer::Writer;

/// The most arrays and objects that may be nested in each other: as many as
/// `serde_json` reads again, so that what is written can be.
const MAX_DEPTH: usize = 127;

/// The longest JSON that is read or written, in bytes.
const MAX_LEN: usize = 64 * 1024 * 1024;

/// The canonical JSON of a value.
///
/// The value is taken as `serde_json` would take it, whichever of its features
/// are on, with two differences: a number that is not finite is an error rather
/// than `null`, for it would share the hash of a value that has none; and a
/// float that is a map's key is printed as all other floats are.
///
/// # Errors
/// A number is not finite, a map's key is not text, nesting is deeper than 127
/// levels, the result longer than 64 MiB, or the value refuses to be serialized.
///
/// ```
/// use media_hash::canonical_json;
///
/// #[derive(serde::Serialize)]
/// struct Config { threshold: f64, model: &'static str }
///
/// let config = Config { threshold: 1e-7, model: "été" };
/// assert_eq!(
///     canonical_json(&config)?,
///     r#"{"model":"\u00e9t\u00e9","threshold":1e-07}"#,
/// );
/// # Ok::<(), media_hash::CanonicalJsonError>(())
/// ```
pub fn canonical_json<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalJsonError> {
    let mut writer = Writer::default();
    value.serialize(ValueSerializer(&mut writer))?;
    writer.finish().ok_or(CanonicalJsonError::TooLong)
}

/// The canonical form of JSON text.
///
/// # Errors
/// The text is not JSON as Python's `json.loads` reads it, a number is not
/// finite, nesting is deeper than 127 levels, or the text or its canonical form
/// is longer than 64 MiB.
///
/// ```
/// use media_hash::canonicalize_json;
///
/// assert_eq!(canonicalize_json(r#"{ "b": 1E2, "a": [-0] }"#)?, r#"{"a":[0],"b":100.0}"#);
/// assert_eq!(
///     canonicalize_json("[1,\n 2,]").unwrap_err().to_string(),
///     "invalid JSON at line 2, column 4: expected a value",
/// );
/// # Ok::<(), media_hash::CanonicalJsonError>(())
/// ```
pub fn canonicalize_json(text: &str) -> Result<String, CanonicalJsonError> {
    if text.len() > MAX_LEN {
        return Err(CanonicalJsonError::TooLong);
    }
    let mut writer = Writer::with_capacity(text.len());
    parser::parse(text, &mut writer)?;
    writer.finish().ok_or(CanonicalJsonError::TooLong)
}
