//! Whether bytes still are what a stored hash says.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::content_hash::ContentHash;
use crate::excerpt::excerpt;
use crate::file::{HashFileError, hash_dyn_file};
use crate::known;
use crate::registry::{DynAlgorithm, Registry};

/// The outcome of a fixity check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verification {
    /// The content is the one that was hashed.
    Intact,
    /// The content is another.
    Changed {
        /// The hash that was stored.
        expected: ContentHash,
        /// The hash that the content has now, by the same algorithm.
        actual: ContentHash,
    },
    /// There is no file.
    Missing,
}

impl Verification {
    /// Whether it is [`Verification::Intact`].
    #[must_use]
    pub fn is_intact(&self) -> bool {
        *self == Self::Intact
    }

    fn compare(expected: &ContentHash, actual: ContentHash) -> Self {
        if *expected == actual {
            Self::Intact
        } else {
            Self::Changed {
                expected: expected.clone(),
                actual,
            }
        }
    }
}

/// Compares `bytes` with a hash, by the hash's own algorithm.
///
/// # Errors
/// The algorithm is not compiled in.
///
/// ```
/// use media_hash::{Sha256, hash_bytes, verify_hash};
///
/// let expected = hash_bytes::<Sha256>("abc");
/// assert!(verify_hash("abc", &expected)?.is_intact());
/// assert!(!verify_hash("abd", &expected)?.is_intact());
/// # Ok::<(), media_hash::VerifyError>(())
/// ```
pub fn verify_hash(
    bytes: impl AsRef<[u8]>,
    expected: &ContentHash,
) -> Result<Verification, VerifyError> {
    verify_hash_with(Registry::builtin(), bytes, expected)
}

/// [`verify_hash`] with the algorithms of `registry`.
///
/// # Errors
/// The algorithm is not registered.
pub fn verify_hash_with(
    registry: &Registry,
    bytes: impl AsRef<[u8]>,
    expected: &ContentHash,
) -> Result<Verification, VerifyError> {
    let actual = find(registry, expected, None)?.hash_bytes(bytes);
    Ok(Verification::compare(expected, actual))
}

/// Compares the file at `path` with a hash, by the hash's own algorithm.
///
/// A symbolic link is followed; one that leads nowhere is a missing file.
///
/// # Errors
/// The algorithm is not compiled in, or the file is there and cannot be hashed.
///
/// ```
/// use media_hash::{Sha256, Verification, hash_bytes, hash_file, verify_file};
///
/// let expected = hash_file::<Sha256>("Cargo.toml")?;
/// assert_eq!(verify_file("Cargo.toml", &expected)?, Verification::Intact);
/// assert_eq!(verify_file("no such file", &expected)?, Verification::Missing);
/// assert_eq!(
///     verify_file("Cargo.toml", &hash_bytes::<Sha256>(""))?,
///     Verification::Changed { expected: hash_bytes::<Sha256>(""), actual: expected },
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn verify_file(
    path: impl AsRef<Path>,
    expected: &ContentHash,
) -> Result<Verification, VerifyError> {
    verify_file_with(Registry::builtin(), path, expected)
}

/// [`verify_file`] with the algorithms of `registry`.
///
/// # Errors
/// The algorithm is not registered, or the file is there and cannot be hashed.
pub fn verify_file_with(
    registry: &Registry,
    path: impl AsRef<Path>,
    expected: &ContentHash,
) -> Result<Verification, VerifyError> {
    let path = path.as_ref();
    let algorithm = find(registry, expected, Some(path))?;
    match hash_dyn_file(algorithm, path) {
        Ok(actual) => Ok(Verification::compare(expected, actual)),
        Err(HashFileError::NotFound { .. }) => Ok(Verification::Missing),
        Err(error) => Err(error.into()),
    }
}

fn find(
    registry: &Registry,
    expected: &ContentHash,
    path: Option<&Path>,
) -> Result<DynAlgorithm, VerifyError> {
    let name = expected.algorithm();
    registry.get(name).ok_or_else(|| {
        let feature = known::lookup(name).and_then(|known| known.feature);
        let remedy = match feature {
            Some(feature) => format!("turn on feature {feature:?} of media-hash"),
            None => "add it with Registry::register".to_owned(),
        };
        VerifyError::UnknownAlgorithm {
            name: excerpt(name),
            path: path.map(Path::to_owned),
            remedy,
        }
    })
}

/// Why a check gave no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// No algorithm of that name is registered.
    #[error("{}hash algorithm {name:?} is not registered: {remedy}", subject(path.as_deref()))]
    UnknownAlgorithm {
        /// The algorithm's name, cut after its first 80 characters.
        name: String,
        /// The file that was to be checked, if it was a file.
        path: Option<PathBuf>,
        /// What a developer can do about it.
        remedy: String,
    },
    /// The file is there and cannot be hashed.
    #[error(transparent)]
    File(#[from] HashFileError),
}

#[expect(
    clippy::unnecessary_debug_formatting,
    reason = "any file name stays on one line and can be told apart"
)]
fn subject(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| {
        format!("file {path:?} cannot be checked: ")
    })
}
