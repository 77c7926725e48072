//! What a text column takes: any Unicode text without NUL.

use std::path::Path;

use crate::error::InvalidValue;

/// Refuses what no backend could keep as it is.
pub(crate) fn check(text: &str, column: &'static str) -> Result<(), InvalidValue> {
    match text.find('\0') {
        Some(offset) => Err(InvalidValue::Nul { column, offset }),
        None => Ok(()),
    }
}

/// A path as the text that is its key, verbatim.
///
/// `column` is named in the error.
///
/// # Errors
/// If the path is not UTF-8, or holds a NUL.
pub fn path_key<'p>(path: &'p Path, column: &'static str) -> Result<&'p str, InvalidValue> {
    let text = path.to_str().ok_or_else(|| InvalidValue::NotUtf8 {
        column,
        path: path.to_owned(),
    })?;
    check(text, column)?;
    Ok(text)
}
