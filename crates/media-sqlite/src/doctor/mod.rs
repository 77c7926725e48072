//! The doctor: what is wrong with a database, and what to do about it.
//!
//! It looks at files that nothing else can open, and changes none: no byte, no
//! log, no lock. What it needs for that is in `untouched.rs` and
//! `lock_holder.rs`; what it looks at is in `surroundings.rs` (from outside),
//! `contents.rs` and `rows.rs` (inside).

mod contents;
mod lock_holder;
mod rows;
mod size;
mod surroundings;
mod untouched;

use std::path::Path;

use media_schema::findings::Findings;
use media_schema::{Diagnosis, FindingKind, Severity};
use untouched::{Header, Hindrance, Stillness, Way, is_log_readable};

use crate::OpenError;
use crate::connection::require_sqlite;
use crate::location::Location;

/// Looks at whatever lies at a path, and says what is wrong with it as a
/// database and what to do. Changes nothing and creates nothing.
///
/// Reads the whole database: every page for its structure, and every row, so
/// that it takes about as long as copying the file. A bit that was flipped
/// inside a text goes unnoticed, since SQLite keeps no checksums.
///
/// Meant for a process that has the database open in no other way. One that
/// this crate has open is looked at as any reader would, and its locks are not
/// asked about; one that was opened by other means loses its locks.
///
/// # Errors
/// If there is no file, or the path is none; whatever is wrong with a file is
/// a finding.
///
/// ```
/// use media_sqlite::{FindingKind, OpenOptions, Severity, diagnose};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("media.db");
/// drop(OpenOptions::new().open(&path)?);
/// assert!(diagnose(&path)?.severity() <= Severity::Note);
///
/// std::fs::write(&path, "a text")?;
/// let diagnosis = diagnose(&path)?;
/// assert_eq!(diagnosis.severity(), Severity::Error);
/// assert!(
///     diagnosis
///         .findings
///         .iter()
///         .any(|finding| finding.kind == FindingKind::NotADatabase)
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diagnose(path: impl AsRef<Path>) -> Result<Diagnosis, OpenError> {
    diagnose_path(path.as_ref())
}

/// How often a file is looked at anew that changed meanwhile.
const ATTEMPTS: usize = 3;

fn diagnose_path(given: &Path) -> Result<Diagnosis, OpenError> {
    require_sqlite()?;
    let mut findings = Findings::default();
    let path = match Location::check(given) {
        Ok(location) if location.exists => location.path,
        Ok(location) => {
            surroundings::require_traces(&location.path, &mut findings)?;
            return Ok(finish(&location.path, findings));
        }
        Err(error @ (OpenError::NotAFile { .. } | OpenError::Io { .. })) => {
            let path = error.path().to_owned();
            surroundings::refused(error, &mut findings);
            return Ok(finish(&path, findings));
        }
        Err(error) => return Err(error),
    };
    if !surroundings::look_at_file(&path, &mut findings) {
        return Ok(finish(&path, findings));
    }
    let header = Header::read(&path);
    surroundings::look_around(&path, header, &mut findings);
    look_inside(&path, header, &mut findings);
    Ok(finish(&path, findings))
}

fn look_inside(path: &Path, header: Header, findings: &mut Findings) {
    for attempt in 1..=ATTEMPTS {
        let way = match Way::choose(path, header) {
            Ok(way) => way,
            Err(Hindrance::NoIndex) => return contents::not_looked_at_for_log(findings),
            Err(Hindrance::HotJournal) => return contents::not_looked_at_for_journal(findings),
        };
        let stillness = Stillness::of(path);
        let mut found = Findings::default();
        let looked = contents::look(path, way, &mut found);
        let is_settled = match (way, &looked) {
            (Way::Still, _) => stillness.held(path),
            // Whoever closes the database last takes the log away.
            (Way::Log, Err(OpenError::CannotOpen { .. })) => !is_log_readable(path),
            // Whoever opens it next makes the index anew, which only a writer can.
            (Way::Log, Err(OpenError::ReadOnly { .. })) => attempt == ATTEMPTS,
            (Way::Shared | Way::Log, _) => true,
        };
        if is_settled {
            if let Err(error) = looked {
                contents::refused(&error, &mut found);
            }
            findings.append(found);
            return;
        }
    }
    findings.add(
        Severity::Warning,
        FindingKind::Changing,
        "the file changed each time that it was looked at, so its contents were not judged",
        "try again when less is written to it",
    );
}

fn finish(path: &Path, findings: Findings) -> Diagnosis {
    findings.into_diagnosis(path.display().to_string())
}
