//! What counts as silence.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::SilenceError;

/// What counts as silence. Serialized, these options are the configuration that a cached result is
/// looked up by; fields left out of a document take their defaults, unknown fields are an error.
///
/// ```
/// use plugin_silence::SilenceOptions;
///
/// let options = SilenceOptions { min_silence: 1.0, ..SilenceOptions::default() };
/// assert!(options.validate().is_ok());
/// assert_eq!(options.threshold_db, -40.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SilenceOptions {
    /// Level below which a window is quiet, in dBFS: 0 is the level of a constant signal of full
    /// scale, so that a full-scale sine has -3. From -200 to 0; default -40.
    pub threshold_db: f64,
    /// Shortest silence reported, in seconds. Shorter pauses belong to the sound around them. A
    /// pause is as long as the quiet windows in it, so up to two windows shorter than it is.
    /// From 0 to 86,400; default 0.5.
    pub min_silence: f64,
    /// Shortest sound reported, in seconds. Shorter sounds belong to the silence next to them.
    /// From 0 to 86,400; default 0.05.
    pub min_sound: f64,
    /// Length over which the level is measured, in seconds, and the grid that ranges begin and end
    /// on; at least one frame. From 0.0001 to 1; default 0.01.
    pub window: f64,
}

impl Default for SilenceOptions {
    fn default() -> Self {
        Self {
            threshold_db: -40.0,
            min_silence: 0.5,
            min_sound: 0.05,
            window: 0.01,
        }
    }
}

impl SilenceOptions {
    /// Checks that every value is a number in its range.
    ///
    /// # Errors
    ///
    /// [`SilenceError::Option`] for the first that is not.
    pub fn validate(&self) -> Result<(), SilenceError> {
        check(
            "threshold_db",
            self.threshold_db,
            -200.0..=0.0,
            "from -200 to 0 (dBFS)",
        )?;
        check(
            "min_silence",
            self.min_silence,
            0.0..=86_400.0,
            "from 0 to 86400 (seconds)",
        )?;
        check(
            "min_sound",
            self.min_sound,
            0.0..=86_400.0,
            "from 0 to 86400 (seconds)",
        )?;
        check(
            "window",
            self.window,
            0.0001..=1.0,
            "from 0.0001 to 1 (seconds)",
        )
    }
}

fn check(
    name: &'static str,
    value: f64,
    range: RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), SilenceError> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(SilenceError::Option {
            name,
            value,
            expected,
        })
    }
}
