//! Time ranges as JSON.

use media_schema::TimeRange;
use proptest::prelude::*;

fn read(text: &str) -> Result<TimeRange, serde_json::Error> {
    serde_json::from_str(text)
}

#[test]
fn defaults_and_nulls_are_those_of_the_python_library() {
    let bare = read(r#"{"start": 0, "end": 1}"#).unwrap();
    assert_eq!(bare, TimeRange::new(0.0, 1.0, "segment"));
    let full = read(
        r#"{"start": 0.0, "end": 1.0, "label": "segment", "confidence": null, "payload": {}}"#,
    );
    assert_eq!(full.unwrap(), bare);
    assert_eq!(
        read(r#"{"start": 0, "end": 1, "payload": null}"#).unwrap(),
        bare
    );
}

#[test]
fn what_is_no_range_is_an_error_that_says_what_is_missing() {
    for (text, problem) in [
        (r#"{"end": 1}"#, "missing field `start`"),
        (r#"{"start": 1}"#, "missing field `end`"),
        (r#"{"start": "0", "end": 1}"#, "invalid type: string"),
        (
            "[0, 1]",
            "a time range: an object with start and end, in seconds",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }
}

#[test]
fn a_field_of_ours_is_not_written_twice() {
    let mut range = TimeRange::new(0.0, 1.0, "x");
    range.extra.insert("start".into(), 9.into());
    let text = serde_json::to_string(&range).unwrap();
    assert_eq!(text, r#"{"end":1.0,"label":"x","start":0.0}"#);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        start in prop::num::f64::NORMAL | prop::num::f64::ZERO,
        end in prop::num::f64::NORMAL,
        label: String,
        confidence in prop::option::of(0.0..1.0f64),
        payload in prop::collection::btree_map(any::<String>(), any::<i64>(), 0..4),
        extra in prop::collection::btree_map("x[a-z]*", any::<u64>(), 0..4),
    ) {
        let mut range = TimeRange::new(start, end, label);
        range.confidence = confidence;
        range.payload = payload.into_iter().map(|(name, value)| (name, value.into())).collect();
        range.extra = extra.into_iter().map(|(name, value)| (name, value.into())).collect();
        let text = serde_json::to_string(&range).unwrap();
        prop_assert_eq!(read(&text).unwrap(), range);
    }
}
