//! Hashes as a statement gets them.

use media_schema::StoredHash;
use serde_json::Value;

/// About the most bytes of hashes that a statement gets at once.
const ARRAY: usize = 16 << 20;

/// Hashes as JSON arrays of bounded length: one of them, but for a quarter of
/// a million.
pub(crate) fn json_arrays(hashes: &[StoredHash]) -> Vec<String> {
    let mut arrays = Vec::new();
    let mut array = Vec::new();
    let mut length = 0;
    for hash in hashes {
        if length > ARRAY {
            arrays.push(Value::Array(std::mem::take(&mut array)).to_string());
            length = 0;
        }
        length += hash.as_str().len();
        array.push(Value::from(hash.as_str()));
    }
    arrays.push(Value::Array(array).to_string());
    arrays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_bounded_length_hold_every_hash_once() {
        let long = "0".repeat(ARRAY / 5);
        let hashes: Vec<_> = (0..17)
            .map(|number| StoredHash::from(format!("{number}{long}")))
            .collect();
        let arrays = json_arrays(&hashes);
        assert_eq!(arrays.len(), 4);
        let parse = |array: &String| serde_json::from_str::<Vec<String>>(array).unwrap();
        let all: Vec<_> = arrays
            .iter()
            .flat_map(parse)
            .map(StoredHash::from)
            .collect();
        assert!(all == hashes);
        assert_eq!(json_arrays(&[]), ["[]"]);
    }
}
