//! What a file is: content hashes, config hashes, fingerprints and verification.

mod algorithm;
mod canonical_json;
mod config_hash;
mod content_hash;
mod excerpt;
mod file;
mod fingerprint;
mod known;
mod many;
mod platform;
pub mod protect;
mod registry;
mod stream;
mod verify;

#[cfg(feature = "blake3")]
pub use algorithm::Blake3;
#[cfg(feature = "sha1")]
pub use algorithm::Sha1;
pub use algorithm::{Algorithm, Md5, Sha256};
#[cfg(feature = "blake2")]
pub use algorithm::{Blake2b, Blake2s};
#[cfg(feature = "sha3")]
pub use algorithm::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};
#[cfg(feature = "sha2")]
pub use algorithm::{Sha224, Sha384, Sha512, Sha512_224, Sha512_256};
pub use canonical_json::{CanonicalJsonError, JsonPlace, canonical_json, canonicalize_json};
pub use config_hash::{canonical_config_json, config_hash, config_hash_json};
pub use content_hash::{ContentHash, ParseHashError};
pub use file::{FileHasher, HashFileError, HashedFile, hash_file};
pub use fingerprint::Fingerprint;
pub use registry::{DynAlgorithm, RegisterError, Registry};
pub use stream::{HashReaderError, hash_bytes, hash_reader};
pub use verify::{
    Verification, VerifyError, verify_file, verify_file_with, verify_hash, verify_hash_with,
};
