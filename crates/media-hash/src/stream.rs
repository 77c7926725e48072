//! Hashing bytes in memory and readers.

use std::io::{self, ErrorKind, Read};

use thiserror::Error;

use crate::algorithm::Algorithm;
use crate::content_hash::ContentHash;
use crate::registry::{DynAlgorithm, DynHasher};

/// How much is read at a time, in bytes. More, up to 2 MiB, was not seen to be faster.
pub(crate) const BUFFER_LEN: usize = 256 * 1024;

/// The hash of `bytes`.
///
/// ```
/// use media_hash::{Sha256, hash_bytes};
///
/// let hash = hash_bytes::<Sha256>("abc");
/// assert_eq!(
///     hash.as_str(),
///     "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
/// );
/// ```
#[must_use]
pub fn hash_bytes<A: Algorithm>(bytes: impl AsRef<[u8]>) -> ContentHash {
    DynAlgorithm::of::<A>().hash_bytes(bytes)
}

/// The hash of all that `reader` gives, from where it stands to its end.
///
/// Nothing needs to be buffered: 256 KiB are asked for at a time.
///
/// # Errors
/// The reader failed. An interrupted read is tried again.
///
/// ```
/// use media_hash::{Sha256, hash_bytes, hash_reader};
///
/// let hash = hash_reader::<Sha256>(&b"abc"[..])?;
/// assert_eq!(hash, hash_bytes::<Sha256>("abc"));
/// # Ok::<(), media_hash::HashReaderError>(())
/// ```
pub fn hash_reader<A: Algorithm>(mut reader: impl Read) -> Result<ContentHash, HashReaderError> {
    hash_dyn_reader(DynAlgorithm::of::<A>(), &mut reader)
}

fn hash_dyn_reader(
    algorithm: DynAlgorithm,
    reader: &mut dyn Read,
) -> Result<ContentHash, HashReaderError> {
    let mut hasher: Box<dyn DynHasher> = algorithm.hasher();
    let mut buffer = vec![0; BUFFER_LEN];
    let mut bytes_read = 0;
    loop {
        match read(reader, &mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                bytes_read += count as u64;
            }
            Err(source) => return Err(HashReaderError::Read { bytes_read, source }),
        }
    }
}

/// Reads once, trying again when interrupted.
pub(crate) fn read(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Why a reader could not be hashed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HashReaderError {
    /// The reader failed.
    #[error("reader to hash failed after {bytes_read} bytes")]
    Read {
        /// Bytes read before.
        bytes_read: u64,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
}
