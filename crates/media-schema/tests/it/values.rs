//! What columns take and what they refuse.

use media_hash::{Sha256, config_hash, hash_bytes};
use media_schema::{InvalidValue, JsonText, NewAnalysis, StoredHash};
use serde_json::{Value, json};

fn new() -> NewAnalysis {
    let hash = hash_bytes::<Sha256>("x");
    NewAnalysis::new("/a.wav", hash, config_hash(&()).unwrap()).unwrap()
}

#[test]
fn json_text_is_kept_verbatim() {
    for text in [
        "[]",
        " [ 1 , 2.50 ]\n",
        r#"[{"b":1,"a":123456789012345678901234567890}]"#,
    ] {
        let new = new().with_ranges_json(text).unwrap();
        assert_eq!(new.ranges().unwrap().as_str(), text);
        assert!(new.ranges().unwrap().is_valid());
    }
}

#[test]
fn too_long_a_text_is_refused_before_it_is_looked_at() {
    let long = format!("[{}]", " ".repeat(JsonText::MAX_LEN));
    let error = new().with_ranges_json(long).unwrap_err();
    assert!(
        matches!(
            error,
            InvalidValue::TooLong {
                column: "ranges",
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn what_is_nested_as_deep_as_is_taken_is_read_again() {
    let nested = |depth| (1..depth).fold(json!({}), |inner, _| json!({ "a": inner }));
    let new = |depth| new().with_metadata(&nested(depth));
    let deepest = new(127).unwrap();
    assert_eq!(
        deepest.metadata().unwrap().get::<Value>().unwrap(),
        nested(127)
    );
    assert!(new(128).is_err());
}

#[test]
fn what_follows_the_json_is_refused() {
    for text in ["[] x", "[][]", "[],"] {
        let error = new().with_ranges_json(text).unwrap_err();
        assert!(matches!(error, InvalidValue::NotJson { .. }), "{text}");
    }
}

#[test]
fn the_kind_is_that_of_the_column() {
    for text in ["{}", "5", "null", "\"[]\"", "true"] {
        let error = new().with_ranges_json(text).unwrap_err();
        assert_eq!(error.to_string(), "ranges takes a JSON array", "{text}");
    }
    for text in ["[]", "5", "null"] {
        let error = new().with_metadata_json(text).unwrap_err();
        assert_eq!(error.to_string(), "metadata takes a JSON object", "{text}");
    }
    let error = new().with_metadata(&Some(1)).unwrap_err();
    assert_eq!(error.to_string(), "metadata takes a JSON object");
}

#[test]
fn a_stored_hash_equals_the_hash_that_it_denotes() {
    let hash = hash_bytes::<Sha256>("x");
    assert_eq!(StoredHash::from(hash.as_str()), hash);
    assert_eq!(StoredHash::from(hash.as_str().to_uppercase()), hash);
    assert_ne!(StoredHash::from("sha256"), hash);
}
