//! What a case came to, and the table of all.

use std::fmt::Write as _;
use std::time::Duration;

/// What a case came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Why it could not be run here; the rest says nothing then.
    pub(super) not_run: Option<&'static str>,
    /// Processes run, files damaged, files hashed.
    pub(super) runs: u64,
    /// Rows whose save was acknowledged; hashes that were given.
    pub(super) acknowledged: u64,
    /// Acknowledged rows that were not there afterwards; wrong hashes.
    pub(super) lost: u64,
    /// Databases that failed `integrity_check`, or were altered unasked.
    pub(super) integrity: u64,
    /// The longest that one call took.
    pub(super) worst: Duration,
    /// Everything else that went wrong, in words.
    pub(super) failures: Vec<String>,
}

impl Outcome {
    pub(super) fn not_run(why: &'static str) -> Self {
        Self {
            not_run: Some(why),
            ..Self::default()
        }
    }

    pub(super) fn is_good(&self) -> bool {
        self.lost == 0 && self.integrity == 0 && self.failures.is_empty()
    }

    /// Notes `failure` unless `good`.
    pub(super) fn require(&mut self, good: bool, failure: impl FnOnce() -> String) {
        if !good {
            self.failures.push(failure());
        }
    }

    /// Takes the worst of what a child said.
    pub(super) fn see_worst(&mut self, micros: u64) {
        self.worst = self.worst.max(Duration::from_micros(micros));
    }
}

/// The first lines of the table, in Markdown.
pub(super) const HEAD: &str = "\
| Case | Runs | Acknowledged | Lost | Integrity failures | Worst wait | Took | |
|---|---:|---:|---:|---:|---:|---:|---|";

/// The line of a case, and what went wrong below it.
pub(super) fn line(name: &str, outcome: &Outcome, took: Duration) -> String {
    if let Some(why) = outcome.not_run {
        return format!("| {name} | | | | | | | not run: {why} |");
    }
    let mut line = format!(
        "| {name} | {} | {} | {} | {} | {:.1} ms | {:.0} s | {} |",
        outcome.runs,
        outcome.acknowledged,
        outcome.lost,
        outcome.integrity,
        outcome.worst.as_secs_f64() * 1000.0,
        took.as_secs_f64(),
        if outcome.is_good() { "ok" } else { "FAILED" },
    );
    for failure in outcome.failures.iter().take(10) {
        // Writing to a string cannot fail.
        let _ = write!(line, "\n  - {failure}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_a_failure() {
        let good = Outcome {
            runs: 2,
            acknowledged: 3,
            ..Outcome::default()
        };
        assert!(good.is_good());
        assert_eq!(
            line("saves", &good, Duration::from_secs(4)),
            "| saves | 2 | 3 | 0 | 0 | 0.0 ms | 4 s | ok |"
        );
        for bad in [
            Outcome {
                lost: 1,
                ..Outcome::default()
            },
            Outcome {
                integrity: 1,
                ..Outcome::default()
            },
            Outcome {
                failures: vec!["x".to_owned()],
                ..Outcome::default()
            },
        ] {
            assert!(!bad.is_good());
            assert!(line("saves", &bad, Duration::ZERO).contains("FAILED"));
        }
    }

    #[test]
    fn what_was_not_run_has_not_passed() {
        let line = line("python", &Outcome::not_run("no python3"), Duration::ZERO);
        assert!(line.ends_with("| not run: no python3 |"), "{line}");
    }
}
