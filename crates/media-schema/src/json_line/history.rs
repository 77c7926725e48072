//! The lines of what audits have found.
//!
//! An audit has no `last_place`, which is one of a single database's queue. A
//! check names its audit by `audit_scope` and `audit_started_at`, in place of
//! `audit_id`.

use std::io::{self, Write};

use serde_json::value::RawValue;

use super::{Fields, JsonLineError, refuse_nul, string, time, write_text, write_time, wrong_type};
use crate::{
    AuditKey, ExportedCheck, FIXITY_AUDITS, FIXITY_CHECKS, PastAudit, PastCheck, StoredHash,
    Totals, Verdict,
};

impl PastAudit {
    /// Writes the audit as a line of JSON, its line break included.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json_line(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\"table\":\"{}\"", FIXITY_AUDITS.name)?;
        write_text(out, "scope", &self.key.scope)?;
        write_time(out, "started_at", self.key.started_at)?;
        match self.finished_at {
            Some(finished_at) => write_time(out, "finished_at", finished_at)?,
            None => write!(out, ",\"finished_at\":null")?,
        }
        let totals = &self.totals;
        write!(
            out,
            ",\"files\":{},\"bytes\":{}",
            totals.files, totals.bytes
        )?;
        for verdict in Verdict::ALL {
            write!(out, ",\"{verdict}\":{}", totals.of(verdict))?;
        }
        writeln!(out, ",\"unreadable_rows\":{}}}", totals.unreadable_rows)
    }
}

impl ExportedCheck {
    /// Writes the check as a line of JSON, its line break included.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json_line(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { audit, check } = self;
        write!(out, "{{\"table\":\"{}\"", FIXITY_CHECKS.name)?;
        write_text(out, "audit_scope", &audit.scope)?;
        write_time(out, "audit_started_at", audit.started_at)?;
        write_text(out, "path", &check.path)?;
        write_text(out, "expected", check.expected.as_str())?;
        write_optional(out, "actual", check.actual.as_ref().map(StoredHash::as_str))?;
        write_text(out, "verdict", &check.verdict)?;
        write_optional(out, "found_at", check.found_at.as_deref())?;
        write_optional(out, "problem", check.problem.as_deref())?;
        write_time(out, "checked_at", check.checked_at)?;
        writeln!(out, "}}")
    }
}

fn write_optional(out: &mut impl Write, column: &str, text: Option<&str>) -> io::Result<()> {
    match text {
        Some(text) => write_text(out, column, text),
        None => write!(out, ",\"{column}\":null"),
    }
}

impl Fields<'_> {
    pub(super) fn audit(&mut self) -> Result<PastAudit, JsonLineError> {
        let key = AuditKey {
            scope: self.text("scope")?,
            started_at: self.time("started_at")?,
        };
        let finished_at =
            self.optional("finished_at", "a finite number of seconds, or null", time)?;
        let mut verdicts = [0; Verdict::ALL.len()];
        for (count, verdict) in verdicts.iter_mut().zip(Verdict::ALL) {
            *count = self.count(verdict.as_str())?;
        }
        Ok(PastAudit {
            key,
            finished_at,
            totals: Totals {
                files: self.count("files")?,
                bytes: self.count("bytes")?,
                verdicts,
                unreadable_rows: self.count("unreadable_rows")?,
            },
        })
    }

    pub(super) fn check(&mut self) -> Result<ExportedCheck, JsonLineError> {
        Ok(ExportedCheck {
            audit: AuditKey {
                scope: self.text("audit_scope")?,
                started_at: self.time("audit_started_at")?,
            },
            check: PastCheck {
                audit_id: 0,
                path: self.text("path")?,
                expected: self.hash("expected")?,
                actual: self.optional_text("actual")?.map(StoredHash::from),
                verdict: self.text("verdict")?,
                found_at: self.optional_text("found_at")?,
                problem: self.optional_text("problem")?,
                checked_at: self.time("checked_at")?,
            },
        })
    }

    fn optional_text(&mut self, column: &'static str) -> Result<Option<String>, JsonLineError> {
        let text = self.optional(column, "text, or null", string)?;
        text.map(|text| refuse_nul(text, column)).transpose()
    }

    fn optional<T>(
        &mut self,
        column: &'static str,
        expected: &'static str,
        read: impl FnOnce(&RawValue) -> Option<T>,
    ) -> Result<Option<T>, JsonLineError> {
        let value = self.take(column).ok_or(JsonLineError::Missing { column })?;
        if value.get() == "null" {
            return Ok(None);
        }
        read(value)
            .map(Some)
            .ok_or_else(|| wrong_type(column, expected))
    }

    /// What a database keeps as a whole number, and is not negative.
    fn count(&mut self, column: &'static str) -> Result<u64, JsonLineError> {
        let value = self.take(column).ok_or(JsonLineError::Missing { column })?;
        let count = value.get().parse::<i64>().ok();
        count
            .and_then(|count| u64::try_from(count).ok())
            .ok_or_else(|| wrong_type(column, "a whole number that is not negative"))
    }
}
