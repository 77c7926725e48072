//! Hash algorithms as types.

use digest::Digest;

/// A hash algorithm: a name and the hasher behind it.
///
/// It is implemented on a marker rather than on the hasher, so that a plugin
/// can name a hasher of a third crate. [`crate::Registry::register`] makes such
/// an algorithm known when a stored hash is verified.
///
/// ```
/// use media_hash::{Algorithm, hash_bytes};
///
/// struct Md4;
///
/// impl Algorithm for Md4 {
///     const NAME: &'static str = "md4";
///     type Hasher = md4::Md4;
/// }
///
/// let hash = hash_bytes::<Md4>("abc");
/// assert_eq!(hash.as_str(), "md4:a448017aaf21d8525fc10ae87aa6729d");
/// ```
pub trait Algorithm: 'static {
    /// The name before the colon of a [`crate::ContentHash`], as Python's
    /// `hashlib` spells it (`sha256`, `sha3_256`, `blake2b`).
    ///
    /// ASCII lower-case letters, digits, `_`, `-` and `.`. Hashing with a name
    /// that has others, or with a known name and a digest of another length,
    /// does not compile: such a hash could not be read back.
    ///
    /// ```compile_fail
    /// struct Colon;
    ///
    /// impl media_hash::Algorithm for Colon {
    ///     const NAME: &'static str = "md:4";
    ///     type Hasher = md4::Md4;
    /// }
    ///
    /// media_hash::hash_bytes::<Colon>("abc");
    /// ```
    const NAME: &'static str;

    /// The hasher that does the work.
    type Hasher: Digest + Send + 'static;
}

macro_rules! algorithms {
    ($($(#[$attribute:meta])* $marker:ident, $name:literal, $hasher:ty;)*) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        pub struct $marker;

        $(#[$attribute])*
        impl Algorithm for $marker {
            const NAME: &'static str = $name;
            type Hasher = $hasher;
        }
    )*};
}

algorithms! {
    /// SHA-256, `sha256`: what new hashes are made with by default.
    Sha256, "sha256", sha2::Sha256;

    /// MD5, `md5`. Collisions can be made at will: only for rows that already
    /// have it, never against someone who wants a file to pass for another.
    Md5, "md5", md5::Md5;
}

#[cfg(feature = "sha1")]
algorithms! {
    /// SHA-1, `sha1`. Collisions have been made: only for rows that already have it.
    Sha1, "sha1", sha1::Sha1;
}

#[cfg(feature = "sha2")]
algorithms! {
    /// SHA-224, `sha224`.
    Sha224, "sha224", sha2::Sha224;

    /// SHA-384, `sha384`.
    Sha384, "sha384", sha2::Sha384;

    /// SHA-512, `sha512`.
    Sha512, "sha512", sha2::Sha512;

    /// SHA-512/224, `sha512_224`.
    Sha512_224, "sha512_224", sha2::Sha512_224;

    /// SHA-512/256, `sha512_256`.
    Sha512_256, "sha512_256", sha2::Sha512_256;
}

#[cfg(feature = "sha3")]
algorithms! {
    /// SHA3-224, `sha3_224`.
    Sha3_224, "sha3_224", sha3::Sha3_224;

    /// SHA3-256, `sha3_256`.
    Sha3_256, "sha3_256", sha3::Sha3_256;

    /// SHA3-384, `sha3_384`.
    Sha3_384, "sha3_384", sha3::Sha3_384;

    /// SHA3-512, `sha3_512`.
    Sha3_512, "sha3_512", sha3::Sha3_512;
}

#[cfg(feature = "blake2")]
algorithms! {
    /// `blake2b`, with a digest of 64 bytes.
    Blake2b, "blake2b", blake2::Blake2b512;

    /// `blake2s`, with a digest of 32 bytes.
    Blake2s, "blake2s", blake2::Blake2s256;
}

#[cfg(feature = "blake3")]
algorithms! {
    /// `blake3`, with a digest of 32 bytes.
    Blake3, "blake3", blake3::Hasher;
}
