//! Why silence could not be looked for.

use media_audio::AudioError;

/// Why silence could not be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SilenceError {
    /// An option has a value that makes no sense.
    #[error("silence option {name} is {value}; it must be {expected}")]
    Option {
        /// The name of the field in [`SilenceOptions`](crate::SilenceOptions).
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },

    /// The audio could not be decoded.
    #[error(transparent)]
    Audio(#[from] AudioError),
}
