//! `report`: everything that is recorded, as one page to look at.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use crate::cli::{ReportArgs, Shared};
use crate::failure::{Failure, Status};
use crate::place::Place;
use crate::report::{self, Error};
use crate::{messages, stop};

pub(crate) fn run(shared: &Shared, args: &ReportArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let place = Place::find(shared.db.as_deref())?;
    let output = &args.output;
    // Before the database is open: to look into its file then would drop its locks.
    require_replaceable(output, place.path())?;
    let database = place.open_to_read()?;
    let failed = |source| Failure::File {
        action: "write the report",
        path: output.clone(),
        source,
    };
    let temporary = beside(output).map_err(failed)?;
    let mut out = BufWriter::with_capacity(256 << 10, temporary.as_file());
    let totals =
        report::write(&mut out, &database, args.since, stop).map_err(|error| match error {
            Error::Write(source) => failed(source),
            Error::Read(failure) => failure,
        })?;
    drop(out);
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(output)
        .map_err(|error| failed(error.error))?;
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

/// A file that gets its name when it is complete.
fn beside(output: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".report-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Like any new file, not private as temporary files are; the umask still applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder_of(output))
}

/// Refuses a name that belongs to the database, and a file that is no page: one
/// letter amiss must not cost a recording.
fn require_replaceable(output: &Path, database: &Path) -> Result<(), Failure> {
    if names_of(database).contains(&in_real_folder(output)) {
        return Err(Failure::Message(format!(
            "{} belongs to the database: choose another name for the report",
            output.display()
        )));
    }
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

/// The database's name and that of what it is a link to, with the names that
/// SQLite adds to them.
fn names_of(database: &Path) -> Vec<PathBuf> {
    let mut names = vec![in_real_folder(database)];
    names.extend(fs::canonicalize(database));
    let mut beside = Vec::new();
    for name in &names {
        for suffix in ["-wal", "-shm", "-journal", "-locks"] {
            let mut name = name.clone().into_os_string();
            name.push(suffix);
            beside.push(name.into());
        }
    }
    names.append(&mut beside);
    names
}

/// The path with its folder's links resolved, but not its own.
fn in_real_folder(path: &Path) -> PathBuf {
    let folder = fs::canonicalize(folder_of(path));
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
