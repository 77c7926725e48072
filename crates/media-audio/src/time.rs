//! Frames to seconds and back.

/// The time at which frame number `frame` begins, in seconds.
///
/// A rate of 0 Hz gives 0 s.
///
/// ```
/// assert_eq!(media_audio::seconds_at(22_050, 44_100), 0.5);
/// ```
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53 frames, which is thousands of years"
)]
pub fn seconds_at(frame: u64, sample_rate: u32) -> f64 {
    if sample_rate == 0 {
        return 0.0;
    }
    frame as f64 / f64::from(sample_rate)
}

/// The number of the frame nearest to a time in seconds.
///
/// Times that are negative or not a number give 0; times beyond the range of `u64` give its
/// maximum. `frames_at(seconds_at(n, rate), rate)` is `n` again.
///
/// ```
/// assert_eq!(media_audio::frames_at(0.5, 44_100), 22_050);
/// assert_eq!(media_audio::frames_at(-1.0, 44_100), 0);
/// ```
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the saturating cast is what is documented"
)]
pub fn frames_at(seconds: f64, sample_rate: u32) -> u64 {
    (seconds * f64::from(sample_rate)).round() as u64
}
