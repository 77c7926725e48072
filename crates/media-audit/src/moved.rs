//! Files that are not where they were: is their content elsewhere?

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use media_hash::{ContentHash, HashFileError, HashedFile};
use media_schema::{FixityBackend, StoreError};

use crate::open::Open;
use crate::pool::Task;
use crate::recorded::PathsOfContent;
use crate::run::Run;
use crate::verdict::{Outcome, by_algorithm};

/// Contents of which it is remembered where they are, at most.
const REMEMBERED: usize = 4096;

/// Where contents were found that were looked for, `None` if nowhere: thousands
/// of files with one content are looked for once.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<String, Option<String>>);

impl Known {
    fn put(&mut self, hash: &str, found: Option<&str>) {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(hash.to_owned(), found.map(str::to_owned));
    }
}

/// A file that is not there, while its contents are looked for.
#[derive(Debug)]
pub(crate) struct Absent {
    pub(crate) open: Open,
    searches: Vec<Search>,
}

/// The search for one content.
#[derive(Debug)]
struct Search {
    /// Which of the file's expectations it is for.
    number: usize,
    hash: ContentHash,
    candidates: PathsOfContent,
    /// The candidate that is being hashed, and what came of it.
    current: Option<String>,
    answer: Option<bool>,
}

/// How far a search has come.
enum Step {
    Found(String),
    Nowhere,
    /// A candidate is being hashed.
    Waits,
}

/// What is known of a candidate.
enum Candidate {
    Holds,
    Refuted,
    IsHashed,
}

impl Absent {
    pub(crate) fn new(open: Open) -> Self {
        let searches = open.unanswered().map(|(number, stored, hash)| {
            let texts = BTreeSet::from([hash.as_str(), stored.as_str()]);
            Search {
                number,
                hash: hash.clone(),
                candidates: PathsOfContent::new(&texts),
                current: None,
                answer: None,
            }
        });
        let searches = searches.collect();
        Self { open, searches }
    }

    /// Takes note of a file that was hashed, if a search waits for it.
    pub(crate) fn learn(&mut self, path: &str, hashed: &Result<HashedFile, HashFileError>) {
        for search in &mut self.searches {
            if search.current.as_deref() == Some(path) {
                search.answer = match hashed {
                    Ok(file) => by_algorithm(file, search.hash.algorithm())
                        .map(|actual| *actual == search.hash),
                    Err(_) => Some(false),
                };
            }
        }
    }
}

impl<B: FixityBackend + ?Sized> Run<'_, B> {
    /// Goes on with the searches for all files that are not there.
    pub(crate) fn search(&mut self) -> Result<(), StoreError> {
        for mut absent in std::mem::take(&mut self.absent) {
            let path = absent.open.file.path.clone();
            let mut waiting = Vec::new();
            for mut search in absent.searches {
                let found = match self.step(&mut search, &path)? {
                    Step::Found(found) => Some(found),
                    Step::Nowhere => None,
                    Step::Waits => {
                        waiting.push(search);
                        continue;
                    }
                };
                absent.open.outcomes[search.number] = Some(Outcome::absent(found));
            }
            if waiting.is_empty() {
                self.finished.push(absent.open);
            } else {
                absent.searches = waiting;
                self.absent.push(absent);
            }
        }
        Ok(())
    }

    fn step(&mut self, search: &mut Search, own: &str) -> Result<Step, StoreError> {
        let hash = search.hash.clone();
        loop {
            if let Some(step) = self.remembered(hash.as_str(), own) {
                return Ok(step);
            }
            let answer = search.answer.take();
            let candidate = match search.current.take() {
                Some(candidate) => Some(candidate),
                None => search.candidates.next(self.backend)?,
            };
            let Some(candidate) = candidate else {
                self.known.put(hash.as_str(), None);
                return Ok(Step::Nowhere);
            };
            if candidate == own {
                continue;
            }
            let found = match answer {
                Some(true) => Candidate::Holds,
                Some(false) => Candidate::Refuted,
                None => self.examine(&candidate, &hash)?,
            };
            match found {
                Candidate::Holds => {
                    self.known.put(hash.as_str(), Some(&candidate));
                    return Ok(Step::Found(candidate));
                }
                Candidate::Refuted => {}
                Candidate::IsHashed => {
                    search.current = Some(candidate);
                    return Ok(Step::Waits);
                }
            }
        }
    }

    /// What an earlier search has found, if it still holds.
    fn remembered(&self, hash: &str, own: &str) -> Option<Step> {
        match self.known.0.get(hash)? {
            None => Some(Step::Nowhere),
            Some(path) if path != own && Path::new(path).is_file() => {
                Some(Step::Found(path.clone()))
            }
            Some(_) => None,
        }
    }

    /// Whether a recorded path has a content: by this audit's own check of it,
    /// which is made now if its turn has not come, or else by hashing it.
    fn examine(&mut self, path: &str, hash: &ContentHash) -> Result<Candidate, StoreError> {
        if !Path::new(path).is_file() {
            return Ok(Candidate::Refuted);
        }
        if self.active.contains_key(path) || self.candidates.contains(path) {
            return Ok(Candidate::IsHashed);
        }
        if self.is_queued(path)?
            && let Some(file) = self.find(vec![path.to_owned()])?.pop()
        {
            self.forget(path);
            return Ok(if self.begin(file) {
                Candidate::IsHashed
            } else {
                Candidate::Refuted
            });
        }
        if let Some(holds) = self.has_found(path, hash)? {
            return Ok(if holds {
                Candidate::Holds
            } else {
                Candidate::Refuted
            });
        }
        let Some(algorithm) = self.registry.get(hash.algorithm()) else {
            return Ok(Candidate::Refuted);
        };
        self.candidates.insert(path.to_owned());
        self.pool.submit(Task {
            path: path.to_owned(),
            algorithms: vec![algorithm],
            is_candidate: true,
        });
        Ok(Candidate::IsHashed)
    }
}
