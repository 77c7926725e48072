//! Findings as they come.

use media_schema::{Finding, FindingKind, Severity};

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn add(
        &mut self,
        severity: Severity,
        kind: FindingKind,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.0.push(Finding {
            kind,
            severity,
            message: message.into(),
            advice: Some(advice.into()),
        });
    }

    pub(super) fn ok(&mut self, kind: FindingKind, message: impl Into<String>) {
        self.0.push(Finding {
            kind,
            severity: Severity::Ok,
            message: message.into(),
            advice: None,
        });
    }
}

/// A number and what it counts.
pub(super) fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
