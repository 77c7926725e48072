//! What checks find, and how it is shown.

use std::error::Error as StdError;
use std::fmt::{Display, Write as _};

use similar::TextDiff;

use crate::error::Error;

/// The most characters of a line that a difference shows.
const LINE: usize = 160;

/// Something that is not as it should be, and the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is wrong, in one line.
    pub(crate) what: String,
    /// The evidence: a difference, a path. May be empty.
    pub(crate) detail: String,
    /// The command that mends it, or what to do where none does.
    pub(crate) mend: String,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            detail: String::new(),
            mend: mend.into(),
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// A check by name, and what it found.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) failures: Vec<Failure>,
}

impl Check {
    pub(crate) fn new(name: impl Into<String>, failures: Vec<Failure>) -> Self {
        Self {
            name: name.into(),
            failures,
        }
    }

    /// A check that could not be carried out has failed too, and leaves the
    /// others their turn.
    pub(crate) fn tried(name: impl Into<String>, tried: Result<Vec<Failure>, Error>) -> Self {
        let failures = tried.unwrap_or_else(|error| {
            let what = format!("not carried out: {}", chain(&error));
            vec![Failure::new(what, "start with the other failures")]
        });
        Self::new(name, failures)
    }
}

/// Prints each check with what it found, and tells whether all is well.
pub(crate) fn print(checks: &[Check]) -> bool {
    for check in checks {
        print!("{}", render(check));
    }
    checks.iter().all(|check| check.failures.is_empty())
}

fn render(check: &Check) -> String {
    let verdict = if check.failures.is_empty() {
        "ok    "
    } else {
        "FAILED"
    };
    let mut text = format!("{verdict}  {}\n", check.name);
    for Failure { what, detail, mend } in &check.failures {
        let mut push = |indent: &str, lines: &str| {
            for line in lines.lines() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{indent}{line}");
            }
        };
        push("  - ", what);
        push("      ", detail);
        push("    to mend: ", mend);
    }
    text
}

/// Each item on a line of its own.
pub(crate) fn lines(items: impl IntoIterator<Item = impl Display>) -> String {
    let mut text = String::new();
    for item in items {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{item}");
    }
    text
}

/// How two texts differ, line by line; empty if they do not.
pub(crate) fn diff((old_name, old): (&str, &str), (new_name, new): (&str, &str)) -> Option<String> {
    if old == new {
        return None;
    }
    let diff = TextDiff::from_lines(old, new);
    let unified = diff
        .unified_diff()
        .context_radius(2)
        .header(old_name, new_name)
        .to_string();
    let lines: Vec<_> = unified.lines().map(shorten).collect();
    Some(lines.join("\n"))
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &line[..end], line.len()),
    }
}

/// An error with all of its sources, in one line.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_its_difference_and_the_way_out() {
        let detail = diff(("expected", "a\nb\n"), ("found", "a\nc\n")).unwrap();
        let failure = Failure::new("x differs", "cargo xtask schema write").with_detail(detail);
        let text = render(&Check::new("x is current", vec![failure]));
        assert_eq!(
            text,
            "FAILED  x is current\n  - x differs\n      --- expected\n      +++ found\n      \
             @@ -1,2 +1,2 @@\n       a\n      -b\n      +c\n    to mend: cargo xtask schema write\n"
        );
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(diff(("a", "same\n"), ("b", "same\n")), None);
    }

    #[test]
    fn a_long_line_is_cut() {
        let long = format!("{}\n", "ü".repeat(1000));
        let text = diff(("old", &long), ("new", "")).unwrap();
        assert!(text.lines().all(|line| line.chars().count() < LINE + 20));
    }
}
