//! `export`: every row, and what audits found, as lines of JSON.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use media_audit::{ExportedCheck, PastAudit, export_audits, export_checks};
use media_schema::{MediaAnalysisRow, MediaProcessingRow, RowError};

use crate::cli::{ExportArgs, Shared};
use crate::failure::{Failure, Status};
use crate::json_lines::MAX_LINE;
use crate::new_file::{NewFile, require_other_file};
use crate::output::{Asked, stdout};
use crate::place::{Database, Place};
use crate::progress::Progress;
use crate::stores::Stores;
use crate::{messages, stop};

const BUFFER: usize = 256 << 10;

pub(crate) fn run(shared: &Shared, args: &ExportArgs) -> Result<Status, Failure> {
    if shared.format.is_some_and(|format| format != Asked::Jsonl) {
        return Err(Failure::Message(
            "an export is always jsonl: leave --format out".into(),
        ));
    }
    let stop = stop::on_signal()?;
    let place = Place::find(shared.db.as_deref())?;
    let database = place.open_to_read()?;
    let stores = Stores::of(&database)?;
    // Lines on a terminal would run into a bar.
    let progress =
        Progress::of_rows(shared.quiet || (args.to.is_none() && io::stdout().is_terminal()));
    if progress.is_visible() {
        progress.set_total(stores.rows()?);
    }
    let Some(path) = &args.to else {
        let mut lines = Lines::new(stdout(), None, stop, &progress);
        lines.write_all(&stores, &database)?;
        lines.out.flush()?;
        return Ok(lines.finish(shared));
    };
    require_other_file(path, place.file())?;
    let file = NewFile::create(path)?;
    let out = BufWriter::with_capacity(BUFFER, file.as_file());
    let mut lines = Lines::new(out, Some(path), stop, &progress);
    lines.write_all(&stores, &database)?;
    lines
        .out
        .flush()
        .map_err(|error| failed(Some(path), error))?;
    let status = lines.finish(shared);
    file.publish().map_err(|error| failed(Some(path), error))?;
    Ok(status)
}

fn failed(path: Option<&Path>, source: io::Error) -> Failure {
    match path {
        None => Failure::Output(source),
        Some(path) => Failure::File {
            action: "write",
            path: path.into(),
            source,
        },
    }
}

/// Lines on their way out.
struct Lines<'a, W> {
    out: W,
    path: Option<&'a Path>,
    stop: &'a AtomicBool,
    progress: &'a Progress,
    line: Vec<u8>,
    analyses: u64,
    jobs: u64,
    audits: u64,
    checks: u64,
    left_out: u64,
}

impl<'a, W: Write> Lines<'a, W> {
    fn new(out: W, path: Option<&'a Path>, stop: &'a AtomicBool, progress: &'a Progress) -> Self {
        Self {
            out,
            path,
            stop,
            progress,
            line: Vec::new(),
            analyses: 0,
            jobs: 0,
            audits: 0,
            checks: 0,
            left_out: 0,
        }
    }

    fn write_all(&mut self, stores: &Stores, database: &Database) -> Result<(), Failure> {
        if let Some(store) = &stores.analyses {
            store.export(|row| {
                self.progress.advance(1);
                self.analyses += u64::from(row.is_ok());
                self.row(row, MediaAnalysisRow::write_json_line)
            })?;
        }
        if let Some(store) = &stores.jobs {
            store.export(|row| {
                self.progress.advance(1);
                self.jobs += u64::from(row.is_ok());
                self.row(row, MediaProcessingRow::write_json_line)
            })?;
        }
        // An import needs an audit before its checks. Of these nobody knows how
        // many there are.
        let last = export_audits(database, |audit| {
            self.audits += u64::from(audit.is_ok());
            self.row(audit, PastAudit::write_json_line)
        })?;
        export_checks(database, last, |check| {
            self.checks += u64::from(check.is_ok());
            self.row(check, ExportedCheck::write_json_line)
        })
    }

    fn row<R>(
        &mut self,
        row: Result<R, RowError>,
        write: impl FnOnce(&R, &mut Vec<u8>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        stop::check(self.stop)?;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                self.left_out += 1;
                self.progress.aside(|| messages::error(&error));
                return Ok(());
            }
        };
        self.line.clear();
        let fail = |error| failed(self.path, error);
        write(&row, &mut self.line).map_err(fail)?;
        if self.line.len() > MAX_LINE {
            self.left_out += 1;
            let error = Failure::Message(format!(
                "a row would be a line of {} bytes, and {MAX_LINE} can be imported",
                self.line.len()
            ));
            self.progress.aside(|| messages::error(&error));
            return Ok(());
        }
        self.out.write_all(&self.line).map_err(fail)
    }

    fn finish(self, shared: &Shared) -> Status {
        messages::note(
            shared.quiet,
            &format_args!(
                "exported analyses: {}, processing jobs: {}, audits: {}, checks: {}",
                self.analyses, self.jobs, self.audits, self.checks
            ),
        );
        if self.left_out == 0 {
            return Status::Fine;
        }
        messages::note(shared.quiet, &format_args!("left out: {}", self.left_out));
        Status::Incomplete
    }
}
