//! Any text is a hash that reads back as itself, or a short error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media_hash::ContentHash;
use media_schema::StoredHash;

fuzz_target!(|text: &str| {
    match text.parse::<ContentHash>() {
        Ok(hash) => {
            assert_eq!(hash.as_str(), text.to_ascii_lowercase());
            assert_eq!(hash.to_string().parse(), Ok(hash.clone()));
            assert_eq!(
                format!("{}:{}", hash.algorithm(), hash.hex()),
                hash.as_str()
            );
            let json = serde_json::to_string(&hash).unwrap();
            assert_eq!(serde_json::from_str::<ContentHash>(&json).unwrap(), hash);
            assert!(StoredHash::from(text.to_owned()) == hash);
        }
        Err(error) => assert!(error.to_string().len() < 1000, "{error}"),
    }
});
