//! A file that is being checked.

use media_hash::{ContentHash, DynAlgorithm, Registry};
use media_schema::{NewCheck, StoredHash, Totals};

use crate::recorded::NamedFile;
use crate::verdict::{Outcome, comparable};

/// A file that is being checked.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) file: NamedFile,
    /// For each expectation the hash, if there is any that can be compared.
    pub(crate) hashes: Vec<Option<ContentHash>>,
    /// For each expectation what came of it, once that is known.
    pub(crate) outcomes: Vec<Option<Outcome>>,
    pub(crate) bytes: u64,
}

impl Open {
    /// A file, and the algorithms by which it is to be hashed: none, if nothing
    /// that is expected of it can be compared.
    pub(crate) fn new(file: NamedFile, registry: &Registry) -> (Self, Vec<DynAlgorithm>) {
        let (mut hashes, mut outcomes) = (Vec::new(), Vec::new());
        let mut algorithms: Vec<DynAlgorithm> = Vec::new();
        for expectation in &file.expectations {
            match comparable(&expectation.hash, registry) {
                Ok((hash, algorithm)) => {
                    if algorithms
                        .iter()
                        .all(|known| known.name() != algorithm.name())
                    {
                        algorithms.push(algorithm);
                    }
                    hashes.push(Some(hash));
                    outcomes.push(None);
                }
                Err(outcome) => {
                    hashes.push(None);
                    outcomes.push(Some(outcome));
                }
            }
        }
        let open = Self {
            file,
            hashes,
            outcomes,
            bytes: 0,
        };
        (open, algorithms)
    }

    /// The expectations of which nothing is known yet.
    pub(crate) fn unanswered(&self) -> impl Iterator<Item = (usize, &StoredHash, &ContentHash)> {
        let both = self.outcomes.iter().zip(&self.hashes).enumerate();
        both.filter_map(|(number, (outcome, hash))| match (outcome, hash) {
            (None, Some(hash)) => Some((number, &self.file.expectations[number].hash, hash)),
            _ => None,
        })
    }

    pub(crate) fn results(&self) -> impl Iterator<Item = (usize, &Outcome)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(number, outcome)| Some((number, outcome.as_ref()?)))
    }

    /// The results as they are kept.
    pub(crate) fn checks(&self) -> impl Iterator<Item = NewCheck<'_>> {
        self.results().map(|(number, outcome)| NewCheck {
            path: &self.file.path,
            expected: &self.file.expectations[number].hash,
            actual: outcome.actual.as_ref(),
            verdict: outcome.verdict,
            found_at: outcome.found_at.as_deref(),
            problem: outcome.problem.as_deref(),
        })
    }

    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals {
            files: 1,
            bytes: self.bytes,
            unreadable_rows: self.file.unreadable.len() as u64,
            ..Totals::default()
        };
        for (_, outcome) in self.results() {
            totals.add(outcome.verdict);
        }
        totals
    }
}
