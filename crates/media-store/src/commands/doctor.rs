//! `doctor`: what is wrong with the database, and what to do about it.

use std::io;

use comfy_table::Color;
use media_schema::{Diagnosis, Finding, Severity};

use crate::cli::Shared;
use crate::failure::{Failure, Status};
use crate::messages;
use crate::output::{Fields, Format, List, Listed, Page, printable, wrapped};
use crate::place::Place;

pub(crate) fn run(shared: &Shared) -> Result<Status, Failure> {
    let diagnosis = match Place::find(shared.db.as_deref())? {
        Place::File(file) => media_sqlite::diagnose(file.path())?,
        Place::Server(address) => media_postgres::diagnose(&address)?,
    };
    let mut list = List::new(Format::resolve(shared.format));
    for finding in &diagnosis.findings {
        list.add(&Line {
            diagnosis: &diagnosis,
            finding,
        })?;
    }
    list.finish::<Line<'_>>()?;
    messages::note(shared.quiet, &summary(&diagnosis));
    Ok(if diagnosis.severity() > Severity::Note {
        Status::Difference
    } else {
        Status::Fine
    })
}

fn summary(diagnosis: &Diagnosis) -> String {
    let count = |severity| {
        let findings = diagnosis.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let path = printable(diagnosis.database.clone());
    let counts: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (count(severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if counts.is_empty() {
        format!("{path}: nothing is wrong")
    } else {
        format!("{path}: {}", counts.join(", "))
    }
}

/// A finding about a file.
struct Line<'a> {
    diagnosis: &'a Diagnosis,
    finding: &'a Finding,
}

/// The width of what stands before a message.
const INDENT: usize = 9;

impl Listed for Line<'_> {
    const COLUMNS: &'static [&'static str] = &["path", "kind", "severity", "message", "advice"];

    fn fields(&self) -> Fields<'_> {
        vec![
            ("path", self.diagnosis.database.clone().into()),
            ("kind", self.finding.kind.as_str().into()),
            ("severity", self.finding.severity.as_str().into()),
            ("message", self.finding.message.as_str().into()),
            ("advice", self.finding.advice.as_deref().into()),
        ]
    }

    /// What was found, and under it what to do.
    fn show(&self, page: &mut Page) -> io::Result<()> {
        let Finding {
            severity,
            message,
            advice,
            ..
        } = self.finding;
        let color = match severity {
            Severity::Ok => Color::Green,
            Severity::Note => Color::Cyan,
            Severity::Warning => Color::Yellow,
            _ => Color::Red,
        };
        let mut lines = wrapped(message, INDENT);
        if let Some(advice) = advice {
            lines.extend(wrapped(&format!("→ {advice}"), INDENT));
        }
        let mut before = severity.as_str();
        for line in lines {
            page.colored(
                before,
                color,
                &format!("{:1$}{line}", "", INDENT - before.len()),
            )?;
            before = "";
        }
        Ok(())
    }
}
