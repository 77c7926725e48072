//! Ranges parsed fast where their text is as it usually is.
//!
//! A row is looked up in 2 µs, and `serde_json` needs six times that for its
//! ranges. Here a text is read that has nothing but known fields, plain strings
//! and plain numbers, in one pass; any other is left to `serde_json`, and so is
//! saying what is wrong with it. What is read here, it reads in the same way.

use crate::TimeRange;

/// Bytes of text for a range, at the least: how much room is made at first.
const SHORTEST: usize = 48;

/// So many digits are an integer that is a float without loss.
const EXACT_DIGITS: usize = 15;

/// Powers of ten that are floats without loss, one for each number of places.
const POWERS: [f64; EXACT_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// The ranges in a text, or `None` if it is an unusual one, right or wrong.
pub(crate) fn parse(text: &str) -> Option<Vec<TimeRange>> {
    let mut ranges = Vec::with_capacity(text.len() / SHORTEST);
    let mut reader = Reader { rest: text };
    reader.expect("[")?;
    if !reader.accept_spaced("]") {
        loop {
            ranges.push(reader.range()?);
            if !reader.accept_spaced(",") {
                break;
            }
        }
        reader.expect("]")?;
    }
    reader.skip_space();
    reader.rest.is_empty().then_some(ranges)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    #[inline]
    fn skip_space(&mut self) {
        const SPACE: [char; 4] = [' ', '\n', '\t', '\r'];
        if self.rest.starts_with(SPACE) {
            self.rest = self.rest.trim_start_matches(SPACE);
        }
    }

    /// Whether `piece` comes at once; if so, it is passed.
    #[inline]
    fn accept(&mut self, piece: &str) -> bool {
        let after = self.rest.strip_prefix(piece);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Likewise, after space or without.
    #[inline]
    fn accept_spaced(&mut self, piece: &str) -> bool {
        self.skip_space();
        self.accept(piece)
    }

    #[inline]
    fn expect(&mut self, piece: &str) -> Option<()> {
        self.accept_spaced(piece).then_some(())
    }

    fn range(&mut self) -> Option<TimeRange> {
        self.expect("{")?;
        let (mut start, mut end, mut label, mut confidence) = (None, None, None, None);
        loop {
            self.skip_space();
            // Tried in the order in which this project writes them. A name that comes twice: the last one counts.
            if self.accept("\"confidence\":") {
                confidence = Some(self.number()?);
            } else if self.accept("\"end\":") {
                end = Some(self.number()?);
            } else if self.accept("\"label\":") {
                label = Some(self.string()?);
            } else if self.accept("\"start\":") {
                start = Some(self.number()?);
            } else {
                return None;
            }
            if !self.accept_spaced(",") {
                break;
            }
        }
        self.expect("}")?;
        let mut range = TimeRange::new(start?, end?, label.unwrap_or("segment"));
        range.confidence = confidence;
        Some(range)
    }

    /// A string that stands for itself.
    fn string(&mut self) -> Option<&'t str> {
        self.expect("\"")?;
        let is_special = |byte| byte == b'"' || byte == b'\\' || byte < b' ';
        let len = self.rest.bytes().position(is_special)?;
        let (string, rest) = self.rest.split_at(len);
        self.rest = rest.strip_prefix('"')?;
        Some(string)
    }

    /// A number without an exponent.
    fn number(&mut self) -> Option<f64> {
        self.skip_space();
        let text = self.rest;
        let magnitude = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let (mut units, whole) = digits(magnitude, 0);
        let (mut len, mut places) = (whole, 0);
        if whole == 0 || (whole > 1 && magnitude[0] == b'0') {
            return None;
        }
        if let Some((b'.', fraction)) = magnitude[whole..].split_first() {
            (units, places) = digits(fraction, units);
            len += 1 + places;
            if places == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = magnitude.get(len) {
            return None;
        }
        let is_negative = magnitude.len() < text.len();
        let (text, rest) = text.split_at(len + usize::from(is_negative));
        self.rest = rest;
        if whole + places > EXACT_DIGITS {
            return text.parse().ok().filter(|number: &f64| number.is_finite());
        }
        // A quotient of two exact floats is the float nearest to it.
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
        let number = units as f64 / POWERS[places];
        Some(if is_negative { -number } else { number })
    }
}

/// Goes on with an integer by the digits that come first, and says how many
/// there are; too many to hold wrap around.
#[inline]
fn digits(bytes: &[u8], integer: u64) -> (u64, usize) {
    let mut integer = integer;
    for (len, byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (integer, len);
        }
        integer = integer.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    (integer, bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `serde_json` says, if this reads the text at all.
    fn check(text: &str) -> Result<bool, TestCaseError> {
        let Some(ranges) = parse(text) else {
            return Ok(false);
        };
        let bits = |ranges: &[TimeRange]| -> Vec<_> {
            let bits = |range: &TimeRange| (range.start.to_bits(), range.end.to_bits());
            ranges.iter().map(bits).collect()
        };
        match serde_json::from_str::<Vec<TimeRange>>(text) {
            Ok(slowly) => {
                prop_assert_eq!(bits(&ranges), bits(&slowly), "{}", text);
                prop_assert_eq!(ranges, slowly, "{}", text);
            }
            Err(error) => prop_assert!(false, "{text}: {error}"),
        }
        Ok(true)
    }

    #[test]
    fn the_usual_forms_are_read() {
        for text in [
            "[]",
            " [ ] \n",
            r#"[{"end":2.0,"label":"speech","start":0.5}]"#,
            r#"[{"start": 0, "end": 1.5, "label": "Zoë", "confidence": 0.973}, {"end": 3, "start": -0.0}]"#,
            r#"[{"start":0.1234567890123456,"end":12.345678901234567}]"#,
            r#"[{"start":1,"start":2,"end":3}]"#,
            r#"[{"start":999999999999999,"end":0.999999999999999}]"#,
            r#"[{"start":111111111111111111111,"end":-9007199254740993}]"#,
        ] {
            assert!(check(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        for text in [
            "",
            "[",
            "{}",
            "[] x",
            "[{}]",
            "[{},]",
            "[1]",
            r#"[{"start":0}]"#,
            r#"[{"start":0,"end":1,}]"#,
            r#"[{"start":0,"end":1},]"#,
            r#"[{"start":00,"end":1}]"#,
            r#"[{"start":1.,"end":1}]"#,
            r#"[{"start":.5,"end":1}]"#,
            r#"[{"start":-,"end":1}]"#,
            r#"[{"start":+1,"end":1}]"#,
            r#"[{"start":1e3,"end":1}]"#,
            r#"[{"start":NaN,"end":1}]"#,
            r#"[{"start":null,"end":1}]"#,
            r#"[{"start":0,"end":1,"label":null}]"#,
            r#"[{"start":0,"end":1,"label":"a\"b"}]"#,
            "[{\"start\":0,\"end\":1,\"label\":\"a\tb\"}]",
            r#"[{"start":0,"end":1,"confidence":null}]"#,
            r#"[{"start":0,"end":1,"payload":{}}]"#,
            r#"[{"start":0,"end":1,"speaker":"Zoe"}]"#,
            r#"[{"start" :0,"end":1}]"#,
        ] {
            assert!(!check(text).unwrap(), "{text}");
        }
        let infinite = "9".repeat(400);
        assert!(!check(&format!(r#"[{{"start":0,"end":{infinite}}}]"#)).unwrap());
    }

    proptest! {
        /// Pieces of JSON in any order, most of them where they belong.
        #[test]
        fn what_is_read_is_what_serde_json_reads(
            numbers in prop::collection::vec("-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?", 3),
            label in "[a-zë\\\\\"\t]{0,4}",
            space in "[ \n\t\r]{0,2}",
            cut in 0..200_usize,
            put in "[\\[\\]{},:\"0-9a-z.-]?",
        ) {
            let [start, end, confidence] = &numbers[..] else { unreachable!() };
            let mut text = format!(
                "{space}[{{\"start\":{space}{start},{space}\"end\": {end}}}, {{\"label\":\"{label}\",\
                 \"start\":{end}{space},\"end\":{start},\"confidence\":{confidence}}}]{space}"
            );
            check(&text)?;
            if let Some(tail) = text.get(cut..) {
                text = format!("{}{put}{}", &text[..cut], tail.get(1..).unwrap_or_default());
                check(&text)?;
            }
        }

        /// What this project writes is never left to `serde_json`.
        #[test]
        fn what_is_written_is_read(
            milliseconds in prop::collection::vec((any::<i32>(), any::<u32>()), 0..4),
            label in "[a-zë ]{0,9}",
            confidence in prop::option::of(0.001..1.0),
        ) {
            let seconds = |milliseconds: f64| milliseconds / 1000.0;
            let ranges: Vec<_> = milliseconds
                .into_iter()
                .map(|(start, end)| {
                    let mut range = TimeRange::new(seconds(start.into()), seconds(end.into()), &*label);
                    range.confidence = confidence;
                    range
                })
                .collect();
            prop_assert!(check(&serde_json::to_string(&ranges).unwrap())?);
        }

        #[test]
        fn floats_are_the_nearest(start in any::<f64>(), end in -1e6..1e6_f64) {
            prop_assume!(start.is_finite());
            check(&format!(r#"[{{"start":{start:?},"end":{end}}}]"#))?;
        }
    }
}
