//! Numbers as Python prints them.

use std::fmt::{LowerExp, Write};
use std::str::FromStr;

/// A float of any width.
pub(super) trait Float: LowerExp + FromStr + PartialEq + Copy {}

impl Float for f32 {}
impl Float for f64 {}

/// Appends a finite float as Python's `repr` prints it: the shortest digits
/// that read back as the same number, an exponent only below `1e-04` and from
/// `1e+16` on, and `.0` where no fraction is left.
///
/// The rules are those of `float_repr_style` "short" in Python's own
/// `Python/dtoa.c` and `Python/pystrtod.c`.
pub(super) fn push_float(out: &mut String, number: impl Float) {
    push_scientific(out, &shortest(number));
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
    let nearest = format!("{number:.fraction_len$e}");
    if nearest != shortest && nearest.parse().is_ok_and(|read: F| read == number) {
        return nearest;
    }
    shortest
}

fn push_scientific(out: &mut String, scientific: &str) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    out.push_str(sign);
    if !(-4..16).contains(&exponent) {
        out.push_str(mantissa);
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to a string cannot fail.
        let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
        return;
    }
    let shift = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        out.push_str("0.");
        push_zeros(out, shift - 1);
        out.push_str(first);
        out.push_str(rest);
    } else {
        out.push_str(first);
        if let Some((whole, fraction)) = rest.split_at_checked(shift) {
            out.push_str(whole);
            out.push('.');
            out.push_str(if fraction.is_empty() { "0" } else { fraction });
        } else {
            out.push_str(rest);
            push_zeros(out, shift - rest.len());
            out.push_str(".0");
        }
    }
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}
