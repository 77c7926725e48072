//! What an audit says of a file.

use std::error::Error;

use media_hash::{ContentHash, DynAlgorithm, HashFileError, HashedFile, Registry};
use media_schema::{StoredHash, Verdict};

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) actual: Option<ContentHash>,
    pub(crate) found_at: Option<String>,
    pub(crate) problem: Option<String>,
}

impl Outcome {
    fn new(verdict: Verdict) -> Self {
        Self {
            verdict,
            actual: None,
            found_at: None,
            problem: None,
        }
    }

    fn with_problem(verdict: Verdict, problem: String) -> Self {
        Self {
            problem: Some(problem),
            ..Self::new(verdict)
        }
    }

    /// Of a file that is not there.
    pub(crate) fn absent(found_at: Option<String>) -> Self {
        let verdict = match found_at {
            Some(_) => Verdict::Moved,
            None => Verdict::Missing,
        };
        Self {
            found_at,
            ..Self::new(verdict)
        }
    }

    /// Of a file that was hashed by the algorithm of `expected`. `None` if it
    /// is not there.
    pub(crate) fn of_file(
        expected: &ContentHash,
        hashed: &Result<HashedFile, HashFileError>,
    ) -> Option<Self> {
        match hashed {
            Ok(file) => {
                let actual = by_algorithm(file, expected.algorithm()).cloned();
                let verdict = if actual.as_ref() == Some(expected) {
                    Verdict::Intact
                } else {
                    Verdict::Changed
                };
                Some(Self {
                    actual,
                    ..Self::new(verdict)
                })
            }
            Err(HashFileError::NotFound { .. }) => None,
            Err(error) => Some(Self::with_problem(Verdict::Unreadable, chain(error))),
        }
    }
}

/// The hash of a file by the algorithm of that name.
pub(crate) fn by_algorithm<'f>(file: &'f HashedFile, name: &str) -> Option<&'f ContentHash> {
    file.hashes.iter().find(|hash| hash.algorithm() == name)
}

/// A recorded hash, with what computes it; or why nothing can be compared with it.
pub(crate) fn comparable(
    expected: &StoredHash,
    registry: &Registry,
) -> Result<(ContentHash, DynAlgorithm), Outcome> {
    let refuse = |problem| Outcome::with_problem(Verdict::Unverifiable, problem);
    let hash = expected
        .parse()
        .map_err(|error| refuse(error.to_string()))?;
    let name = hash.algorithm();
    match registry.get(name) {
        Some(algorithm) => Ok((hash, algorithm)),
        None => Err(refuse(format!("hash algorithm {name:?} is not known here"))),
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
