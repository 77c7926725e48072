//! What a file is: content hashes, config hashes, fingerprints and verification.
//!
//! - [`ContentHash`] is the identity of some bytes, as `algo:hexdigest`.
//!   [`hash_bytes`], [`hash_reader`] and [`hash_file`] make one; [`FileHasher`]
//!   makes several in one read, and hashes many files on all cores.
//! - [`verify_file`] and [`verify_hash`] check it again, by its own algorithm.
//! - [`config_hash`] is the identity of a configuration, the same in Python.
//! - [`Fingerprint`] tells without reading whether a file may have changed.
//! - [`Algorithm`] and [`Registry`] are how a plugin brings a hash of its own.
//! - [`protect`] keeps hashing away from databases that are open in the process.
//!
//! ```
//! use media_hash::{Sha256, Verification, config_hash, hash_file, verify_file};
//!
//! #[derive(serde::Serialize)]
//! struct Config { threshold_db: f64, min_silence: f64 }
//!
//! # let folder = tempfile::tempdir()?;
//! # let recording = folder.path().join("recording.wav");
//! # std::fs::write(&recording, "RIFF")?;
//! // What a result was made from, and with what.
//! let content = hash_file::<Sha256>(&recording)?;
//! let config = config_hash(&Config { threshold_db: -40.0, min_silence: 0.5 })?;
//! println!("{content} {config}");
//!
//! // Later: is it still the same file?
//! match verify_file(&recording, &content)? {
//!     Verification::Intact => println!("the result holds"),
//!     Verification::Changed { actual, .. } => println!("it is {actual} now"),
//!     Verification::Missing => println!("it is gone"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! SHA-256 and MD5 are always there. `sha1`, `sha2` (SHA-224, SHA-384, SHA-512
//! and its truncated forms), `sha3`, `blake2` and `blake3` add algorithms, and
//! `all` adds all of them.

mod algorithm;
mod canonical_json;
mod config_hash;
mod content_hash;
mod excerpt;
mod file;
mod fingerprint;
mod hash_cache;
mod known;
mod many;
mod missing;
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
pub use hash_cache::HashCache;
pub use missing::is_missing;
pub use registry::{DynAlgorithm, RegisterError, Registry};
pub use stream::{HashReaderError, hash_bytes, hash_reader};
pub use verify::{
    Verification, VerifyError, verify_file, verify_file_with, verify_hash, verify_hash_with,
};
