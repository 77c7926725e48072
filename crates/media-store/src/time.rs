//! Points in time, as they are typed and as they are shown.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Zoned};
use media_schema::Timestamp;

/// Reads a point in time: Unix seconds, RFC 3339, a date with or without a
/// time of day (local), or a span back from now such as `2h` or `7d`.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    parse_at(text, &Zoned::now())
}

fn parse_at(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    const EXPECTED: &str =
        "expected 2026-01-31, 2026-01-31T12:00:00Z, Unix seconds, or a span such as 2h or 7d";
    if let Ok(seconds) = text.parse() {
        return Timestamp::from_unix_seconds(seconds).ok_or_else(|| EXPECTED.to_owned());
    }
    let point = if let Ok(point) = text.parse::<jiff::Timestamp>() {
        point
    } else if let Ok(local) = text.parse::<DateTime>() {
        let zoned = local.to_zoned(now.time_zone().clone());
        zoned.map_err(|error| error.to_string())?.timestamp()
    } else if let Ok(span) = text.parse::<Span>() {
        let back = now.checked_sub(span.abs());
        back.map_err(|error| error.to_string())?.timestamp()
    } else {
        return Err(EXPECTED.to_owned());
    };
    Timestamp::from_unix_seconds(seconds(point)).ok_or_else(|| EXPECTED.to_owned())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the float that is nearest is what a column holds"
)]
fn seconds(point: jiff::Timestamp) -> f64 {
    point.as_microsecond() as f64 / 1e6
}

/// Reads a length of time: a span such as `30m` or `1h 30m`, a day being 24
/// hours, or seconds.
pub(crate) fn parse_span(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected a span such as 90s, 30m or 1h 30m, or seconds";
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    text.parse::<Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .filter(|duration| *duration >= SignedDuration::ZERO)
        .map(SignedDuration::unsigned_abs)
        .ok_or_else(|| EXPECTED.to_owned())
}

/// The local time to the second, or the number for a time beyond any calendar.
pub(crate) fn local(time: Timestamp) -> String {
    local_in(time, TimeZone::system())
}

fn local_in(time: Timestamp, zone: TimeZone) -> String {
    let point = time
        .to_system_time()
        .and_then(|time| jiff::Timestamp::try_from(time).ok());
    match point {
        Some(point) => point
            .to_zoned(zone)
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string(),
        None => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_noon() -> Zoned {
        "2026-03-10T12:00:00-05:00[-05:00]".parse().unwrap()
    }

    fn seconds_of(text: &str) -> f64 {
        parse_at(text, &at_noon()).unwrap().as_unix_seconds()
    }

    #[test]
    fn every_form_is_read() {
        let noon = 1_773_162_000.0;
        for (text, seconds) in [
            ("2026-03-10T17:00:00Z", noon),
            ("2026-03-10 12:00:00-05:00", noon),
            ("2026-03-10T12:00", noon),
            ("2026-03-10", noon - 43_200.0),
            ("1773162000", noon),
            ("1773162000.25", noon + 0.25),
            ("-1.5", -1.5),
            ("2h", noon - 7_200.0),
            ("2h ago", noon - 7_200.0),
            ("7d", noon - 7.0 * 86_400.0),
            ("1w 30m", noon - 7.0 * 86_400.0 - 1_800.0),
            ("P1D", noon - 86_400.0),
        ] {
            assert!((seconds_of(text) - seconds).abs() < 1e-6, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "soon", "2026-13-01", "nan", "inf", "90000y", "7"] {
            assert_eq!(parse_at(text, &at_noon()).is_err(), text != "7", "{text}");
        }
    }

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("90", 90),
            ("30m", 1_800),
            ("1h 30m", 5_400),
            ("1h30m", 5_400),
            ("1d", 86_400),
            ("PT2H", 7_200),
        ] {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "soon", "-1", "-30m", "30m ago", "1y", "2026-01-31"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_shown_to_the_second() {
        let show = |seconds| {
            let time = Timestamp::from_unix_seconds(seconds).unwrap();
            local_in(time, at_noon().time_zone().clone())
        };
        assert_eq!(show(1_773_162_000.75), "2026-03-10 12:00:00");
        assert_eq!(show(-1.0), "1969-12-31 18:59:59");
        assert_eq!(show(1e300), 1e300.to_string());
    }
}
