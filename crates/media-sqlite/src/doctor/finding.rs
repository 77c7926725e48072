//! How findings are gathered and worded.

use media_schema::{Finding, FindingKind, Severity};

/// A size for people: `5 bytes`, `1.5 MiB`.
pub(super) fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let power = (bytes.ilog2() / 10).min(4);
    let tenths = u128::from(bytes) * 10 / (1_u128 << (10 * power));
    format!(
        "{}.{} {}",
        tenths / 10,
        tenths % 10,
        UNITS[power as usize - 1]
    )
}

/// A number of things: `1 row`, `2 rows`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// Findings as they come.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, kind: FindingKind, message: impl Into<String>) {
        self.push(kind, Severity::Ok, &message.into(), None);
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        kind: FindingKind,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.push(kind, severity, &message.into(), Some(advice.into()));
    }

    pub(super) fn has(&self, kind: FindingKind) -> bool {
        self.0.iter().any(|finding| finding.kind == kind)
    }

    /// What SQLite says, or what a file is called, may have line breaks.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_one_decimal() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1_802_985_472, "1.6 GiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }
}
