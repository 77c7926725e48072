//! `schema`: what a database ought to look like, and whether it does.

use std::io::{self, Write};

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
    match command {
        SchemaCommand::Show => show(),
        SchemaCommand::Check => check(shared),
        SchemaCommand::Adopt => adopt(shared),
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

fn check(shared: &Shared) -> Result<Status, Failure> {
    let place = Place::find(shared.db.as_deref())?;
    let found = inspect(place.path())?;
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
    let lines = found.differences.iter().map(|difference| {
        let text = difference.to_string();
        (difference.object.as_str(), text)
    });
    print(shared, &found, "difference", &headline, lines)?;
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

fn adopt(shared: &Shared) -> Result<Status, Failure> {
    let place = Place::find(shared.db.as_deref())?;
    let before = match inspect(place.path()) {
        Err(OpenError::HotJournal { .. }) => {
            let recovered = recover(place.path())?;
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
        let database = OpenOptions::new().open(place.path())?;
        for table in TABLES {
            if before.tables.contains(&table.name) {
                database.ensure_table(table)?;
            }
        }
        drop(database);
        inspect(place.path())?
    };
    let changes: Vec<_> = before
        .differences
        .iter()
        .filter(|difference| !after.differences.contains(difference))
        .map(|difference| (difference.object.as_str(), change(difference)))
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
    print(shared, &after, "change", &headline, changes)?;
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

/// Lists objects of a file with what is to be said of each, under `column`.
/// Where there are none, programs get the file alone.
fn print<'a>(
    shared: &Shared,
    file: &Inspection,
    column: &'static str,
    headline: &str,
    objects: impl IntoIterator<Item = (&'a str, String)>,
) -> io::Result<()> {
    let mut list = List::new(Format::or_text(shared.format));
    let mut line = Line {
        file,
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

/// A file, and one of its objects.
struct Line<'a> {
    file: &'a Inspection,
    column: &'static str,
    headline: Option<&'a str>,
    object: Option<(&'a str, String)>,
}

impl Listed for Line<'_> {
    const COLUMNS: &'static [&'static str] = &[];

    fn fields(&self) -> Fields<'_> {
        let (object, text) = match &self.object {
            Some((object, text)) => (Some(*object), Some(text.as_str())),
            None => (None, None),
        };
        vec![
            ("path", self.file.path.display().to_string().into()),
            ("generation", self.file.generation.to_string().into()),
            ("version", Value::Integer(self.file.version)),
            ("object", object.into()),
            (self.column, text.into()),
        ]
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        if let Some(headline) = self.headline {
            page.line(headline.as_bytes())?;
        }
        if let Some((_, text)) = &self.object {
            page.line(format!("  {text}").as_bytes())?;
        }
        Ok(())
    }
}
