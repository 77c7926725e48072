//! Samples to 16 bits.

/// A sample from -1 to 1 as 16 bits: rounded to the nearest, clipped at full scale, 0 where it is
/// not a number. No dither: 16-bit sources come out as they went in.
pub(crate) fn to_16_bits(sample: f32) -> i16 {
    let scaled = (sample * 32_768.0).round_ties_even();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, which clips"
    )]
    {
        scaled as i16
    }
}

#[cfg(test)]
mod tests {
    use super::to_16_bits;

    #[test]
    fn every_16_bit_value_comes_back() {
        for value in i16::MIN..=i16::MAX {
            assert_eq!(to_16_bits(f32::from(value) / 32_768.0), value);
        }
    }

    #[test]
    fn others_are_rounded_and_clipped() {
        for (sample, expected) in [
            (1.0, 32_767),
            (7.5, 32_767),
            (-1.0, -32_768),
            (-7.5, -32_768),
            (f32::INFINITY, 32_767),
            (f32::NAN, 0),
            (0.49 / 32_768.0, 0),
            (0.51 / 32_768.0, 1),
            (-0.51 / 32_768.0, -1),
            (0.5 / 32_768.0, 0),
            (1.5 / 32_768.0, 2),
        ] {
            assert_eq!(to_16_bits(sample), expected, "{sample}");
        }
    }
}
