//! What a file is: content hashes, config hashes, fingerprints and verification.

mod content_hash;

pub use content_hash::{ContentHash, ParseHashError};
