//! `schema`: what a database ought to look like, and whether it does.

mod server;

use std::io::{self, Write};
use std::path::Path;

use media_schema::{Ddl, TABLES, VERSION};
use media_sqlite::{
    ConnectionSource, Difference, DifferenceKind, Generation, Inspection, OpenError, OpenOptions,
    inspect, recover,
};

use crate::cli::{SchemaCommand, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::output::{Fields, Format, List, Listed, Page, Value, stdout};
use crate::place::Place;

pub(crate) fn run(shared: &Shared, command: &SchemaCommand) -> Result<Status, Failure> {
    let file = match Place::find(shared.db.as_deref())? {
        Place::File(file) => file,
        Place::Server(address) => return server::run(shared, command, &address),
    };
    match command {
        SchemaCommand::Show => show(),
        SchemaCommand::Check => check(shared, file.path()),
        SchemaCommand::Adopt => adopt(shared, file.path()),
    }
}

fn show() -> Result<Status, Failure> {
    let mut out = stdout();
    for ddl in TABLES.iter().filter_map(|table| Ddl::newest(table.name)) {
        out.write_all(ddl.sql.as_bytes())?;
    }
    writeln!(out, "PRAGMA user_version = {VERSION};")?;
    out.flush()?;
    Ok(Status::Fine)
}

fn check(shared: &Shared, path: &Path) -> Result<Status, Failure> {
    let found = inspect(path)?;
    let headline = format!(
        "{}: {}, schema version {}, {}",
        found.path.display(),
        found.generation,
        found.version,
        match found.differences.len() {
            0 => "as it should be".to_owned(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        }
    );
    let objects = found.differences.iter().map(|difference| Object {
        name: &difference.object,
        text: difference.to_string(),
    });
    print(
        shared,
        &Subject::of(&found),
        "difference",
        &headline,
        objects,
    )?;
    if found.differences.is_empty() {
        return Ok(Status::Fine);
    }
    if let Some(advice) = advice(&found) {
        messages::note(shared.quiet, &advice);
    }
    Ok(Status::Difference)
}

/// What to do about differences, where there is something.
fn advice(found: &Inspection) -> Option<String> {
    if found.version > i64::from(VERSION) {
        return Some("it was written by a newer version: update this program".into());
    }
    match found.generation {
        Generation::Foreign => return Some("it is another program's: name another file".into()),
        Generation::Empty => return Some("it is empty: the first save sets it up".into()),
        _ => {}
    }
    let is_in_the_way = |difference: &Difference| {
        !is_mendable(difference) && !matches!(difference.kind, DifferenceKind::IndexColumns { .. })
    };
    if found.differences.iter().any(is_in_the_way) {
        return Some("it cannot be used as it is, nor adopted: restore a backup".into());
    }
    let mendable = found.differences.iter().filter(|d| is_mendable(d)).count();
    (mendable > 0).then(|| {
        format!(
            "run `media-store schema adopt --db {}` to mend {}",
            found.path.display(),
            if mendable == found.differences.len() {
                "this".to_owned()
            } else {
                format!("{mendable} of these")
            },
        )
    })
}

/// Whether adopting makes it as it should be.
fn is_mendable(difference: &Difference) -> bool {
    match difference.kind {
        DifferenceKind::Version { expected, found } => found < i64::from(expected),
        DifferenceKind::Missing => TABLES
            .iter()
            .flat_map(|table| table.indexes)
            .any(|index| index.name == difference.object),
        _ => false,
    }
}

fn adopt(shared: &Shared, path: &Path) -> Result<Status, Failure> {
    let before = match inspect(path) {
        Err(OpenError::HotJournal { .. }) => {
            let recovered = recover(path)?;
            messages::note(
                shared.quiet,
                &format_args!(
                    "{}: undid the change in the middle of which a program was stopped",
                    recovered.path.display()
                ),
            );
            recovered
        }
        looked => looked?,
    };
    if before.generation == Generation::Empty {
        return Err(Failure::NothingToAdopt { path: before.path });
    }
    let after = if before.differences.is_empty() {
        before.clone()
    } else {
        let database = OpenOptions::new().open(path)?;
        for table in TABLES {
            if before.tables.contains(&table.name) {
                database.ensure_table(table)?;
            }
        }
        drop(database);
        inspect(path)?
    };
    let changes: Vec<_> = before
        .differences
        .iter()
        .filter(|difference| !after.differences.contains(difference))
        .map(|difference| Object {
            name: &difference.object,
            text: change(difference),
        })
        .collect();
    let headline = format!(
        "{}: {}, schema version {}, {}",
        after.path.display(),
        after.generation,
        after.version,
        if changes.is_empty() {
            "nothing to change"
        } else {
            "adopted"
        }
    );
    print(shared, &Subject::of(&after), "change", &headline, changes)?;
    for difference in &after.differences {
        messages::error(&Failure::NotMended {
            path: after.path.clone(),
            difference: difference.clone(),
        });
    }
    Ok(if after.differences.is_empty() {
        Status::Fine
    } else {
        Status::Difference
    })
}

/// What mended a difference.
fn change(difference: &Difference) -> String {
    let object = &difference.object;
    match difference.kind {
        DifferenceKind::Version { expected, found } => {
            format!("{object} set to {expected}, was {found}")
        }
        DifferenceKind::Missing => format!("{object} created"),
        _ => format!("{object} mended"),
    }
}

/// What was looked at.
struct Subject {
    name: String,
    generation: String,
    version: i64,
}

impl Subject {
    fn of(file: &Inspection) -> Self {
        Self {
            name: file.path.display().to_string(),
            generation: file.generation.to_string(),
            version: file.version,
        }
    }
}

/// A table, column or index, and what is to be said of it.
struct Object<'a> {
    name: &'a str,
    text: String,
}

/// Lists objects with what is to be said of each, under `column`. Where there
/// are none, programs get the subject alone.
fn print<'a>(
    shared: &Shared,
    subject: &Subject,
    column: &'static str,
    headline: &str,
    objects: impl IntoIterator<Item = Object<'a>>,
) -> io::Result<()> {
    let mut list = List::new(Format::or_text(shared.format));
    let mut line = Line {
        subject,
        column,
        headline: Some(headline),
        object: None,
    };
    let mut objects = objects.into_iter().peekable();
    if objects.peek().is_none() {
        list.add(&line)?;
    }
    for object in objects {
        line.object = Some(object);
        list.add(&line)?;
        line.headline = None;
    }
    list.finish::<Line<'_>>()
}

/// What was looked at, and one of its objects.
struct Line<'a> {
    subject: &'a Subject,
    column: &'static str,
    headline: Option<&'a str>,
    object: Option<Object<'a>>,
}

impl Listed for Line<'_> {
    const COLUMNS: &'static [&'static str] = &[];

    fn fields(&self) -> Fields<'_> {
        let Subject {
            name,
            generation,
            version,
        } = self.subject;
        let object = self.object.as_ref();
        vec![
            ("path", name.as_str().into()),
            ("generation", generation.as_str().into()),
            ("version", Value::Integer(*version)),
            ("object", object.map(|object| object.name).into()),
            (
                self.column,
                object.map(|object| object.text.as_str()).into(),
            ),
        ]
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        if let Some(headline) = self.headline {
            page.line(headline.as_bytes())?;
        }
        if let Some(Object { text, .. }) = &self.object {
            page.line(format!("  {text}").as_bytes())?;
        }
        Ok(())
    }
}
