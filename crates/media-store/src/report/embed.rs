//! JSON inside an HTML page.
//!
//! A `<script type="application/json">` ends at the first `</script`, and a few
//! more characters mean something to HTML or to scripts. They are written as
//! `\u….` escapes, which JSON reads as the same text.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

/// The most bytes of a stored text that the page holds: what nobody reads on a
/// screen must not make the page unusable.
const EXCERPT: usize = 256 << 10;

/// Writes a block that scripts find among those of its kind.
pub(super) fn block_of_kind(
    out: &mut dyn Write,
    kind: &str,
    value: &impl Serialize,
) -> io::Result<()> {
    block(out, format_args!("data-kind=\"{kind}\""), value)
}

/// Writes a block that scripts find by its name.
pub(super) fn block_of_row(
    out: &mut dyn Write,
    table: &str,
    id: i64,
    value: &impl Serialize,
) -> io::Result<()> {
    block(out, format_args!("id=\"{table}-{id}\""), value)
}

/// The attribute is ours, never data.
fn block(
    out: &mut dyn Write,
    attribute: std::fmt::Arguments<'_>,
    value: &impl Serialize,
) -> io::Result<()> {
    write!(out, "<script type=\"application/json\" {attribute}>")?;
    json(&mut *out, value)?;
    out.write_all(b"</script>\n")
}

fn json(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, ForHtml))?;
    Ok(())
}

/// Compact JSON that HTML does not take for its own.
struct ForHtml;

impl Formatter for ForHtml {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, special) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut characters = special.chars();
            if let Some(character) = characters.next() {
                write!(out, "\\u{:04x}", u32::from(character))?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    /// Whole seconds without `.0`, which is a third of many a page.
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        if value.fract() == 0.0 && value.abs() < 1e15 {
            write!(out, "{value}")
        } else {
            CompactFormatter.write_f64(out, value)
        }
    }
}

/// A stored text as a string, or, if it is too long, its beginning and its
/// length in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Excerpt<'a>(pub(super) &'a str);

impl Serialize for Excerpt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0;
        if text.len() <= EXCERPT {
            return text.serialize(serializer);
        }
        let mut end = EXCERPT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        (text.get(..end).unwrap_or_default(), text.len()).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        json(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_in_a_string_is_html() {
        let hostile = "</script><!--<script>&amp;\u{2028}\u{2029}\"\\ \u{0}é";
        let text = written(&hostile);
        assert!(
            !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }

    #[test]
    fn numbers_read_back_as_the_same() {
        for number in [
            0.0,
            -0.0,
            3.0,
            0.1,
            1e-7,
            1e15,
            1e300,
            5e-324,
            -12.345_678_9,
        ] {
            let back: f64 = serde_json::from_str(&written(&number)).unwrap();
            assert_eq!(back.to_bits(), f64::to_bits(number), "{number}");
        }
        assert_eq!(written(&3.0), "3");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "é".repeat(EXCERPT);
        let text = format!("x{long}");
        let (beginning, length): (String, usize) =
            serde_json::from_str(&written(&Excerpt(&text))).unwrap();
        assert_eq!((beginning.len(), length), (EXCERPT - 1, text.len()));
        assert_eq!(written(&Excerpt("x")), "\"x\"");
    }

    #[test]
    fn a_block_has_one_end() {
        let mut out = Vec::new();
        block_of_row(&mut out, "analysis", 7, &["</script>"]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let inner = text
            .strip_prefix("<script type=\"application/json\" id=\"analysis-7\">")
            .and_then(|rest| rest.strip_suffix("</script>\n"))
            .unwrap();
        let value: Value = serde_json::from_str(inner).unwrap();
        assert_eq!(value[0], "</script>");
        assert!(!inner.contains('<'));
    }
}
