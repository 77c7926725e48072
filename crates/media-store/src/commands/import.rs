//! `import`: rows from lines of JSON.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use media_analysis_store::MediaAnalysisStorage;
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
    bytes: u64,
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
            match row {
                AnyRow::Analysis(row) => {
                    self.batch.analyses.push(row);
                    self.batch.analysis_lines.push(lines.number);
                }
                AnyRow::Processing(row) => {
                    self.batch.jobs.push(row);
                    self.batch.job_lines.push(lines.number);
                }
            }
            self.batch.bytes += lines.bytes - before;
            let rows = self.batch.analyses.len() + self.batch.jobs.len();
            if rows >= ROWS || self.batch.bytes >= BYTES {
                self.flush()?;
                self.progress.set_done(lines.bytes);
            }
        }
    }

    /// Imports the batch, in one transaction for each kind.
    fn flush(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        if batch.analyses.is_empty() && batch.jobs.is_empty() {
            return Ok(());
        }
        let database = self.database()?;
        // Each in a transaction of its own, and counted as soon as it is done:
        // who imports again after an error loses nothing and doubles nothing.
        if !batch.analyses.is_empty() {
            let store = MediaAnalysisStorage::with_source(&database)?;
            let imported = store.import(&batch.analyses)?;
            self.count_analyses(&batch, imported);
        }
        if !batch.jobs.is_empty() {
            let store = MediaProcessingStorage::with_source(&database)?;
            let imported = store.import(&batch.jobs)?;
            self.count_jobs(&batch, imported);
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

    fn count_analyses(&mut self, batch: &Batch, imported: Vec<Imported>) {
        for (at, imported) in imported.into_iter().enumerate() {
            self.tally.add(imported);
            if imported == Imported::Conflict {
                let row = &batch.analyses[at];
                self.report(&format_args!(
                    "line {}: what is recorded of {:?} with config {} cannot be read, and stays",
                    batch.analysis_lines[at], row.file_path, row.config_hash
                ));
            }
        }
    }

    fn count_jobs(&mut self, batch: &Batch, imported: Vec<Imported>) {
        for (at, imported) in imported.into_iter().enumerate() {
            self.tally.add(imported);
            if imported == Imported::Conflict {
                self.report(&format_args!(
                    "line {}: another job {:?} is recorded already, and stays",
                    batch.job_lines[at], batch.jobs[at].job_id
                ));
            }
        }
    }

    fn report(&self, conflict: &dyn fmt::Display) {
        let error = Failure::Message(conflict.to_string());
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
