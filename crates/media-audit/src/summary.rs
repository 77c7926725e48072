//! How an audit ended.

use crate::verdict::Verdict;

/// How many came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
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

    pub(crate) fn add(&mut self, verdict: Verdict) {
        self.verdicts[verdict as usize] += 1;
    }

    pub(crate) fn add_all(&mut self, more: &Self) {
        self.files += more.files;
        self.bytes += more.bytes;
        for (count, more) in self.verdicts.iter_mut().zip(more.verdicts) {
            *count += more;
        }
        self.unreadable_rows += more.unreadable_rows;
    }
}

/// Why an audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// No file is left.
    Finished,
    /// Its time was up.
    TimeLimit,
    /// It was cancelled, or the callback had enough.
    Stopped,
}

/// How an audit ended, and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Its row in `fixity_audits`; `None` if no history was kept.
    pub audit_id: Option<i64>,
    /// Why it ended.
    pub ending: Ending,
    /// What was found by the whole audit, before it was resumed too.
    pub totals: Totals,
    /// Files that are left to check, where that is known; 0 if it was finished.
    pub files_left: Option<u64>,
}
