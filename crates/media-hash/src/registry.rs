//! Algorithms chosen by name at run time.

use std::fmt;

use digest::Digest;
use digest::common::OutputSizeUser;
use digest::common::typenum::Unsigned;
use thiserror::Error;

use crate::algorithm::{self, Algorithm};
use crate::content_hash::ContentHash;
use crate::known;

/// An [`Algorithm`] as a value: what a [`Registry`] answers with.
///
/// ```
/// use media_hash::{DynAlgorithm, Sha256, hash_bytes};
///
/// let sha256 = DynAlgorithm::of::<Sha256>();
/// assert_eq!(sha256.name(), "sha256");
/// assert_eq!(sha256.hash_bytes("abc"), hash_bytes::<Sha256>("abc"));
/// ```
#[derive(Clone, Copy)]
pub struct DynAlgorithm {
    name: &'static str,
    digest_len: usize,
    new_hasher: fn() -> Box<dyn DynHasher>,
}

impl DynAlgorithm {
    /// The algorithm `A`.
    ///
    /// A name or a digest length that [`Algorithm::NAME`] rules out does not compile.
    #[must_use]
    pub const fn of<A: Algorithm>() -> Self {
        const { assert!(Self::unchecked::<A>().defect().is_none()) };
        Self::unchecked::<A>()
    }

    const fn unchecked<A: Algorithm>() -> Self {
        Self {
            name: A::NAME,
            digest_len: <A::Hasher as OutputSizeUser>::OutputSize::USIZE,
            new_hasher: || Box::new(Hashing::<A>(A::Hasher::new())),
        }
    }

    /// The name, as [`Algorithm::NAME`] has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The hash of `bytes`.
    #[must_use]
    pub fn hash_bytes(&self, bytes: impl AsRef<[u8]>) -> ContentHash {
        let mut hasher = self.hasher();
        hasher.update(bytes.as_ref());
        hasher.finish()
    }

    pub(crate) fn hasher(&self) -> Box<dyn DynHasher> {
        (self.new_hasher)()
    }

    /// Why a hash of this algorithm could not be read back, if it could not.
    const fn defect(&self) -> Option<Defect> {
        if !known::is_canonical_name(self.name) {
            return Some(Defect::Name);
        }
        match known::lookup(self.name) {
            Some(known) if known.digest_len != self.digest_len => {
                Some(Defect::DigestLength(known.digest_len))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for DynAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynAlgorithm({})", self.name)
    }
}

enum Defect {
    Name,
    /// The length, in bytes, that the name stands for.
    DigestLength(usize),
}

/// A hasher at work, whatever its algorithm.
///
/// `digest::DynDigest` would do, but asks for hashers that reset and clone.
pub(crate) trait DynHasher: Send {
    fn update(&mut self, bytes: &[u8]);
    fn finish(self: Box<Self>) -> ContentHash;
}

struct Hashing<A: Algorithm>(A::Hasher);

impl<A: Algorithm> DynHasher for Hashing<A> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> ContentHash {
        ContentHash::from_digest(A::NAME, &self.0.finalize())
    }
}

/// The algorithms compiled in, by name.
static BUILTIN: &[DynAlgorithm] = &[
    #[cfg(feature = "blake2")]
    DynAlgorithm::of::<algorithm::Blake2b>(),
    #[cfg(feature = "blake2")]
    DynAlgorithm::of::<algorithm::Blake2s>(),
    #[cfg(feature = "blake3")]
    DynAlgorithm::of::<algorithm::Blake3>(),
    DynAlgorithm::of::<algorithm::Md5>(),
    #[cfg(feature = "sha1")]
    DynAlgorithm::of::<algorithm::Sha1>(),
    #[cfg(feature = "sha2")]
    DynAlgorithm::of::<algorithm::Sha224>(),
    DynAlgorithm::of::<algorithm::Sha256>(),
    #[cfg(feature = "sha2")]
    DynAlgorithm::of::<algorithm::Sha384>(),
    #[cfg(feature = "sha3")]
    DynAlgorithm::of::<algorithm::Sha3_224>(),
    #[cfg(feature = "sha3")]
    DynAlgorithm::of::<algorithm::Sha3_256>(),
    #[cfg(feature = "sha3")]
    DynAlgorithm::of::<algorithm::Sha3_384>(),
    #[cfg(feature = "sha3")]
    DynAlgorithm::of::<algorithm::Sha3_512>(),
    #[cfg(feature = "sha2")]
    DynAlgorithm::of::<algorithm::Sha512>(),
    #[cfg(feature = "sha2")]
    DynAlgorithm::of::<algorithm::Sha512_224>(),
    #[cfg(feature = "sha2")]
    DynAlgorithm::of::<algorithm::Sha512_256>(),
];

/// The algorithms that a name read from a row may stand for.
///
/// It starts with everything compiled in; a plugin adds its own. A registry is
/// an ordinary value: nothing registered in one shows in another.
///
/// ```
/// use media_hash::{Algorithm, Registry};
///
/// struct Md4;
///
/// impl Algorithm for Md4 {
///     const NAME: &'static str = "md4";
///     type Hasher = md4::Md4;
/// }
///
/// let mut registry = Registry::default();
/// registry.register::<Md4>()?;
/// assert!(registry.get("md4").is_some());
/// assert!(Registry::builtin().get("md4").is_none());
/// # Ok::<(), media_hash::RegisterError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    added: Vec<DynAlgorithm>,
}

impl Registry {
    /// The algorithms compiled in: `sha256`, `md5` and those of the features that are on.
    #[must_use]
    pub fn builtin() -> &'static Self {
        static REGISTRY: Registry = Registry { added: Vec::new() };
        &REGISTRY
    }

    /// Adds the algorithm `A`.
    ///
    /// # Errors
    /// The name is taken, cannot stand in a hash, or is a known one whose
    /// digests have another length.
    pub fn register<A: Algorithm>(&mut self) -> Result<(), RegisterError> {
        self.add(DynAlgorithm::unchecked::<A>())
    }

    fn add(&mut self, algorithm: DynAlgorithm) -> Result<(), RegisterError> {
        let name = algorithm.name;
        match algorithm.defect() {
            Some(Defect::Name) => Err(RegisterError::InvalidName { name }),
            Some(Defect::DigestLength(expected)) => Err(RegisterError::DigestLength {
                name,
                expected,
                actual: algorithm.digest_len,
            }),
            None if self.get(name).is_some() => Err(RegisterError::Duplicate { name }),
            None => {
                self.added.push(algorithm);
                Ok(())
            }
        }
    }

    /// The algorithm called `name`, in upper or lower case, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<DynAlgorithm> {
        self.algorithms()
            .find(|algorithm| algorithm.name.eq_ignore_ascii_case(name))
    }

    /// The names of all algorithms: those compiled in, in order, then those
    /// added, as they were added.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.algorithms().map(|algorithm| algorithm.name)
    }

    fn algorithms(&self) -> impl Iterator<Item = DynAlgorithm> {
        BUILTIN.iter().chain(&self.added).copied()
    }
}

/// Why an algorithm was not added to a [`Registry`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The registry has an algorithm of that name.
    #[error("algorithm {name:?} is registered already: choose another name")]
    Duplicate {
        /// The name.
        name: &'static str,
    },
    /// The name cannot stand in a hash.
    #[error("algorithm name {name:?} is not made of lower-case letters, digits, '_', '-' and '.'")]
    InvalidName {
        /// The name.
        name: &'static str,
    },
    /// The name is that of a known algorithm whose digests have another length.
    #[error(
        "algorithm {name:?} has digests of {actual} bytes: that name stands for {expected},          choose another"
    )]
    DigestLength {
        /// The name.
        name: &'static str,
        /// Bytes of a digest that the name stands for.
        expected: usize,
        /// Bytes of a digest of this algorithm.
        actual: usize,
    },
}
