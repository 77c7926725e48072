//! The law of a store: what was saved is what comes back.

use media_hash::ContentHash;
use media_schema::{NewAnalysis, TimeRange, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::fresh;

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::hash_map(any::<String>(), json(), 0..6)
        .prop_map(|map| map.into_iter().collect())
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |float| float.is_finite())
}

fn range() -> impl Strategy<Value = TimeRange> {
    (
        finite(),
        finite(),
        any::<String>(),
        prop::option::of(finite()),
        object(),
        object(),
    )
        .prop_map(|(start, end, label, confidence, payload, extra)| {
            let mut range = TimeRange::new(start, end, label);
            range.confidence = confidence;
            range.payload = payload;
            range.extra = extra;
            for known in ["start", "end", "label", "confidence", "payload"] {
                range.extra.remove(known);
            }
            range
        })
}

fn hash() -> impl Strategy<Value = ContentHash> {
    "[a-f0-9]{64}".prop_map(|hex| format!("sha256:{hex}").parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_saved_comes_back(
        path in "[^\\x00]*",
        file_hash in hash(),
        config_hash in hash(),
        ranges in prop::option::of(prop::collection::vec(range(), 0..4)),
        metadata in prop::option::of(object()),
        seconds in finite(),
    ) {
        let store = fresh();
        let created_at = Timestamp::from_unix_seconds(seconds).unwrap();
        let mut new = NewAnalysis::new(&path, file_hash.clone(), config_hash.clone())
            .unwrap()
            .with_created_at(created_at);
        if let Some(ranges) = &ranges {
            new = new.with_ranges(ranges).unwrap();
        }
        if let Some(metadata) = &metadata {
            new = new.with_metadata(metadata).unwrap();
        }
        store.storage.save(&new).unwrap();

        let row = store.storage.get_cached(&path, &config_hash).unwrap().unwrap();
        prop_assert_eq!(&row.file_path, &path);
        prop_assert_eq!(&row.file_hash, &file_hash);
        prop_assert_eq!(&row.config_hash, &config_hash);
        prop_assert_eq!(row.ranges.is_some(), ranges.is_some());
        prop_assert_eq!(row.time_ranges().unwrap(), ranges.unwrap_or_default());
        prop_assert_eq!(row.metadata_as().unwrap(), metadata);
        prop_assert_eq!(row.created_at, created_at);
    }

    #[test]
    fn json_text_comes_back_verbatim(value in prop::collection::vec(json(), 0..6), pretty: bool) {
        let text = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            serde_json::to_string(&value).unwrap()
        };
        let store = fresh();
        let new = crate::analysis("/a.wav", "x", "a").with_ranges_json(text.clone()).unwrap();
        store.storage.save(&new).unwrap();
        let row = store.storage.get_cached("/a.wav", crate::config("a")).unwrap().unwrap();
        prop_assert_eq!(row.ranges.unwrap().into_string(), text);
    }
}
