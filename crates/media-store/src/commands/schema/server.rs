//! The same of a database on a server.

use std::io::{self, Write};

use media_postgres::{Inspection, adopt as create_missing, inspect};
use media_schema::postgres::{DDL, VERSION};

use super::{Object, Subject, print};
use crate::cli::{SchemaCommand, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::output::stdout;

pub(super) fn run(
    shared: &Shared,
    command: &SchemaCommand,
    address: &str,
) -> Result<Status, Failure> {
    match command {
        SchemaCommand::Show => show(),
        SchemaCommand::Check => check(shared, &inspect(address)?),
        SchemaCommand::Adopt => adopt(shared, address),
    }
}

/// All that creates the tables: for an owner who does not let others do so.
fn show() -> Result<Status, Failure> {
    let mut out = stdout();
    for ddl in DDL {
        out.write_all(ddl.sql.as_bytes())?;
    }
    writeln!(
        out,
        "INSERT INTO media_store_schema (version) VALUES ({VERSION}) ON CONFLICT DO NOTHING;"
    )?;
    out.flush()?;
    Ok(Status::Fine)
}

fn check(shared: &Shared, found: &Inspection) -> Result<Status, Failure> {
    let differences = match found.differences.len() {
        _ if found.tables.is_empty() => "no tables yet".to_owned(),
        0 => "as it should be".to_owned(),
        1 => "1 difference".to_owned(),
        many => format!("{many} differences"),
    };
    let objects = found.differences.iter().map(|difference| Object {
        name: &difference.object,
        text: difference.to_string(),
    });
    print_objects(shared, found, "difference", &differences, objects)?;
    if found.schema.is_none() {
        messages::note(
            shared.quiet,
            &"no schema of the search_path exists: create one, or name another",
        );
        return Ok(Status::Difference);
    }
    if found.version > i64::from(VERSION) {
        messages::note(
            shared.quiet,
            &"it was written by a newer version: update this program",
        );
    } else if found.tables.is_empty() {
        messages::note(shared.quiet, &"the first save creates the tables");
        return Ok(Status::Fine);
    } else if found
        .differences
        .iter()
        .any(|difference| difference.is_creatable)
    {
        messages::note(
            shared.quiet,
            &"run `media-store schema adopt` for this address to create what is missing",
        );
    }
    Ok(if found.differences.is_empty() {
        Status::Fine
    } else {
        Status::Difference
    })
}

fn adopt(shared: &Shared, address: &str) -> Result<Status, Failure> {
    let before = inspect(address)?;
    let is_as_it_should_be = before.differences.is_empty() && !before.tables.is_empty();
    let after = if is_as_it_should_be {
        before.clone()
    } else {
        create_missing(address)?
    };
    let created: Vec<_> = before
        .differences
        .iter()
        .filter(|difference| !after.differences.contains(difference))
        .map(|difference| Object {
            name: &difference.object,
            text: format!("{} created", difference.object),
        })
        .collect();
    let outcome = if before.tables.is_empty() {
        "tables created"
    } else if created.is_empty() {
        "nothing to change"
    } else {
        "adopted"
    };
    print_objects(shared, &after, "change", outcome, created)?;
    for difference in &after.differences {
        messages::error(&Failure::StillDiffers {
            server: after.server.clone(),
            difference: difference.clone(),
        });
    }
    Ok(if after.differences.is_empty() {
        Status::Fine
    } else {
        Status::Difference
    })
}

fn print_objects<'a>(
    shared: &Shared,
    found: &Inspection,
    column: &'static str,
    outcome: &str,
    objects: impl IntoIterator<Item = Object<'a>>,
) -> io::Result<()> {
    let generation = format!("PostgreSQL {}", found.server_version);
    let headline = format!(
        "{}: {generation}, schema version {}, {outcome}",
        found.server, found.version
    );
    let subject = Subject {
        name: found.server.clone(),
        generation,
        version: found.version,
    };
    print(shared, &subject, column, &headline, objects)
}
