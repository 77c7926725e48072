//! What a JSON column takes is what `serde_json` reads, of the column's kind.

use media_hash::{Sha256, config_hash, hash_bytes};
use media_schema::{JsonText, NewAnalysis, TimeRange};
use proptest::prelude::*;
use serde_json::Value;

fn new() -> NewAnalysis {
    let hash = hash_bytes::<Sha256>("x");
    NewAnalysis::new("/a.wav", hash, config_hash(&()).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn any_text_is_taken_verbatim_or_refused(
        text in "[ \n]{0,2}(\\[|\\{|)([\\[\\]{}\",:0-9.eE+\\- \\\\untrfalsxNI\u{e9}]|\"a\":|\"start\":|\\\\ud800|null|1e400){0,12}(\\]|\\}|)[ \n]{0,2}"
    ) {
        let parsed = serde_json::from_str::<Value>(&text);
        let stored = JsonText::from_stored(text.clone());
        prop_assert_eq!(stored.is_valid(), parsed.is_ok());
        let ranges = new().with_ranges_json(&*text);
        prop_assert_eq!(ranges.is_ok(), parsed.as_ref().is_ok_and(Value::is_array));
        if let Ok(new) = ranges {
            prop_assert_eq!(new.ranges().unwrap().as_str(), &text);
        }
        let metadata = new().with_metadata_json(&*text);
        prop_assert_eq!(metadata.is_ok(), parsed.is_ok_and(|value| value.is_object()));
    }

    #[test]
    fn ranges_that_are_read_can_be_written(
        start in any::<f64>(),
        end in any::<f64>(),
        label in "\\PC{0,8}",
        key in "[a-z]{1,3}|payload|confidence",
    ) {
        let label = serde_json::to_string(&label).unwrap();
        let text = format!(
            r#"[{{"start": {start:?}, "end": {end:?}, "label": {label}, "{key}": null}}]"#
        );
        if let Ok(ranges) = JsonText::from_stored(text).get::<Vec<TimeRange>>() {
            let again = new().with_ranges(&ranges).unwrap();
            prop_assert_eq!(again.ranges().unwrap().get::<Vec<TimeRange>>().unwrap(), ranges);
        }
    }
}
