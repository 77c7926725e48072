//! Reads JSON text and writes it canonically.

use super::error::{CanonicalJsonError, JsonPlace};
use super::writer::Writer;
use crate::excerpt::excerpt;

/// Reads one JSON document, with nothing but white space around it, as
/// Python's `json.loads` does. Depth is counted with what `writer` has open.
pub(super) fn parse(text: &str, writer: &mut Writer) -> Result<(), CanonicalJsonError> {
    let mut parser = Parser {
        text,
        at: 0,
        writer,
    };
    parser.value()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.syntax("the end of the document"));
    }
    Ok(())
}

struct Parser<'a> {
    text: &'a str,
    /// The byte that is read next.
    at: usize,
    writer: &'a mut Writer,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Reads `token` if it comes next.
    fn skip(&mut self, token: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn place(&self) -> JsonPlace {
        let before = &self.text[..self.at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        JsonPlace::Text {
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }

    fn syntax(&self, expected: &'static str) -> CanonicalJsonError {
        CanonicalJsonError::Syntax {
            place: self.place(),
            expected,
        }
    }

    fn non_finite(&mut self, start: usize) -> CanonicalJsonError {
        let number = excerpt(&self.text[start..self.at]);
        self.at = start;
        CanonicalJsonError::NonFinite {
            place: self.place(),
            number,
        }
    }

    /// Reads a value. It calls itself once per level, of which the writer
    /// allows only so many.
    fn value(&mut self) -> Result<(), CanonicalJsonError> {
        if !self.writer.has_room_for(0) {
            return Err(CanonicalJsonError::TooLong);
        }
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'[') if !self.writer.may_nest() => Err(CanonicalJsonError::TooDeep {
                place: self.place(),
            }),
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.literal(),
        }
    }

    fn literal(&mut self) -> Result<(), CanonicalJsonError> {
        for literal in ["null", "true", "false"] {
            if self.skip(literal) {
                self.writer.push(literal);
                return Ok(());
            }
        }
        let start = self.at;
        if self.skip("NaN") || self.skip("Infinity") {
            return Err(self.non_finite(start));
        }
        Err(self.syntax("a value"))
    }

    fn array(&mut self) -> Result<(), CanonicalJsonError> {
        self.at += 1;
        self.writer.begin_array();
        self.skip_space();
        if !self.skip("]") {
            loop {
                self.writer.begin_element();
                self.value()?;
                self.skip_space();
                if self.skip("]") {
                    break;
                }
                if !self.skip(",") {
                    return Err(self.syntax("',' or ']'"));
                }
            }
        }
        self.writer.end_array();
        Ok(())
    }

    fn object(&mut self) -> Result<(), CanonicalJsonError> {
        self.at += 1;
        self.writer.begin_object();
        self.skip_space();
        if !self.skip("}") {
            loop {
                self.skip_space();
                if self.peek() != Some(b'"') {
                    return Err(self.syntax("a key in double quotes"));
                }
                self.writer.begin_key();
                self.string()?;
                self.writer.end_key();
                self.skip_space();
                if !self.skip(":") {
                    return Err(self.syntax("':'"));
                }
                self.value()?;
                self.skip_space();
                if self.skip("}") {
                    break;
                }
                if !self.skip(",") {
                    return Err(self.syntax("',' or '}'"));
                }
            }
        }
        self.writer.end_object();
        Ok(())
    }

    fn string(&mut self) -> Result<(), CanonicalJsonError> {
        self.at += 1;
        self.writer.push("\"");
        loop {
            let rest = &self.text[self.at..];
            let run = rest
                .bytes()
                .position(|byte| byte < b' ' || byte == b'"' || byte == b'\\')
                .unwrap_or(rest.len());
            self.writer.push_chars(&rest[..run]);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.writer.push("\"");
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.syntax("an escape for this control character")),
                None => return Err(self.syntax("a closing '\"'")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), CanonicalJsonError> {
        let escaped = self.text.as_bytes().get(self.at + 1).copied();
        let unit = match escaped {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte.into(),
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => 0x0a,
            Some(b'r') => 0x0d,
            Some(b't') => 0x09,
            Some(b'u') => {
                let digits = self.text.as_bytes().get(self.at + 2..self.at + 6);
                let Some(unit) = digits.and_then(hex_unit) else {
                    return Err(self.syntax("four hexadecimal digits after '\\u'"));
                };
                self.at += 4;
                unit
            }
            _ => return Err(self.syntax("an escape that JSON has")),
        };
        self.at += 2;
        self.writer.push_unit(unit);
        Ok(())
    }

    fn number(&mut self) -> Result<(), CanonicalJsonError> {
        let start = self.at;
        if self.skip("-") && self.skip("Infinity") {
            return Err(self.non_finite(start));
        }
        if !self.skip("0") {
            self.digits()?;
        }
        let integer_end = self.at;
        if self.skip(".") {
            self.digits()?;
        }
        if self.skip("e") || self.skip("E") {
            let _ = self.skip("+") || self.skip("-");
            self.digits()?;
        }
        let text = self.text;
        let number = &text[start..self.at];
        if self.at == integer_end {
            self.writer.push(if number == "-0" { "0" } else { number });
            return Ok(());
        }
        match number.parse::<f64>() {
            Ok(float) if float.is_finite() => {
                self.writer.push_float(float);
                Ok(())
            }
            _ => Err(self.non_finite(start)),
        }
    }

    fn digits(&mut self) -> Result<(), CanonicalJsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.syntax("a digit"));
        }
        Ok(())
    }
}

/// The number that four hexadecimal digits stand for.
fn hex_unit(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0, |unit: u16, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}
