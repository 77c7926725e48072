//! `cargo xtask torture`: the long forms of the tests of faults, with real
//! processes and real files. What is promised is in docs/reliability.md.

mod child;
mod crowd;
mod damage;
mod hashing;
mod kill;
mod limits;
mod outcome;

use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::error::Error;
use outcome::Outcome;

pub(crate) use child::{Play, play};

/// What to run, and how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A hundredth of the work, to see that it runs
    #[arg(long)]
    quick: bool,
    /// The cases to run, all unless named
    #[arg(value_enum)]
    cases: Vec<Case>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    /// 32 processes save 1,000 rows each
    Saves,
    /// 32 processes save the same 1,000 rows
    SameKeys,
    /// 32 processes open a database that is not there, 50 times
    FirstOpens,
    /// 32 processes race for 1,000 job names
    JobNames,
    /// Python processes of both generations save beside ours
    Python,
    /// A process that is stopped holds the write lock, 20 times
    Stopped,
    /// Killed while saving, 1,000 times
    KillSave,
    /// Killed while folding the log into the file, 1,000 times
    KillCheckpoint,
    /// Killed while creating databases, 1,000 times
    KillCreate,
    /// Killed while adopting files of the Python library, 1,000 times
    KillAdopt,
    /// A disk that gets full, 50 times
    FullDisk,
    /// A file that may not grow, 50 times
    FileLimit,
    /// A million flipped bits in 100,000 files
    Flips,
    /// Files cut off at 20,000 places
    Cuts,
    /// JSON of depth 100,000, and close to 1 GB, that a peer wrote
    HugeJson,
    /// A file that changes 20,000 times while it is hashed
    Hashing,
}

/// Runs the cases and prints the table; whether all is well.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Error> {
    let cases = if arguments.cases.is_empty() {
        Case::value_variants()
    } else {
        &arguments.cases
    };
    let size = |long: u64| {
        if arguments.quick {
            (long / 100).max(2)
        } else {
            long
        }
    };
    let mut good = true;
    println!("{}", outcome::HEAD);
    for case in cases {
        let started = Instant::now();
        let outcome = case.run(size, arguments.quick)?;
        good &= outcome.is_good();
        let name = case.to_possible_value();
        let name = name.as_ref().map_or("?", |value| value.get_name());
        println!("{}", outcome::line(name, &outcome, started.elapsed()));
    }
    Ok(good)
}

impl Case {
    fn run(self, size: impl Fn(u64) -> u64, quick: bool) -> Result<Outcome, Error> {
        let processes = if quick { 8 } else { 32 };
        match self {
            Self::Saves => crowd::saves(processes, size(1000)),
            Self::SameKeys => crowd::same_keys(processes, size(1000)),
            Self::FirstOpens => crowd::first_opens(processes, size(50)),
            Self::JobNames => crowd::job_names(processes, size(1000)),
            Self::Python => crowd::python(size(500)),
            Self::Stopped => crowd::stopped(size(20)),
            Self::KillSave => kill::saving(size(1000)),
            Self::KillCheckpoint => kill::checkpointing(size(1000)),
            Self::KillCreate => kill::creating(size(1000)),
            Self::KillAdopt => kill::adopting(size(1000)),
            Self::FullDisk => limits::full_disk(size(50)),
            Self::FileLimit => limits::file_limit(size(50)),
            Self::Flips => damage::flips(size(100_000)),
            Self::Cuts => damage::cuts(size(20_000)),
            Self::HugeJson => damage::huge_json(if quick { 300_000_000 } else { 990_000_000 }),
            Self::Hashing => hashing::changes(size(20_000)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_have_names_and_words() {
        for case in Case::value_variants() {
            let value = case.to_possible_value().unwrap();
            assert!(value.get_help().is_some(), "{}", value.get_name());
        }
    }
}
