//! What audits found.

use media_schema::{FixityBackend, PastCheck, StoredHash};
use serde::Serialize;

use super::embed::block_of_kind;
use super::{Error, Report};
use crate::failure::Failure;
use crate::stop;

/// How many checks of one file and hash the page keeps, the newest.
const HISTORY: usize = 10;

/// A check as the page reads it: an array.
#[derive(Debug, Serialize)]
struct Check(
    i64,
    String,
    StoredHash,
    Option<StoredHash>,
    String,
    Option<String>,
    Option<String>,
    f64,
);

impl Check {
    fn new(id: i64, check: PastCheck) -> Self {
        Self(
            id,
            check.path,
            check.expected,
            check.actual,
            check.verdict,
            check.found_at,
            check.problem,
            check.checked_at.as_unix_seconds(),
        )
    }
}

/// Writes the latest checks as `checks`, and those before them as `past`.
pub(super) fn write(
    report: &mut Report<'_>,
    backend: &(impl FixityBackend + ?Sized),
) -> Result<(), Error> {
    let mut after = 0;
    loop {
        stop::check(report.stop)?;
        let page = backend.walk_checks(after, HISTORY).map_err(Failure::from)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        let (mut latest, mut past) = (Vec::new(), Vec::new());
        for walked in page {
            match walked.check {
                Ok(check) if walked.newer > 0 => past.push(Check::new(walked.id, check)),
                Ok(check) => latest.push(Check::new(walked.id, check)),
                Err(error) => report.unreadable(&error)?,
            }
        }
        report.totals.checks += latest.len() + past.len();
        for (kind, checks) in [("checks", latest), ("past", past)] {
            if !checks.is_empty() {
                block_of_kind(report.out, kind, &checks)?;
            }
        }
    }
}
