//! `lineage`: what something was made from, and what was made from it.

use std::io::{self, IsTerminal, Write};

use clap::CommandFactory;
use clap::error::ErrorKind;
use media_lineage::{Direction, Lineage, LineageError, Start, TreeStyle};

use crate::cli::{Cli, Command, LineageArgs, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::names::Names;
use crate::output::{Asked, stdout, terminal_width, wants_color};
use crate::place::{Database, Place};

pub(crate) fn run(shared: &Shared, args: &LineageArgs) -> Result<Status, Failure> {
    let direction = match (args.up, args.down) {
        (true, _) => Direction::Up,
        (_, true) => Direction::Down,
        _ => Direction::Both,
    };
    let database = Place::find(shared.db.as_deref())?.open_to_read()?;
    let lineage = trace(&database, args, direction)?;
    let format = shared.format.unwrap_or(if io::stdout().is_terminal() {
        Asked::Tree
    } else {
        Asked::Jsonl
    });
    let mut out = stdout();
    match format {
        Asked::Jsonl => lineage.write_jsonl(&mut out),
        Asked::Dot => lineage.write_dot(&mut out),
        Asked::Mermaid => lineage.write_mermaid(&mut out),
        Asked::Prov => lineage.write_prov(&mut out),
        Asked::OpenLineage => lineage.write_openlineage(&mut out),
        // A lineage has no table or CSV; the latter was refused before.
        Asked::Tree | Asked::Table | Asked::Csv => {
            let style = TreeStyle {
                width: terminal_width(),
                color: wants_color(),
            };
            lineage.write_tree(&mut out, style)
        }
    }?;
    out.flush()?;
    for error in &lineage.unreadable {
        messages::error(error);
    }
    Ok(if lineage.unreadable.is_empty() {
        Status::Fine
    } else {
        Status::Incomplete
    })
}

/// Traces from what an argument names: a hash, a job or a path, the first of
/// them that is recorded.
fn trace(
    database: &Database,
    args: &LineageArgs,
    direction: Direction,
) -> Result<Lineage, Failure> {
    let mut starts = Vec::new();
    if let Some(text) = args.start.to_str() {
        let hashes = Names::of_hash(text).both();
        starts.extend(hashes.map(|hash| Start::Hash(hash.into())));
        starts.push(Start::Job(text.to_owned()));
    }
    let paths = Names::of_path(&args.start)?.both();
    starts.extend(paths.map(Start::Path));
    for start in starts {
        match Lineage::trace(database, start, direction) {
            Err(LineageError::NotRecorded { .. }) => {}
            traced => return Ok(traced?),
        }
    }
    let path = args.start.to_string_lossy();
    Err(Failure::Message(format!(
        "nothing is recorded of {path:?}, as a path, a hash or a job: see `media-store jobs` for \
         what is"
    )))
}

/// Refuses a format that the command does not write.
pub(super) fn check_format(shared: &Shared, command: &Command) -> Result<(), clap::Error> {
    let (is_right, what) = match command {
        Command::Lineage(_) => (
            shared.format != Some(Asked::Csv),
            "a lineage cannot be written as",
        ),
        _ => (
            shared.format.is_none_or(Asked::is_listed),
            "only `lineage` can be written as",
        ),
    };
    match shared.format {
        Some(format) if !is_right => Err(Cli::command().error(
            ErrorKind::InvalidValue,
            format_args!("{what} {}", format.name()),
        )),
        _ => Ok(()),
    }
}
