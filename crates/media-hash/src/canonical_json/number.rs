//! Numbers as Python prints them.

use std::fmt::{LowerExp, Write};

/// Appends a finite float as Python's `repr` prints it: the shortest digits
/// that read back as the same number, an exponent only below `1e-04` and from
/// `1e+16` on, and `.0` where no fraction is left.
///
/// Rust prints the same shortest digits. The rule for the exponent is that of
/// `float_repr_style` "short" in Python's own `Python/pystrtod.c`.
pub(super) fn push_float(out: &mut String, number: impl LowerExp) {
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
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
