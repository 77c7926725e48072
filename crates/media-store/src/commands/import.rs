//! `import`: rows from lines of JSON.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use media_analysis_store::MediaAnalysisStorage;
use media_audit::{ExportedCheck, PastAudit, import_audits, import_checks};
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnyRow, Imported, MediaAnalysisRow, MediaProcessingRow};

use crate::cli::{ImportArgs, Shared};
use crate::failure::{Failure, Status};
use crate::json_lines::JsonLines;
use crate::place::{Database, Place};
use crate::progress::Progress;
use crate::{messages, stop};

const BUFFER: usize = 256 << 10;

/// What one transaction takes at most, by rows and by the bytes of their lines.
const ROWS: usize = 2_000;
const BYTES: u64 = 8 << 20;

pub(crate) fn run(shared: &Shared, args: &ImportArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let is_stdin = args.file == Path::new("-");
    let (input, size): (Box<dyn BufRead>, _) = if is_stdin {
        (Box::new(io::stdin().lock()), None)
    } else {
        let failed = |source| file_error(&args.file, source);
        let file = File::open(&args.file).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let size = metadata.is_file().then_some(metadata.len());
        (Box::new(BufReader::with_capacity(BUFFER, file)), size)
    };
    // Of a pipe nobody knows how much is to come.
    let progress = Progress::new(shared.quiet || size.is_none());
    progress.set_total(size.unwrap_or(0));
    let mut import = Import {
        shared,
        database: None,
        batch: Batch::default(),
        tally: Tally::default(),
        progress: &progress,
    };
    let mut lines = JsonLines::new(input);
    let ended = import.lines(&mut lines, &args.file, stop);
    let tally = import.tally;
    drop(progress);
    messages::note(shared.quiet, &tally);
    ended?;
    Ok(if tally.of(Imported::Conflict) == 0 {
        Status::Fine
    } else {
        Status::Incomplete
    })
}

fn file_error(path: &Path, source: io::Error) -> Failure {
    Failure::File {
        action: "read",
        path: path.into(),
        source,
    }
}

/// Rows for the next transaction, with the numbers of their lines.
#[derive(Default)]
struct Batch {
    analyses: Vec<MediaAnalysisRow>,
    analysis_lines: Vec<u64>,
    jobs: Vec<MediaProcessingRow>,
    job_lines: Vec<u64>,
    audits: Vec<PastAudit>,
    audit_lines: Vec<u64>,
    checks: Vec<ExportedCheck>,
    check_lines: Vec<u64>,
    bytes: u64,
}

impl Batch {
    fn push(&mut self, row: AnyRow, line: u64) {
        match row {
            AnyRow::Analysis(row) => {
                self.analyses.push(row);
                self.analysis_lines.push(line);
            }
            AnyRow::Processing(row) => {
                self.jobs.push(row);
                self.job_lines.push(line);
            }
            AnyRow::Audit(audit) => {
                self.audits.push(audit);
                self.audit_lines.push(line);
            }
            AnyRow::Check(check) => {
                self.checks.push(check);
                self.check_lines.push(line);
            }
        }
    }

    fn rows(&self) -> usize {
        self.analyses.len() + self.jobs.len() + self.audits.len() + self.checks.len()
    }
}

struct Import<'a> {
    shared: &'a Shared,
    /// Opened, and so perhaps created, when there is a row.
    database: Option<Database>,
    batch: Batch,
    tally: Tally,
    progress: &'a Progress,
}

impl Import<'_> {
    fn lines(
        &mut self,
        lines: &mut JsonLines<impl BufRead>,
        path: &Path,
        stop: &AtomicBool,
    ) -> Result<(), Failure> {
        loop {
            stop::check(stop)?;
            let before = lines.bytes;
            let next = lines.next().map_err(|source| file_error(path, source))?;
            let row = match next {
                None => return self.flush(),
                Some(Ok(row)) => row,
                Some(Err(source)) => {
                    // What stands before it is imported.
                    self.flush()?;
                    return Err(Failure::Line {
                        path: path.into(),
                        line: lines.number,
                        source,
                    });
                }
            };
            self.batch.push(row, lines.number);
            self.batch.bytes += lines.bytes - before;
            if self.batch.rows() >= ROWS || self.batch.bytes >= BYTES {
                self.flush()?;
                self.progress.set_done(lines.bytes);
            }
        }
    }

    /// Imports the batch, each kind in a transaction of its own and counted as
    /// soon as it is in: who imports again after an error loses nothing and
    /// doubles nothing.
    fn flush(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        if batch.rows() == 0 {
            return Ok(());
        }
        let database = self.database()?;
        if !batch.analyses.is_empty() {
            let store = MediaAnalysisStorage::with_source(&database)?;
            let imported = store.import(&batch.analyses)?;
            self.count(&imported, |at| {
                let row = &batch.analyses[at];
                format!(
                    "line {}: what is recorded of {:?} with config {} cannot be read, and stays",
                    batch.analysis_lines[at], row.file_path, row.config_hash
                )
            });
        }
        if !batch.jobs.is_empty() {
            let store = MediaProcessingStorage::with_source(&database)?;
            let imported = store.import(&batch.jobs)?;
            self.count(&imported, |at| {
                format!(
                    "line {}: another job {:?} is recorded already, and stays",
                    batch.job_lines[at], batch.jobs[at].job_id
                )
            });
        }
        // Before the checks, which need them.
        if !batch.audits.is_empty() {
            let imported = import_audits(&database, &batch.audits)?;
            self.count(&imported, |at| {
                format!(
                    "line {}: what is recorded of this audit cannot be read, and stays",
                    batch.audit_lines[at]
                )
            });
        }
        if !batch.checks.is_empty() {
            let imported = import_checks(&database, &batch.checks)?;
            self.count(&imported, |at| {
                format!(
                    "line {}: the audit of this check is not recorded: import the line of the \
                     audit before it",
                    batch.check_lines[at]
                )
            });
        }
        Ok(())
    }

    fn database(&mut self) -> Result<Database, Failure> {
        if let Some(database) = &self.database {
            return Ok(Database::clone(database));
        }
        let place = Place::find(self.shared.db.as_deref())?;
        let open = || place.open_to_write(self.shared.quiet);
        let database = self.progress.aside(open)?;
        Ok(self.database.insert(database).clone())
    }

    /// Counts what became of rows, and reports those that are in conflict.
    fn count(&mut self, imported: &[Imported], conflict: impl Fn(usize) -> String) {
        for (at, imported) in imported.iter().enumerate() {
            self.tally.add(*imported);
            if *imported == Imported::Conflict {
                self.report(conflict(at));
            }
        }
    }

    fn report(&self, conflict: String) {
        let error = Failure::Message(conflict);
        self.progress.aside(|| messages::error(&error));
    }
}

/// How many rows came out how.
#[derive(Debug, Default, Clone, Copy)]
struct Tally([u64; Tally::ALL.len()]);

impl Tally {
    const ALL: [(Imported, &'static str); 5] = [
        (Imported::Inserted, "new"),
        (Imported::Replaced, "newer than what was there"),
        (Imported::Unchanged, "there already"),
        (Imported::Kept, "no newer than what is there"),
        (Imported::Conflict, "in conflict with what is there"),
    ];

    fn add(&mut self, imported: Imported) {
        for (count, (other, _)) in self.0.iter_mut().zip(Self::ALL) {
            *count += u64::from(imported == other);
        }
    }

    fn of(&self, imported: Imported) -> u64 {
        let counts = self.0.iter().zip(Self::ALL);
        counts
            .filter(|(_, (other, _))| *other == imported)
            .map(|(count, _)| count)
            .sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: u64 = self.0.iter().sum();
        write!(f, "{rows} row{} done", if rows == 1 { "" } else { "s" })?;
        let mut before = ": ";
        for (count, (_, words)) in self.0.iter().zip(Self::ALL) {
            if *count > 0 {
                write!(f, "{before}{count} {words}")?;
                before = ", ";
            }
        }
        Ok(())
    }
}
