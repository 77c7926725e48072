//! Contents by number.

use std::collections::HashMap;

use media_schema::StoredHash;

/// Contents by number.
#[derive(Default)]
pub(crate) struct Nodes {
    numbers: HashMap<StoredHash, usize>,
    hashes: Vec<StoredHash>,
}

impl Nodes {
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn add(&mut self, hash: StoredHash) -> usize {
        if let Some(&number) = self.numbers.get(&hash) {
            return number;
        }
        let number = self.hashes.len();
        self.hashes.push(hash.clone());
        self.numbers.insert(hash, number);
        number
    }

    pub(crate) fn get(&self, hash: &StoredHash) -> Option<usize> {
        self.numbers.get(hash).copied()
    }

    /// Their hashes, by number.
    pub(crate) fn hashes(&self) -> &[StoredHash] {
        &self.hashes
    }

    /// Likewise, when no more come.
    pub(crate) fn into_hashes(self) -> Vec<StoredHash> {
        self.hashes
    }
}
