//! The order of an object's keys.

use std::cmp::Ordering;

/// Compares two keys, given in canonical form without their quotes, by the
/// code points of what they stand for.
///
/// That is how Python orders strings: a lone surrogate counts as its own code
/// point, and a character beyond the basic plane comes after all of that plane.
pub(super) fn compare_keys(a: &[u8], b: &[u8]) -> Ordering {
    // A byte at a time: both were written just now, and a processor waits for
    // such bytes before it loads several of them at once.
    for (&x, &y) in a.iter().zip(b) {
        if x == b'\\' || y == b'\\' {
            return CodePoints(a).cmp(CodePoints(b));
        }
        if x != y {
            return x.cmp(&y);
        }
    }
    a.len().cmp(&b.len())
}

/// The code points of a canonical string, surrogates joined to pairs.
struct CodePoints<'a>(&'a [u8]);

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (unit, len) = first_unit(self.0)?;
        self.0 = &self.0[len..];
        if (0xd800..0xdc00).contains(&unit)
            && let Some((low, len)) = first_unit(self.0)
            && (0xdc00..0xe000).contains(&low)
        {
            self.0 = &self.0[len..];
            return Some(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        }
        Some(unit)
    }
}

/// The first UTF-16 code unit, and how many bytes it takes.
fn first_unit(canonical: &[u8]) -> Option<(u32, usize)> {
    match *canonical {
        [b'\\', b'u', a, b, c, d, ..] => {
            let unit = [a, b, c, d].into_iter().fold(0, |unit, digit| {
                let digit = char::from(digit).to_digit(16).unwrap_or(0);
                unit * 16 + digit
            });
            Some((unit, 6))
        }
        [b'\\', escaped, ..] => {
            let unit = match escaped {
                b'b' => 0x08,
                b't' => b'\t',
                b'n' => b'\n',
                b'f' => 0x0c,
                b'r' => b'\r',
                itself => itself,
            };
            Some((unit.into(), 2))
        }
        [byte, ..] => Some((byte.into(), 1)),
        [] => None,
    }
}
