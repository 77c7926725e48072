//! NUL: the one character that a text of a server does not take.

use media_schema::{InvalidValue, StoreError};

/// Whether a text holds one, so that nothing is stored under it.
pub(crate) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// Refuses a row of which a column holds one: a peer's SQLite file may have it.
pub(crate) fn refuse_nul<'t>(
    job: impl Fn() -> String,
    texts: impl IntoIterator<Item = (&'static str, &'t str)>,
) -> Result<(), StoreError> {
    for (column, text) in texts {
        if let Some(offset) = text.find('\0') {
            return Err(StoreError::Invalid {
                job: job(),
                source: InvalidValue::Nul { column, offset },
            });
        }
    }
    Ok(())
}
