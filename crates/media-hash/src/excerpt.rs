//! Quoting input in an error message without repeating all of it.

/// The most characters of an input that an error quotes.
const LIMIT: usize = 80;

/// The first characters of `text`, with an ellipsis where it goes on.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LIMIT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
