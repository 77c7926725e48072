//! The hashes that Python computes.

use media_hash::{
    ContentHash, Registry, canonical_config_json, canonical_json, config_hash, config_hash_json,
    verify_hash,
};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct ConfigVector {
    input: String,
    canonical: String,
    hash: ContentHash,
}

#[derive(Deserialize)]
struct ContentVector {
    name: String,
    length: usize,
    text: Option<String>,
    byte: Option<u8>,
    hash: ContentHash,
}

fn lines<T: for<'de> Deserialize<'de>>(jsonl: &str) -> Vec<T> {
    jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn config_hashes() {
    let vectors: Vec<ConfigVector> = lines(include_str!("../vectors/config_hash.jsonl"));
    assert_eq!(vectors.len(), 212);
    for vector in vectors {
        let ConfigVector {
            input,
            canonical,
            hash,
        } = vector;
        assert_eq!(canonical_config_json(&input).unwrap(), canonical);
        assert_eq!(config_hash_json(&input).unwrap(), hash, "{input}");
        let raw: Box<RawValue> = serde_json::from_str(&input).unwrap();
        assert_eq!(config_hash(&raw).unwrap(), hash, "{input}");
    }
}

#[test]
fn configs_as_values() {
    let vectors: Vec<ConfigVector> = lines(include_str!("../vectors/config_hash.jsonl"));
    let mut compared = 0;
    for vector in vectors {
        // The value type has no integers beyond 64 bits, nor lone surrogates.
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&vector.input) else {
            continue;
        };
        if vector.input.contains("123456789012345678901234567890") {
            continue;
        }
        if canonical_json(&value).unwrap() == vector.canonical {
            assert_eq!(config_hash(&value).unwrap(), vector.hash);
            compared += 1;
        } else {
            assert_eq!(vector.canonical, "{}", "{}", vector.input);
            assert_eq!(config_hash(&value).unwrap(), vector.hash);
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn content_hashes() {
    let vectors: Vec<ContentVector> = lines(include_str!("../vectors/content_hash.jsonl"));
    assert_eq!(vectors.len(), 55);
    let (mut compared, mut missing) = (0, 0);
    for vector in vectors {
        let bytes = match (vector.text, vector.byte) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(byte)) => vec![byte; vector.length],
            (None, None) => panic!("{} has no content", vector.name),
        };
        assert_eq!(bytes.len(), vector.length);
        let Some(algorithm) = Registry::builtin().get(vector.hash.algorithm()) else {
            missing += 1;
            continue;
        };
        assert_eq!(algorithm.hash_bytes(&bytes), vector.hash, "{}", vector.name);
        assert!(verify_hash(&bytes, &vector.hash).unwrap().is_intact());
        compared += 1;
    }
    assert!(compared >= 10, "{compared}");
    assert!(missing == 0 || cfg!(not(feature = "all")), "{missing}");
}
