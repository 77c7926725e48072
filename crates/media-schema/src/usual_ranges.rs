//! Ranges parsed fast where their text is as it usually is.
//!
//! A row is looked up in 2 µs, and `serde_json` needs six times that for its
//! ranges. Here a text is read that has nothing but known fields, plain strings
//! and plain numbers, in one pass; any other is left to `serde_json`, and so is
//! saying what is wrong with it. What is read here, it reads in the same way.

use crate::TimeRange;

/// Bytes of text for a range, at the least: how much room is made at first.
const SHORTEST: usize = 48;

/// Below this, an integer is a float without loss.
const EXACT: u64 = 1 << 53;

/// Powers of ten that are floats without loss.
const POWERS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// The ranges in a text, or `None` if it is an unusual one, right or wrong.
pub(crate) fn parse(text: &str) -> Option<Vec<TimeRange>> {
    let mut ranges = Vec::with_capacity(text.len() / SHORTEST);
    let mut reader = Reader { text, at: 0 };
    reader.expect(b'[')?;
    if !reader.accept(b']') {
        loop {
            ranges.push(reader.range()?);
            if !reader.accept(b',') {
                break;
            }
        }
        reader.expect(b']')?;
    }
    reader.skip_space();
    (reader.at == text.len()).then_some(ranges)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Whether `byte` comes next; if so, it is passed.
    fn accept(&mut self, byte: u8) -> bool {
        self.skip_space();
        let comes = self.peek() == Some(byte);
        self.at += usize::from(comes);
        comes
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.accept(byte).then_some(())
    }

    fn range(&mut self) -> Option<TimeRange> {
        self.expect(b'{')?;
        let (mut start, mut end, mut label, mut confidence) = (None, None, None, None);
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            self.skip_space();
            // A name that comes twice: the last one counts.
            match name {
                "start" => start = Some(self.number()?),
                "end" => end = Some(self.number()?),
                "label" => label = Some(self.string()?),
                "confidence" => confidence = Some(self.number()?),
                _ => return None,
            }
            if !self.accept(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        let mut range = TimeRange::new(start?, end?, label.unwrap_or("segment"));
        range.confidence = confidence;
        Some(range)
    }

    /// A string that stands for itself.
    fn string(&mut self) -> Option<&'t str> {
        self.expect(b'"')?;
        let rest = &self.text[self.at..];
        let is_special = |byte| byte == b'"' || byte == b'\\' || byte < b' ';
        let len = rest.bytes().position(is_special)?;
        self.at += len + 1;
        (rest.as_bytes()[len] == b'"').then_some(&rest[..len])
    }

    /// A number without an exponent.
    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        let is_negative = self.peek() == Some(b'-');
        self.at += usize::from(is_negative);
        let whole_start = self.at;
        let whole = self.digits(0)?;
        if self.at == whole_start
            || (self.peek_at(whole_start) == Some(b'0') && self.at > whole_start + 1)
        {
            return None;
        }
        let (mut units, mut places) = (whole, 0);
        if self.peek() == Some(b'.') {
            self.at += 1;
            let fraction_start = self.at;
            units = self.digits(whole)?;
            places = self.at - fraction_start;
            if places == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            return None;
        }
        let number = match POWERS.get(places) {
            // A quotient of two exact floats is the float nearest to it.
            #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
            Some(power) if units < EXACT => units as f64 / power,
            _ => return self.text[start..self.at].parse().ok(),
        };
        Some(if is_negative { -number } else { number })
    }

    fn peek_at(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Goes on with an integer; `None` if it becomes too long.
    fn digits(&mut self, integer: u64) -> Option<u64> {
        let mut integer = integer;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let digit = u64::from(digit - b'0');
            integer = integer.checked_mul(10)?.checked_add(digit)?;
            self.at += 1;
        }
        Some(integer)
    }
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
            r#"[{"start":111111111111111111111,"end":1}]"#,
        ] {
            assert!(!check(text).unwrap(), "{text}");
        }
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

        #[test]
        fn floats_are_the_nearest(start in any::<f64>(), end in -1e6..1e6_f64) {
            prop_assume!(start.is_finite());
            check(&format!(r#"[{{"start":{start:?},"end":{end}}}]"#))?;
        }
    }
}
