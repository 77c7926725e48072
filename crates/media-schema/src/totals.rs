//! How many files of an audit came out how.

use crate::Verdict;

/// How many came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Files that were checked.
    pub files: u64,
    /// Bytes that were read for it.
    pub bytes: u64,
    /// By verdict, in the order of [`Verdict::ALL`]: one for each path, role
    /// and recorded hash.
    pub verdicts: [u64; Verdict::ALL.len()],
    /// Rows that could not be read.
    pub unreadable_rows: u64,
}

impl Totals {
    /// How many have that verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> u64 {
        self.verdicts[verdict as usize]
    }

    /// How many verdicts there are.
    #[must_use]
    pub fn checks(&self) -> u64 {
        self.verdicts.iter().sum()
    }

    /// Whether nothing was found but what was recorded.
    #[must_use]
    pub fn is_all_intact(&self) -> bool {
        self.checks() == self.of(Verdict::Intact) && self.unreadable_rows == 0
    }

    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        self.verdicts[verdict as usize] += 1;
    }

    /// Adds the counts of another.
    pub fn add_all(&mut self, more: &Self) {
        self.files += more.files;
        self.bytes += more.bytes;
        for (count, more) in self.verdicts.iter_mut().zip(more.verdicts) {
            *count += more;
        }
        self.unreadable_rows += more.unreadable_rows;
    }
}
