//! `report`: everything that is recorded, as one page to look at.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::Path;

use crate::cli::{ReportArgs, Shared};
use crate::failure::{Failure, Status};
use crate::new_file::{NewFile, require_other_file};
use crate::place::Place;
use crate::report::{self, Error};
use crate::{messages, stop};

pub(crate) fn run(shared: &Shared, args: &ReportArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let place = Place::find(shared.db.as_deref())?;
    let output = &args.output;
    require_other_file(output, place.file())?;
    // Before the database is open: to look into its file then would drop its locks.
    require_replaceable(output)?;
    let database = place.open_to_read()?;
    let failed = |source| Failure::File {
        action: "write the report",
        path: output.clone(),
        source,
    };
    let file = NewFile::create(output)?;
    let mut out = BufWriter::with_capacity(256 << 10, file.as_file());
    let totals =
        report::write(&mut out, &database, args.since, stop).map_err(|error| match error {
            Error::Write(source) => failed(source),
            Error::Read(failure) => failure,
        })?;
    drop(out);
    file.publish().map_err(failed)?;
    messages::note(
        shared.quiet,
        &format_args!(
            "wrote {}: {} with {}, {}, {}",
            output.display(),
            counted(totals.analyses, "analysis result"),
            counted(totals.ranges, "range"),
            counted(totals.jobs, "processing job"),
            counted(totals.checks, "check")
        ),
    );
    Ok(if totals.problems == 0 {
        Status::Fine
    } else {
        Status::Incomplete
    })
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Refuses a file that is no page: one letter amiss must not cost a recording.
fn require_replaceable(output: &Path) -> Result<(), Failure> {
    let looking = |source| Failure::File {
        action: "look at",
        path: output.into(),
        source,
    };
    let kind = match fs::metadata(output) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(looking(error)),
    };
    let is_page = kind.is_file() && begins_as_page(output).map_err(looking)?;
    if is_page {
        return Ok(());
    }
    Err(Failure::Message(format!(
        "{} is there and is no HTML page: choose another name for the report",
        output.display()
    )))
}

fn begins_as_page(path: &Path) -> io::Result<bool> {
    let mut beginning = Vec::new();
    let length = report::BEGINNING.len() as u64;
    File::open(path)?.take(length).read_to_end(&mut beginning)?;
    Ok(beginning.is_empty() || beginning.eq_ignore_ascii_case(report::BEGINNING))
}
