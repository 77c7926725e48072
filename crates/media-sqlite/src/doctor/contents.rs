//! What is in a database: its structure, its schema and its rows.

use std::path::Path;
use std::time::Instant;

use media_hash::protect::ProtectedFiles;
use media_schema::findings::Findings;
use media_schema::{ANALYSIS_JOBS, FindingKind, PROCESSING_JOBS, Severity, TABLES, VERSION};
use rusqlite::{Connection, ErrorCode};

use super::untouched::{PATIENCE, Way};
use super::{rows, surroundings};
use crate::connection::configure;
use crate::database::protect;
use crate::fault::open_error;
use crate::inspect::inspect_connection;
use crate::{DifferenceKind, Generation, Inspection, OpenError, OpenOptions, sqlite_version};

/// The lines of a check of the structure that are told.
const LINES: usize = 3;

/// Free space beyond this share of a file, and beyond [`MUCH`], is worth a word.
const FREE_SHARE: i64 = 4;

/// 16 MiB.
const MUCH: i64 = 16 << 20;

pub(super) fn not_looked_at_for_log(findings: &mut Findings) {
    findings.add(
        Severity::Warning,
        FindingKind::UnreadableLog,
        "the log has no index beside it, as after a crash or a copy, and only a writer can make \
         one: the contents were not judged",
        "if the log belongs to this file, `media-store schema adopt` makes the index; if it was \
         copied from elsewhere, move it away; then look again",
    );
}

pub(super) fn not_looked_at_for_journal(findings: &mut Findings) {
    findings.add(
        Severity::Warning,
        FindingKind::HotJournal,
        "a program was stopped in the middle of a change, and its journal is there to undo it: \
         the contents were not judged",
        "`media-store schema adopt` undoes that change, as the next save would; then look again. \
         Do not delete the journal",
    );
}

/// Opens the database and looks at everything in it.
///
/// # Errors
/// What kept it from looking on.
pub(super) fn look(path: &Path, way: Way, findings: &mut Findings) -> Result<(), OpenError> {
    let started = Instant::now();
    let (connection, guard) = open(path, way, started)?;
    let inspection = inspect_connection(&connection, path)?;
    let usable = schema(&inspection, findings);
    let judged = integrity(&connection, findings).and_then(|whole| {
        free_space(&connection, findings)?;
        if usable && whole {
            rows::look(&connection, &inspection.tables, findings)?;
            if let Some(folders) = rows::output_folders(&connection, &inspection.tables)? {
                for folder in folders {
                    surroundings::leftovers(&folder, is_temporary, findings);
                }
            }
        }
        Ok(())
    });
    guard.release(|| drop(connection));
    judged.map_err(|error| open_error(error, path, "read", started.elapsed()))
}

/// Whether a file, or a folder, is one that our programs write before they give it
/// its name.
fn is_temporary(name: &str) -> bool {
    [".media-store-", ".clip-", ".processing-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn open(
    path: &Path,
    way: Way,
    started: Instant,
) -> Result<(Connection, ProtectedFiles), OpenError> {
    let failed = |error| open_error(error, path, "open", started.elapsed());
    let connection = way.open(path).map_err(failed)?;
    let (_, guard) = protect(path)?;
    configure(&connection, &OpenOptions::new().busy_timeout(PATIENCE)).map_err(failed)?;
    Ok((connection, guard))
}

/// What kept the doctor from looking on.
pub(super) fn refused(error: &OpenError, findings: &mut Findings) {
    let reason = std::error::Error::source(error).map(ToString::to_string);
    match error {
        OpenError::NotADatabase { .. } => findings.add(
            Severity::Error,
            FindingKind::NotADatabase,
            "the file is not a SQLite database",
            "name another file; if it was a database, restore a backup",
        ),
        OpenError::Corrupt { .. } => damaged(&reason.unwrap_or_default(), findings),
        OpenError::Busy { .. } => findings.add(
            Severity::Warning,
            FindingKind::Locked,
            "another program has locked it, even for reading",
            "let that program finish its transaction, or end it",
        ),
        OpenError::CannotOpen { .. } => findings.add(
            Severity::Error,
            FindingKind::Permission,
            "the file, or what lies beside it, cannot be opened to read",
            "check the permissions of the file, its folder, and its -wal and -shm",
        ),
        other => findings.add(
            Severity::Error,
            FindingKind::Other,
            reason.unwrap_or_else(|| other.to_string()),
            "keep a copy, and ask with this message",
        ),
    }
}

fn damaged(what: &str, findings: &mut Findings) {
    findings.add(
        Severity::Error,
        FindingKind::Integrity,
        format!("the database is damaged: {what}"),
        "keep a copy of it and what lies beside it, then restore a backup, or save what can be \
         read: `sqlite3 FILE .recover`",
    );
}

/// Checks every page. Whether the database is whole.
fn integrity(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<bool> {
    let lines: rusqlite::Result<Vec<String>> = connection
        .prepare(&format!("PRAGMA quick_check({LINES})"))?
        .query_map([], |row| row.get(0))?
        .collect();
    let lines = match lines {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            vec![error.to_string()]
        }
        other => other?,
    };
    if lines == ["ok"] {
        let message = format!("SQLite {} finds its structure whole", sqlite_version());
        findings.ok(FindingKind::Integrity, message);
        return Ok(true);
    }
    let lines: Vec<_> = lines
        .iter()
        .flat_map(|line| line.lines())
        .filter(|line| !line.starts_with("*** in database"))
        .take(LINES)
        .collect();
    damaged(&lines.join("; "), findings);
    Ok(false)
}

/// Says in what the schema differs. Whether the rows can be read.
fn schema(inspection: &Inspection, findings: &mut Findings) -> bool {
    if inspection.version > i64::from(VERSION) {
        findings.add(
            Severity::Error,
            FindingKind::NewerVersion,
            format!(
                "a newer version wrote it: schema {}, this program knows {VERSION}",
                inspection.version
            ),
            "update this program",
        );
        return false;
    }
    match inspection.generation {
        Generation::Foreign => {
            findings.add(
                Severity::Error,
                FindingKind::Foreign,
                "it is another program's database: none of our tables is in it",
                "name another file",
            );
            return false;
        }
        Generation::Empty => {
            findings.add(
                Severity::Note,
                FindingKind::NoTable,
                "there are no tables: nothing was ever saved",
                "nothing: the first save creates them",
            );
            return true;
        }
        _ => {}
    }
    let before = findings.count();
    let usable = differences(inspection, findings);
    for table in [&ANALYSIS_JOBS, &PROCESSING_JOBS] {
        if usable && !inspection.tables.contains(&table.name) {
            findings.add(
                Severity::Note,
                FindingKind::NoTable,
                format!(
                    "there is no table {}: nothing of its kind was ever saved",
                    table.name
                ),
                "nothing: the first save creates it",
            );
        }
    }
    if findings.count() == before {
        findings.ok(
            FindingKind::Schema,
            format!(
                "{}, schema version {}",
                inspection.generation, inspection.version
            ),
        );
    }
    usable
}

/// Says each difference, but for those that adopting mends as one.
fn differences(inspection: &Inspection, findings: &mut Findings) -> bool {
    let is_adopted = inspection.version > 0;
    let mut usable = true;
    for difference in &inspection.differences {
        let is_index = TABLES
            .iter()
            .flat_map(|table| table.indexes)
            .any(|index| index.name == difference.object);
        match &difference.kind {
            DifferenceKind::Version { .. } => {}
            DifferenceKind::Missing if is_index && !is_adopted => {}
            DifferenceKind::Missing if is_index => findings.add(
                Severity::Warning,
                FindingKind::Index,
                format!("index {difference}, so that lists are slow"),
                "`media-store schema adopt` creates it",
            ),
            DifferenceKind::IndexColumns { .. } => findings.add(
                Severity::Warning,
                FindingKind::Index,
                format!("index {difference}, so that lists may be slow"),
                "drop it, then `media-store schema adopt` creates ours",
            ),
            _ => {
                usable = false;
                findings.add(
                    Severity::Error,
                    FindingKind::UnusableTable,
                    difference.to_string(),
                    "mend it as `media-store schema show` has it, or restore a backup",
                );
            }
        }
    }
    if !is_adopted && usable {
        findings.add(
            Severity::Note,
            FindingKind::NotAdopted,
            format!(
                "{}, not adopted: it works, and lists are slow",
                inspection.generation
            ),
            "`media-store schema adopt`, or save something; the Python library can use it still",
        );
    }
    usable
}

fn free_space(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    let pragma = |name: &str| -> rusqlite::Result<i64> {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
    };
    let (pages, free, size) = (
        pragma("page_count")?,
        pragma("freelist_count")?,
        pragma("page_size")?,
    );
    if free > pages / FREE_SHARE && free.saturating_mul(size) > MUCH {
        findings.add(
            Severity::Note,
            FindingKind::FreeSpace,
            format!("{free} of {pages} pages of {size} bytes are empty"),
            "nothing: saves use them again; `VACUUM` gives them back to the disk",
        );
    }
    Ok(())
}
