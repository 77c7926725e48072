//! A JSON column takes a text if serde_json reads it and it is of the
//! column's kind; what it takes is kept verbatim.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media_hash::{Sha256, config_hash, hash_bytes};
use media_schema::{JsonText, NewAnalysis, TimeRange};
use serde_json::Value;

fuzz_target!(|text: &str| {
    let parsed = serde_json::from_str::<Value>(text);
    let stored = JsonText::from_stored(text.to_owned());
    assert_eq!(stored.is_valid(), parsed.is_ok(), "{parsed:?}");
    assert_eq!(stored.get::<Value>().is_ok(), parsed.is_ok());

    let new =
        || NewAnalysis::new("/a", hash_bytes::<Sha256>(""), config_hash(&()).unwrap()).unwrap();
    let ranges = new().with_ranges_json(text);
    assert_eq!(ranges.is_ok(), parsed.as_ref().is_ok_and(Value::is_array));
    if let Ok(new) = ranges {
        assert_eq!(new.ranges().unwrap().as_str(), text);
        if let Ok(ranges) = new.ranges().unwrap().get::<Vec<TimeRange>>() {
            // What was read can be written, and is read again.
            let again = self::new(&ranges);
            assert_eq!(
                again.ranges().unwrap().get::<Vec<TimeRange>>().unwrap(),
                ranges
            );
        }
    }
    let metadata = new().with_metadata_json(text);
    assert_eq!(
        metadata.is_ok(),
        parsed.as_ref().is_ok_and(Value::is_object)
    );
    if let Ok(value) = parsed
        && value.is_object()
    {
        let written = new().with_metadata(&value).unwrap();
        let read: Value = written.metadata().unwrap().get().unwrap();
        assert_eq!(read, value);
    }
});

fn new(ranges: &[TimeRange]) -> NewAnalysis {
    NewAnalysis::new("/a", hash_bytes::<Sha256>(""), config_hash(&()).unwrap())
        .unwrap()
        .with_ranges(ranges)
        .unwrap()
}
