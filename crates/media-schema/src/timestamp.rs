//! Points in time as the tables keep them: Unix seconds in a `REAL` column.

use std::cmp::Ordering;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Seconds since 1970-01-01 00:00 UTC, as a finite float.
///
/// A float keeps about 0.2 µs of resolution in this century, which is what
/// peers write. Ordered by value.
///
/// ```
/// use media_schema::Timestamp;
///
/// let stamp = Timestamp::from_unix_seconds(1_767_225_602.5).unwrap();
/// assert_eq!(stamp.as_unix_seconds(), 1_767_225_602.5);
/// assert!(stamp < Timestamp::now());
/// assert!(Timestamp::from_unix_seconds(f64::NAN).is_none());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Timestamp(f64);

impl Timestamp {
    /// The current time of the system's clock.
    #[must_use]
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// The point in time that lies `seconds` after the Unix epoch, or `None`
    /// if that is not a finite number.
    #[must_use]
    pub fn from_unix_seconds(seconds: f64) -> Option<Self> {
        // Adding zero folds -0.0, which would otherwise equal 0.0 and sort apart.
        seconds.is_finite().then_some(Self(seconds + 0.0))
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn as_unix_seconds(self) -> f64 {
        self.0
    }

    /// The same as the standard library's type, or `None` for a time that the
    /// platform's clock cannot hold.
    #[must_use]
    pub fn to_system_time(self) -> Option<SystemTime> {
        let distance = Duration::try_from_secs_f64(self.0.abs()).ok()?;
        if self.0 < 0.0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        }
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_secs_f64(),
            Err(before) => -before.duration().as_secs_f64(),
        })
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Self::from_unix_seconds(seconds)
            .ok_or_else(|| de::Error::custom("a timestamp is a finite number of seconds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_time_round_trips_on_both_sides_of_the_epoch() {
        for seconds in [0.0, 1.5, -1.5, 1_767_225_602.5] {
            let stamp = Timestamp::from_unix_seconds(seconds).unwrap();
            let time = stamp.to_system_time().unwrap();
            assert_eq!(Timestamp::from(time), stamp);
        }
    }

    #[test]
    fn a_time_beyond_the_clock_is_none() {
        let far = Timestamp::from_unix_seconds(1e300).unwrap();
        assert!(far.to_system_time().is_none());
    }
}
