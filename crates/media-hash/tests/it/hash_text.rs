//! `algo:hexdigest`, read and written.

use std::collections::HashMap;

use media_hash::{ContentHash, ParseHashError};
use proptest::prelude::*;

fn parse(text: &str) -> Result<ContentHash, ParseHashError> {
    text.parse()
}

#[test]
fn refuses_what_is_not_a_hash() {
    use ParseHashError as E;

    assert!(matches!(parse(""), Err(E::NoColon { .. })));
    assert!(matches!(parse("sha256"), Err(E::NoColon { .. })));
    assert!(matches!(parse(":"), Err(E::EmptyAlgorithm { .. })));
    assert!(matches!(parse(":x"), Err(E::EmptyAlgorithm { .. })));
    assert!(matches!(parse("sha256:"), Err(E::EmptyDigest { .. })));
    for (text, bad) in [
        (" md5:00", ' '),
        ("sha 1:00", ' '),
        ("mdö:00", 'ö'),
        ("a/b:00", '/'),
    ] {
        let Err(E::InvalidAlgorithm { character, .. }) = parse(text) else {
            panic!("{text}");
        };
        assert_eq!(character, bad);
    }
    for (text, bad) in [
        ("x:00:00", ':'),
        ("x:0x", 'x'),
        ("x:00\n", '\n'),
        ("x:é", 'é'),
    ] {
        let Err(E::NotHex { character, .. }) = parse(text) else {
            panic!("{text}");
        };
        assert_eq!(character, bad);
    }
}

#[test]
fn knows_the_length_of_every_digest_of_hashlib() {
    for (name, digits) in [
        ("md5", 32),
        ("sha1", 40),
        ("sha224", 56),
        ("sha256", 64),
        ("sha384", 96),
        ("sha512", 128),
        ("sha512_224", 56),
        ("sha512_256", 64),
        ("sha3_224", 56),
        ("sha3_256", 64),
        ("sha3_384", 96),
        ("sha3_512", 128),
        ("blake2b", 128),
        ("blake2s", 64),
        ("blake3", 64),
    ] {
        let right = format!("{name}:{}", "a".repeat(digits));
        assert_eq!(parse(&right).unwrap().as_str(), right);
        assert!(parse(&right.to_uppercase()).unwrap().as_str() == right);
        for wrong in [digits - 2, digits - 1, digits + 1] {
            let text = format!("{}:{}", name.to_uppercase(), "A".repeat(wrong));
            let Err(ParseHashError::WrongLength {
                algorithm,
                expected,
                actual,
                ..
            }) = parse(&text)
            else {
                panic!("{text}");
            };
            assert_eq!((algorithm, expected, actual), (name, digits, wrong));
        }
    }
}

#[test]
fn keeps_unknown_algorithms() {
    for text in ["md4:0f", "xxh3-64.v2:abc", "_:0"] {
        let hash = parse(text).unwrap();
        assert_eq!(hash.to_string(), text);
        assert_eq!(format!("{}:{}", hash.algorithm(), hash.hex()), text);
    }
}

#[test]
fn errors_stay_short() {
    let long = "é".repeat(1_000_000);
    for text in [
        long.clone(),
        format!(":{long}"),
        format!("{long}:"),
        format!("{long}:00"),
        format!("md5:{long}"),
        format!("md5:{}", "0".repeat(1_000_000)),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(error.to_string().len() < 400, "{error}");
        assert!(format!("{error:?}").len() < 400);
    }
}

#[test]
fn is_a_string_in_json() {
    let text = r#""md5:d41d8cd98f00b204e9800998ecf8427e""#;
    let hash: ContentHash = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&hash).unwrap(), text);
    assert!(serde_json::from_str::<ContentHash>(r#""md5:""#).is_err());
    assert!(serde_json::from_str::<ContentHash>("5").is_err());
    let owned = serde_json::Value::String("MD5:D41D8CD98F00B204E9800998ECF8427E".to_owned());
    assert_eq!(serde_json::from_value::<ContentHash>(owned).unwrap(), hash);
    let counts = HashMap::from([(hash.clone(), 1)]);
    let json = serde_json::to_string(&counts).unwrap();
    assert_eq!(
        serde_json::from_str::<HashMap<_, _>>(&json).ok(),
        Some(counts)
    );
}

proptest! {
    #[test]
    fn any_hash_is_read_back(name in "[a-z0-9_.-]{1,12}", digest in "[0-9a-fA-F]{1,80}") {
        let text = format!("{name}:{digest}");
        if let Ok(hash) = parse(&text) {
            prop_assert_eq!(hash.as_str(), text.to_lowercase());
            prop_assert_eq!(hash.algorithm(), name);
            prop_assert_eq!(parse(hash.as_str()).unwrap(), hash);
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}|[a-z:0-9]{0,12}") {
        if let Ok(hash) = parse(&text) {
            prop_assert_eq!(hash.to_string(), text.to_ascii_lowercase());
        }
    }
}
