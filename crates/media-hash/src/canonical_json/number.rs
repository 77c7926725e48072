//! Numbers as Python prints them.

use std::fmt::LowerExp;
use std::io::Write;
use std::str::FromStr;

/// A float of any width.
pub(super) trait Float: LowerExp + FromStr + PartialEq + Copy {
    /// The most digits of which no two decimals have one float.
    const DIGITS: usize;

    /// The number in millionths if it is that of a decimal with few digits, and
    /// none that Python prints with an exponent.
    fn millionths(self) -> Option<i64>;
}

impl Float for f32 {
    const DIGITS: usize = Self::DIGITS as usize;

    fn millionths(self) -> Option<i64> {
        None
    }
}

impl Float for f64 {
    const DIGITS: usize = Self::DIGITS as usize;

    /// Both `millionths` and a million are exact, so their quotient is the float
    /// nearest to that decimal: if it is this number, the decimal reads back as
    /// it. The decimal has at most 15 digits, and no two such have one float, so
    /// it is also the shortest that does.
    fn millionths(self) -> Option<i64> {
        const MILLION: f64 = 1e6;
        if !(1e-4..1e9).contains(&self.abs()) {
            return None;
        }
        // Rounded by hand, without a call of the C library.
        let nearest = self * MILLION + 0.5_f64.copysign(self);
        #[expect(clippy::cast_possible_truncation, reason = "below 2^53")]
        let millionths = nearest as i64;
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        #[expect(clippy::float_cmp, reason = "equal or not is the question")]
        (millionths as f64 / MILLION == self).then_some(millionths)
    }
}

/// Appends a finite float as Python's `repr` prints it: the shortest digits
/// that read back as the same number, an exponent only below `1e-04` and from
/// `1e+16` on, and `.0` where no fraction is left.
///
/// The rules are those of `float_repr_style` "short" in Python's own
/// `Python/dtoa.c` and `Python/pystrtod.c`.
pub(super) fn push_float(out: &mut Vec<u8>, number: impl Float) {
    match number.millionths() {
        Some(millionths) => push_millionths(out, millionths),
        None => push_scientific(out, &shortest(number)),
    }
}

fn push_millionths(out: &mut Vec<u8>, millionths: i64) {
    let mut text = Backwards::new();
    let (mut fraction, mut places) = (millionths.unsigned_abs() % 1_000_000, 6);
    while fraction % 10 == 0 && places > 1 {
        fraction /= 10;
        places -= 1;
    }
    text.digits(fraction, places);
    text.byte(b'.');
    text.digits(millionths.unsigned_abs() / 1_000_000, 1);
    if millionths < 0 {
        text.byte(b'-');
    }
    out.extend_from_slice(text.as_bytes());
}

/// A short number written from its end.
struct Backwards {
    bytes: [u8; 24],
    start: usize,
}

impl Backwards {
    fn new() -> Self {
        Self {
            bytes: [0; 24],
            start: 24,
        }
    }

    fn byte(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    /// An integer, with leading zeros up to a length.
    fn digits(&mut self, mut integer: u64, min_len: usize) {
        let end = self.start;
        while integer > 0 || end - self.start < min_len {
            self.byte(b'0' + (integer % 10) as u8);
            integer /= 10;
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

/// The shortest digits that read back as `number`, as `1.25e-7`.
///
/// Two texts can be equally short and equally near: 140737488355328.625 lies
/// between `.62` and `.63`. Python takes the even digit and Rust's shortest
/// form the upper one; its form with a given number of digits is even too. At
/// a power of two the nearest text of that length can be another number's.
fn shortest<F: Float>(number: F) -> String {
    let shortest = format!("{number:e}");
    let digits = shortest.find('e').unwrap_or(shortest.len());
    let fraction_len = shortest[..digits]
        .find('.')
        .map_or(0, |point| digits - point - 1);
    if fraction_len < F::DIGITS {
        return shortest;
    }
    let nearest = format!("{number:.fraction_len$e}");
    if nearest != shortest && nearest.parse().is_ok_and(|read: F| read == number) {
        return nearest;
    }
    shortest
}

fn push_scientific(out: &mut Vec<u8>, scientific: &str) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    out.extend_from_slice(sign.as_bytes());
    if !(-4..16).contains(&exponent) {
        out.extend_from_slice(mantissa.as_bytes());
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to a vector cannot fail.
        let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
        return;
    }
    let shift = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        push_zeros(out, shift - 1);
        out.extend_from_slice(first.as_bytes());
        out.extend_from_slice(rest.as_bytes());
    } else {
        out.extend_from_slice(first.as_bytes());
        if let Some((whole, fraction)) = rest.split_at_checked(shift) {
            out.extend_from_slice(whole.as_bytes());
            out.push(b'.');
            out.extend_from_slice(if fraction.is_empty() {
                b"0"
            } else {
                fraction.as_bytes()
            });
        } else {
            out.extend_from_slice(rest.as_bytes());
            push_zeros(out, shift - rest.len());
            out.extend_from_slice(b".0");
        }
    }
}

fn push_zeros(out: &mut Vec<u8>, count: usize) {
    out.extend(std::iter::repeat_n(b'0', count));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a float's text is what it is without short cuts.
    fn check(number: f64) -> Result<(), TestCaseError> {
        let shortest = format!("{number:e}");
        let digits = shortest.find('e').unwrap();
        let fraction_len = shortest[..digits].find('.').map_or(0, |at| digits - at - 1);
        let nearest = format!("{number:.fraction_len$e}");
        let reads_back = nearest.parse::<f64>().unwrap().to_bits() == number.to_bits();
        let mut expected = Vec::new();
        push_scientific(&mut expected, if reads_back { &nearest } else { &shortest });
        let mut text = Vec::new();
        push_float(&mut text, number);
        prop_assert_eq!(text, expected);
        Ok(())
    }

    proptest! {
        #[test]
        fn short_decimals_need_no_search(units in -1_000_000_000_000_i64..1_000_000_000_000, len in 0..9_u32) {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
            let number = units as f64 / 10_f64.powi(len.cast_signed());
            check(number)?;
            check(number.next_up())?;
        }

        #[test]
        fn other_floats_are_as_they_were(number in any::<f64>(), near in -1.0e9..1.0e9) {
            prop_assume!(number.is_finite());
            check(number)?;
            check(near)?;
        }
    }

    #[test]
    fn the_edges_of_short_decimals() {
        let text = |number: f64| {
            let mut text = Vec::new();
            push_float(&mut text, number);
            text
        };
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.0001, "0.0001"),
            (0.000_099, "9.9e-05"),
            (-0.5, "-0.5"),
            (12.000_001, "12.000001"),
            (999_999_999.0, "999999999.0"),
            (1e9, "1000000000.0"),
            (0.000_000_5, "5e-07"),
        ] {
            assert_eq!(text(number), expected.as_bytes());
        }
    }
}
