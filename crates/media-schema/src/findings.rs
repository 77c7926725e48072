//! How a backend's doctor gathers and words what it finds, so that all say it alike.

use crate::{Diagnosis, Finding, FindingKind, Severity};

/// Findings as they come.
///
/// ```
/// use media_schema::findings::{Findings, counted};
/// use media_schema::{FindingKind, Severity};
///
/// let mut findings = Findings::default();
/// findings.ok(FindingKind::Rows, format!("{} can be read", counted(2, "row")));
/// findings.add(Severity::Note, FindingKind::Vacuum, "much is empty", "nothing");
/// let diagnosis = findings.into_diagnosis("/a/media.db");
/// assert_eq!(diagnosis.findings[0].message, "2 rows can be read");
/// assert_eq!(diagnosis.severity(), Severity::Note);
/// ```
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Something is as it should be.
    pub fn ok(&mut self, kind: FindingKind, message: impl Into<String>) {
        self.push(kind, Severity::Ok, &message.into(), None);
    }

    /// Something is not, with what to do about it.
    pub fn add(
        &mut self,
        severity: Severity,
        kind: FindingKind,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.push(kind, severity, &message.into(), Some(advice.into()));
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds others behind these.
    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// What was found in a database.
    #[must_use]
    pub fn into_diagnosis(self, database: impl Into<String>) -> Diagnosis {
        Diagnosis {
            database: database.into(),
            findings: self.0,
        }
    }

    /// What a database says, or what a file is called, may have line breaks.
    fn push(
        &mut self,
        kind: FindingKind,
        severity: Severity,
        message: &str,
        advice: Option<String>,
    ) {
        self.0.push(Finding {
            kind,
            severity,
            message: message.replace(char::is_control, " "),
            advice,
        });
    }
}

/// How many there are of something, and what the first three are.
///
/// ```
/// use media_schema::findings::Examples;
///
/// let mut rows = Examples::default();
/// for id in [3, 5, 8, 9] {
///     rows.add(|| format!("row {id}"));
/// }
/// assert_eq!((rows.count(), rows.list()), (4, "row 3, row 5, row 8, …".into()));
/// ```
#[derive(Debug, Default)]
pub struct Examples {
    count: u64,
    first: Vec<String>,
}

impl Examples {
    /// How many are named.
    pub const NAMED: usize = 3;

    /// One more.
    pub fn add(&mut self, what: impl FnOnce() -> String) {
        self.add_many(1, std::iter::once_with(what));
    }

    /// Some more, of which the first ones are known.
    pub fn add_many(&mut self, count: u64, first: impl IntoIterator<Item = String>) {
        self.count += count;
        let more = Self::NAMED - self.first.len();
        self.first.extend(first.into_iter().take(more));
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first ones, and whether there are more.
    #[must_use]
    pub fn list(&self) -> String {
        let more = if self.count > self.first.len() as u64 {
            ", …"
        } else {
            ""
        };
        format!("{}{more}", self.first.join(", "))
    }
}

/// A number of things: `1 row`, `2 rows`.
#[must_use]
pub fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
