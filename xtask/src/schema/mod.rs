//! `cargo xtask schema …`: what is stored, and all that must agree with it.

mod adoption;
mod contents;
mod digests;
mod document;
mod plans;
mod sample;
mod shape;

use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{ANALYSIS_JOBS, Ddl, PROCESSING_JOBS, TABLES};
use media_sqlite::{Generation, Inspection, Journal, inspect};
use rusqlite::Connection;

use crate::error::Error;
use crate::report::{self, Check, Failure, lines};
use crate::workspace::{Workspace, scratch};
use contents::LIBRARY_TABLES;
use digests::Frozen;
use sample::{Fixture, Stores, connect, open};

/// Checks everything about the schema.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Check>, Error> {
    let frozen = Frozen::read(workspace)?;
    let fixtures = Fixture::all(workspace)?;
    let mut checks = vec![
        Check::new(
            "frozen statements are as recorded",
            digests::check(&frozen, &digests::used()),
        ),
        Check::tried("newest statements are as described", check_statements()),
        Check::new("row types read the described columns", shape::check_rows()),
        Check::tried(
            "fresh files are as described, each store with its own table",
            check_fresh(),
        ),
    ];
    for fixture in &fixtures {
        for (journal, name) in [
            (Journal::Wal, "write-ahead log"),
            (Journal::Rollback, "rollback journal"),
        ] {
            checks.push(Check::tried(
                format!("{} is adopted whole ({name})", fixture.name),
                adoption::check(fixture, journal),
            ));
        }
    }
    checks.extend(plans::check(&fixtures)?);
    checks.push(Check::tried(
        format!("{} is current", document::FILE),
        check_document(workspace, &frozen, &fixtures),
    ));
    Ok(checks)
}

/// What the statements make of nothing, without a store.
fn check_statements() -> Result<Vec<Failure>, Error> {
    let mut failures = Vec::new();
    for table in TABLES {
        let maker = format!("the newest statements of {}", table.name);
        let sql = Ddl::newest(table.name).map_or("", |ddl| ddl.sql);
        let connection = Connection::open_in_memory()
            .and_then(|connection| connection.execute_batch(sql).map(|()| connection))
            .map_err(Error::sqlite(format!("run {maker}")))?;
        failures.extend(shape::check(&maker, &connection, &[table])?);
    }
    Ok(failures)
}

/// What the stores make of nothing, together and each alone.
fn check_fresh() -> Result<Vec<Failure>, Error> {
    let folder = scratch()?;
    let [both, all, analyses, jobs] =
        ["both.db", "all.db", "analyses.db", "jobs.db"].map(|name| folder.path().join(name));
    drop(Stores::open(&both, Journal::Wal)?);
    drop(Stores::open_with_all_tables(&all, Journal::Wal)?);
    drop(MediaAnalysisStorage::with_source(open(
        &analyses,
        Journal::Wal,
    )?)?);
    drop(MediaProcessingStorage::with_source(open(
        &jobs,
        Journal::Wal,
    )?)?);
    let mut failures = Vec::new();
    for (maker, path, tables) in [
        ("both stores", &both, &LIBRARY_TABLES[..]),
        ("both stores, the hash cache and an audit", &all, TABLES),
        ("MediaAnalysisStorage alone", &analyses, &[&ANALYSIS_JOBS]),
        ("MediaProcessingStorage alone", &jobs, &[&PROCESSING_JOBS]),
    ] {
        failures.extend(shape::check(maker, &connect(path)?, tables)?);
        failures.extend(check_inspection(maker, &inspect(path)?));
    }
    Ok(failures)
}

fn check_inspection(maker: &str, found: &Inspection) -> Option<Failure> {
    if found.generation == Generation::Native && found.differences.is_empty() {
        return None;
    }
    let what = format!(
        "a fresh file made by {maker} is inspected as {}",
        found.generation
    );
    let mend = "correct crates/media-sqlite/src/inspect.rs or bootstrap.rs";
    Some(Failure::new(what, mend).with_detail(lines(&found.differences)))
}

fn check_document(
    workspace: &Workspace,
    frozen: &Frozen,
    fixtures: &[Fixture],
) -> Result<Vec<Failure>, Error> {
    let written = if workspace.path(document::FILE).exists() {
        workspace.read(document::FILE)?
    } else {
        String::new()
    };
    let generated = document::generate(frozen, fixtures)?;
    Ok(
        report::diff((document::FILE, &written), ("generated", &generated))
            .map(|detail| {
                let what = format!("{} is not what would be generated", document::FILE);
                Failure::new(what, "cargo xtask schema write").with_detail(detail)
            })
            .into_iter()
            .collect(),
    )
}

/// Records the digests of new statements, and writes the document. Neither is
/// done while a frozen file differs from its record.
pub(crate) fn write(workspace: &Workspace) -> Result<bool, Error> {
    let mut frozen = Frozen::read(workspace)?;
    let changed = digests::changed(&frozen);
    if !changed.is_empty() {
        println!("nothing written: a recorded digest never changes");
        return Ok(report::print(&[Check::new("frozen statements", changed)]));
    }
    for name in frozen.record(workspace)? {
        println!("recorded {}/{name}, frozen from now on", digests::FOLDER);
    }
    let text = document::generate(&frozen, &Fixture::all(workspace)?)?;
    workspace.write(document::FILE, &text)?;
    println!("wrote {}", document::FILE);
    Ok(true)
}

/// Prints in what a file differs from the schema, a line for each difference.
pub(crate) fn diff(file: &Path) -> Result<bool, Error> {
    let found = inspect(file)?;
    eprintln!(
        "{}: {}, version {}, {}",
        found.path.display(),
        found.generation,
        found.version,
        match found.differences.len() {
            0 => "no difference".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        }
    );
    print!("{}", lines(&found.differences));
    Ok(found.differences.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_edited_or_lost_is_found() {
        let here = Workspace::here();
        let frozen = Frozen::read(&here).unwrap();
        let fixtures = Fixture::all(&here).unwrap();
        assert_eq!(check_document(&here, &frozen, &fixtures).unwrap(), []);

        let folder = scratch().unwrap();
        let copy = Workspace::at(folder.path());
        let lost = check_document(&copy, &frozen, &fixtures).unwrap();
        assert_eq!(lost[0].mend, "cargo xtask schema write");

        std::fs::create_dir(copy.path("docs")).unwrap();
        let text = here.read(document::FILE).unwrap();
        let edited = text.replacen("| JSON |", "| TEXT |", 1);
        copy.write(document::FILE, &edited).unwrap();
        let found = check_document(&copy, &frozen, &fixtures).unwrap();
        assert!(found[0].detail.contains("-| `ranges` | TEXT |"));
    }

    #[test]
    fn a_fresh_file_must_be_native() {
        assert_eq!(check_fresh().unwrap(), []);
        let folder = scratch().unwrap();
        let [fixture, _] = Fixture::all(&Workspace::here()).unwrap();
        let python = inspect(fixture.copy_to(folder.path()).unwrap()).unwrap();
        let failure = check_inspection("a test", &python).unwrap();
        assert!(
            failure
                .what
                .ends_with("is inspected as Python, generation 1")
        );
        assert!(failure.detail.contains("user_version is 0, expected 1"));
    }
}
