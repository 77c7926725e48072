//! `prune`: removing rows that nobody needs.

use std::fmt;
use std::io;
use std::sync::atomic::AtomicBool;

use media_schema::{
    ANALYSIS_JOBS, DEFAULT_LIMIT, MediaAnalysisRow, MediaProcessingRow, PROCESSING_JOBS, Prune,
    PruneEvent, RowError,
};

use crate::cli::{PruneArgs, Shared};
use crate::failure::{Failure, Status};
use crate::output::{Fields, Format, Head, List, Listed, Page, Shorten, Value};
use crate::place::Place;
use crate::progress::Progress;
use crate::stores::Stores;
use crate::{messages, stop, time};

pub(crate) fn run(shared: &Shared, args: &PruneArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let criteria = Prune {
        older_than: args.older_than,
        missing: args.missing,
        keep_latest: args.keep_latest,
        dry_run: args.dry_run,
    };
    criteria.require_criterion()?;
    let place = Place::find(shared.db.as_deref())?;
    // There must be one: nothing is created to be emptied.
    let mut stores = Stores::of(&place.open_to_read()?)?;
    if !args.dry_run {
        stores = stores.reopen(&place.open_to_write(shared.quiet)?)?;
    }
    let progress = Progress::of_rows(shared.quiet);
    if progress.is_visible() {
        progress.set_total(stores.rows()?);
    }
    let format = Format::resolve(shared.format);
    let mut report = Report {
        list: args.dry_run.then(|| List::new(format)),
        left: (format == Format::Table).then_some(DEFAULT_LIMIT),
        reason: reason(&criteria),
        stop,
        progress: &progress,
        tally: Tally {
            dry_run: args.dry_run,
            ..Tally::default()
        },
        unreadable: 0,
    };
    let ended = report.prune(&stores, &criteria);
    let Report {
        list,
        tally,
        unreadable,
        left,
        ..
    } = report;
    drop(progress);
    if let (Some(list), Ok(())) = (list, &ended) {
        list.finish::<Going<'_>>()?;
        if left == Some(0) && tally.rows > DEFAULT_LIMIT as u64 {
            messages::note(
                shared.quiet,
                &format_args!("the first {DEFAULT_LIMIT} are listed, --format jsonl lists all"),
            );
        }
    }
    if ended.is_ok() || !args.dry_run {
        messages::note(shared.quiet, &tally);
    }
    ended?;
    Ok(if unreadable == 0 {
        Status::Fine
    } else {
        Status::Incomplete
    })
}

/// The criteria, all of which each row meets that goes.
fn reason(criteria: &Prune) -> String {
    let reasons = [
        (criteria.older_than.is_some(), "old"),
        (criteria.missing, "missing"),
        (criteria.keep_latest.is_some(), "superseded"),
    ];
    let met = reasons.iter().filter(|(is_set, _)| *is_set);
    met.map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}

struct Report<'a> {
    /// Of what would go; nothing is listed of what went.
    list: Option<List>,
    /// How many rows a table still takes.
    left: Option<usize>,
    reason: String,
    stop: &'a AtomicBool,
    progress: &'a Progress,
    tally: Tally,
    unreadable: u64,
}

impl Report<'_> {
    fn prune(&mut self, stores: &Stores, criteria: &Prune) -> Result<(), Failure> {
        if let Some(store) = &stores.analyses {
            store.prune(criteria, |event| self.event(event, GoingRow::Analysis))?;
        }
        if let Some(store) = &stores.jobs {
            store.prune(criteria, |event| self.event(event, GoingRow::Processing))?;
        }
        Ok(())
    }

    fn event<'r, R>(
        &mut self,
        event: PruneEvent<'r, R>,
        kind: impl FnOnce(&'r R) -> GoingRow<'r>,
    ) -> Result<(), Failure> {
        match event {
            PruneEvent::Goes { row, bytes } => {
                self.tally.rows += 1;
                self.tally.bytes += bytes;
                self.list(kind(row), bytes)
            }
            PruneEvent::Unreadable(error) => {
                self.unreadable(&error);
                Ok(())
            }
            PruneEvent::Looked { rows } => {
                self.progress.advance(rows);
                stop::check(self.stop)
            }
        }
    }

    fn list(&mut self, row: GoingRow<'_>, bytes: u64) -> Result<(), Failure> {
        let Some(list) = &mut self.list else {
            return Ok(());
        };
        match &mut self.left {
            Some(0) => return Ok(()),
            Some(left) => *left -= 1,
            None => {}
        }
        let going = Going {
            row,
            bytes,
            reason: &self.reason,
        };
        Ok(self.progress.aside(|| list.add(&going))?)
    }

    fn unreadable(&mut self, error: &RowError) {
        self.unreadable += 1;
        self.progress.aside(|| messages::error(error));
    }
}

/// A row that goes.
struct Going<'a> {
    row: GoingRow<'a>,
    bytes: u64,
    reason: &'a str,
}

enum GoingRow<'a> {
    Analysis(&'a MediaAnalysisRow),
    Processing(&'a MediaProcessingRow),
}

/// What tells a row of either table from others. JSON columns are left out: a
/// list of what goes is to be read, or to be checked against something.
impl Listed for Going<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "table",
        "id",
        "file_path",
        "file_hash",
        "config_hash",
        "job_id",
        "action",
        "input_path",
        "output_path",
        "created_at",
        "bytes",
        "reason",
    ];

    fn fields(&self) -> Fields<'_> {
        let (analysis, job) = match self.row {
            GoingRow::Analysis(row) => (Some(row), None),
            GoingRow::Processing(row) => (None, Some(row)),
        };
        let of_analysis = |value: fn(&MediaAnalysisRow) -> &str| analysis.map(value).into();
        let of_job = |value: fn(&MediaProcessingRow) -> &str| job.map(value).into();
        let (table, id, created_at) = match self.row {
            GoingRow::Analysis(row) => (ANALYSIS_JOBS.name, row.id, row.created_at),
            GoingRow::Processing(row) => (PROCESSING_JOBS.name, row.id, row.created_at),
        };
        vec![
            ("table", table.into()),
            ("id", Value::Integer(id)),
            ("file_path", of_analysis(|row| &row.file_path)),
            ("file_hash", of_analysis(|row| row.file_hash.as_str())),
            ("config_hash", of_analysis(|row| row.config_hash.as_str())),
            ("job_id", of_job(|row| &row.job_id)),
            ("action", of_job(|row| &row.action)),
            ("input_path", of_job(|row| &row.input_path)),
            ("output_path", of_job(|row| &row.output_path)),
            ("created_at", Value::Real(created_at.as_unix_seconds())),
            (
                "bytes",
                Value::Integer(self.bytes.try_into().unwrap_or(i64::MAX)),
            ),
            ("reason", self.reason.into()),
        ]
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        static HEADS: [Head; 5] = [
            Head::new("CREATED", Shorten::Never),
            Head::new("KIND", Shorten::Never),
            Head::new("FILE", Shorten::Start),
            Head::new("BYTES", Shorten::Never),
            Head::new("REASON", Shorten::Never),
        ];
        let (kind, file, created_at) = match self.row {
            GoingRow::Analysis(row) => ("analysis", &row.file_path, row.created_at),
            GoingRow::Processing(row) => ("processing", &row.output_path, row.created_at),
        };
        let cells = vec![
            time::local(created_at),
            kind.to_owned(),
            file.clone(),
            self.bytes.to_string(),
            self.reason.to_owned(),
        ];
        page.row(&HEADS, cells, None);
        Ok(())
    }
}

/// How much went.
#[derive(Debug, Default)]
struct Tally {
    dry_run: bool,
    rows: u64,
    bytes: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, bytes) = (self.rows, self.bytes);
        let plural = if rows == 1 { "" } else { "s" };
        if self.dry_run {
            write!(
                f,
                "would remove {rows} row{plural} with {bytes} bytes of text"
            )
        } else {
            write!(f, "removed {rows} row{plural} with {bytes} bytes of text")
        }
    }
}
