//! Texts as people and programs are shown them.

use std::borrow::Cow;

use media_schema::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A text that cannot move the cursor, start another line, or have itself read
/// in another order than it is written.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    for c in text.chars() {
        if is_escaped(c) {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

/// Control characters, and those that turn the direction of a text.
fn is_escaped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The end of a text in at most `width` columns: a path ends in what tells it
/// from others.
pub(crate) fn shorten_front(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        start = at;
    }
    Cow::Owned(format!("…{}", &text[start..]))
}

/// A hash that can be told from others at a glance: `sha256:4f2a…`.
pub(crate) fn short_hash(text: &str) -> Cow<'_, str> {
    let kept = text
        .find(':')
        .map_or(11, |colon| text[..colon].chars().count() + 5);
    match text.char_indices().nth(kept) {
        Some((end, _)) if text[end..].chars().nth(1).is_some() => {
            Cow::Owned(format!("{}…", &text[..end]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// A time in the form of RFC 3339, in UTC and to the microsecond; `None` for
/// one outside the years 1 to 9999, which not every reader knows.
pub(crate) fn rfc3339(time: Timestamp) -> Option<String> {
    let point = jiff::Timestamp::try_from(time.to_system_time()?).ok()?;
    let text = format!("{point:.6}");
    // A year before 0 has a sign.
    (!text.starts_with('-') && !text.starts_with("0000-")).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_it_hurts_least() {
        assert_eq!(shorten_front("/media/clip.wav", 9), "…clip.wav");
        assert_eq!(shorten_front("夜の歌.flac", 8), "…歌.flac");
        assert_eq!(shorten_front("/clip.wav", 9), "/clip.wav");
        assert_eq!(short_hash("sha3_256:4f2a9c01"), "sha3_256:4f2a…");
        assert_eq!(short_hash("not-a-hash-at-all"), "not-a-hash-…");
        assert_eq!(
            short_hash("夜夜夜夜夜夜夜夜夜夜夜夜夜"),
            "夜夜夜夜夜夜夜夜夜夜夜…"
        );
        assert_eq!(short_hash("abc123"), "abc123");
        assert_eq!(short_hash(""), "");
        assert_eq!(printable("a\x1b[31m\nb"), "a\\u{1b}[31m\\nb");
    }

    #[test]
    fn times_of_the_common_era_have_a_form() {
        let text = |seconds| rfc3339(Timestamp::from_unix_seconds(seconds).unwrap());
        assert_eq!(
            text(1_767_225_602.5).as_deref(),
            Some("2026-01-01T00:00:02.500000Z")
        );
        assert_eq!(
            text(-62_135_596_800.0).as_deref(),
            Some("0001-01-01T00:00:00.000000Z")
        );
        assert_eq!(text(-62_135_596_801.0), None);
        assert_eq!(text(-62_167_219_201.0), None);
        assert_eq!(text(1e300), None);
    }
}
