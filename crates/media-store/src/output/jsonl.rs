//! JSON lines: a result is an object on a line.
//!
//! Written by hand around the stored JSON, which is embedded as it is: parsing
//! it would lose long integers, the form of floats and the order of keys.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Value;

/// Writes an object and ends its line.
pub(super) fn write(out: &mut impl Write, fields: &[(&str, Value<'_>)]) -> io::Result<()> {
    let mut before = '{';
    for (name, value) in fields {
        write!(out, "{before}\"{name}\":")?;
        before = ',';
        match value {
            Value::Null => out.write_all(b"null")?,
            Value::Integer(number) => write!(out, "{number}")?,
            Value::Real(number) => out.write_all(real(*number).as_bytes())?,
            Value::Text(text) => string(out, text)?,
            Value::Json(text) => out.write_all(text.as_bytes())?,
            Value::Stored(text) if text.is_valid() => {
                out.write_all(on_one_line(text.as_str()).as_bytes())?;
            }
            Value::Stored(text) => {
                write!(out, "null,\"{name}_raw\":")?;
                string(out, text.as_str())?;
            }
        }
    }
    out.write_all(b"}\n")
}

/// A finite number in the shortest form that reads back as the same, and as a
/// float.
pub(super) fn real(number: f64) -> String {
    format!("{number:?}")
}

fn string(out: &mut impl Write, text: &str) -> io::Result<()> {
    Ok(serde_json::to_writer(out, text)?)
}

/// Valid JSON has line breaks only between its tokens, where a space will do.
fn on_one_line(json: &str) -> Cow<'_, str> {
    if json.contains(['\n', '\r']) {
        Cow::Owned(json.replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(json)
    }
}

#[cfg(test)]
mod tests {
    use media_schema::JsonText;

    use super::*;

    fn line(value: Value<'_>) -> String {
        let mut out = Vec::new();
        write(&mut out, &[("a", value)]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn stored_json_is_embedded_as_it_is() {
        let stored = |text: &str| line(Value::Stored(&JsonText::from_stored(text.into())));
        let long = r#"[123456789012345678901234567890, 1e-07,  {"b":1,"a":2}]"#;
        assert_eq!(stored(long), format!("{{\"a\":{long}}}\n"));
        assert_eq!(stored("[1,\r\n2]"), "{\"a\":[1,  2]}\n");
        assert_eq!(stored("[NaN]"), "{\"a\":null,\"a_raw\":\"[NaN]\"}\n");
        let surrogate = r#"["\ud800"]"#;
        assert_eq!(
            stored(surrogate),
            format!("{{\"a\":null,\"a_raw\":{surrogate:?}}}\n")
        );
    }

    #[test]
    fn numbers_read_back_as_the_same() {
        for number in [0.0, 1_767_225_605.0, 1_767_225_602.123_456_7, 1e300, 5e-324] {
            let text = line(Value::Real(number));
            let back: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(back["a"].as_f64().unwrap().to_bits(), number.to_bits());
            assert!(back["a"].is_f64(), "{text}");
        }
    }
}
