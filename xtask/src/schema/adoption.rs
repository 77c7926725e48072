//! Adoption: files of the Python library are opened, keep all they hold, and
//! get what this project adds and no more.

use std::collections::BTreeMap;

use media_schema::VERSION;
use media_sqlite::{Inspection, Journal, inspect};
use serde_json::json;

use super::contents::{Contents, LIBRARY_TABLES, Rows, analysis_values, listed, processing_values};
use super::sample::{Fixture, Stores, connect};
use crate::error::Error;
use crate::report::{Failure, diff};
use crate::workspace::scratch;

/// Adopts a copy of a fixture and compares it with what was recorded.
pub(crate) fn check(fixture: &Fixture, journal: Journal) -> Result<Vec<Failure>, Error> {
    let folder = scratch()?;
    let path = fixture.copy_to(folder.path())?;
    let stores = Stores::open(&path, journal)?;
    let mut failures = compare_stored(fixture, &stores)?;
    drop(stores);
    let adopted = Contents::of(&connect(&path)?)?;
    failures.extend(compare_rows(fixture, "SQL", &adopted.rows));
    failures.extend(compare_objects(fixture, &adopted));
    failures.extend(compare_inspection(fixture, &inspect(&path)?));

    drop(Stores::open(&path, journal)?);
    if Contents::of(&connect(&path)?)? != adopted {
        failures.push(failure(fixture, "changes when it is opened again"));
    }
    Ok(failures)
}

fn failure(fixture: &Fixture, what: &str) -> Failure {
    Failure::new(
        format!("{} {what}", fixture.name),
        "correct crates/media-sqlite/src/bootstrap.rs or the store; the fixture stays",
    )
}

/// Reads every row through the stores, in lists and by its key.
fn compare_stored(fixture: &Fixture, stores: &Stores) -> Result<Vec<Failure>, Error> {
    let mut failures = Vec::new();
    let mut analyses = listed(&stores.analyses)?;
    analyses.sort_by_key(|row| row.id);
    for row in &analyses {
        let found = stores
            .analyses
            .get_cached(&row.file_path, &row.config_hash)?;
        if found.as_ref() != Some(row) {
            let what = format!("has analysis {} in its list, but not by its key", row.id);
            failures.push(failure(fixture, &what));
        }
    }
    let mut jobs = listed(&stores.jobs)?;
    jobs.sort_by_key(|row| row.id);
    for row in &jobs {
        if stores.jobs.get_by_job_id(&row.job_id)?.as_ref() != Some(row) {
            let what = format!("has job {:?} in its list, but not by its name", row.job_id);
            failures.push(failure(fixture, &what));
        }
    }
    let rows = Rows::from([
        (
            "analysis_jobs".to_owned(),
            analyses.iter().map(analysis_values).collect(),
        ),
        (
            "processing_jobs".to_owned(),
            jobs.iter().map(processing_values).collect(),
        ),
    ]);
    failures.extend(compare_rows(fixture, "the stores", &rows));
    Ok(failures)
}

fn compare_rows(fixture: &Fixture, reader: &str, found: &Rows) -> Option<Failure> {
    let expected = &fixture.contents.rows;
    // The values decide; the text shows where they differ.
    if found == expected {
        return None;
    }
    let [expected, found] = [expected, found].map(|rows| format!("{:#}\n", json!(rows)));
    let detail = diff(("recorded", &expected), ("adopted", &found)).unwrap_or_default();
    let what = format!("has other rows after adoption, as read by {reader}");
    Some(failure(fixture, &what).with_detail(detail))
}

/// What was there is there still, word for word. Further objects are our
/// indexes, whose columns are inspected.
fn compare_objects(fixture: &Fixture, adopted: &Contents) -> Option<Failure> {
    const OURS: &str = "added";
    let describe = |name: &str, sql: &str| format!("{name}: {sql}\n");
    let mut expected: BTreeMap<&str, String> = LIBRARY_TABLES
        .iter()
        .flat_map(|table| table.indexes)
        .map(|index| (index.name, describe(index.name, OURS)))
        .collect();
    for (name, sql) in &fixture.contents.objects {
        expected.insert(name, describe(name, sql));
    }
    let found: String = adopted
        .objects
        .iter()
        .map(|(name, sql)| {
            let kept = fixture.contents.objects.contains_key(name);
            describe(name, if kept { sql } else { OURS })
        })
        .collect();
    let expected: String = expected.into_values().collect();
    let detail = diff(("recorded", &expected), ("adopted", &found))?;
    Some(failure(fixture, "has other objects after adoption").with_detail(detail))
}

fn compare_inspection(fixture: &Fixture, found: &Inspection) -> Option<Failure> {
    let tables: Vec<_> = LIBRARY_TABLES.iter().map(|table| table.name).collect();
    let expected = shape(
        &fixture.generation.to_string(),
        i64::from(VERSION),
        &tables,
        &[],
    );
    let differences: Vec<_> = found.differences.iter().map(ToString::to_string).collect();
    let found = shape(
        &found.generation.to_string(),
        found.version,
        &found.tables,
        &differences,
    );
    let detail = diff(("known", &expected), ("inspected", &found))?;
    Some(failure(fixture, "does not end in a known shape").with_detail(detail))
}

fn shape(generation: &str, version: i64, tables: &[&str], differences: &[String]) -> String {
    format!(
        "generation: {generation}\nversion: {version}\ntables: {}\ndifferences:\n{}\n",
        tables.join(", "),
        differences.join("\n"),
    )
}

#[cfg(test)]
mod tests {
    use media_sqlite::Generation;

    use super::*;
    use crate::workspace::Workspace;

    fn fixtures() -> [Fixture; 2] {
        Fixture::all(&Workspace::here()).unwrap()
    }

    /// What is found, in a fixture of which something else is expected.
    fn whats(alter: impl Fn(&mut Fixture)) -> Vec<String> {
        let [_, mut fixture] = fixtures();
        alter(&mut fixture);
        let failures = check(&fixture, Journal::Rollback).unwrap();
        failures.into_iter().map(|failure| failure.what).collect()
    }

    #[test]
    fn both_generations_are_adopted_in_both_journal_modes() {
        for fixture in &fixtures() {
            let rows = fixture.contents.rows.values().map(Vec::len);
            assert!(rows.min().unwrap() > 0);
            for journal in [Journal::Wal, Journal::Rollback] {
                assert_eq!(check(fixture, journal).unwrap(), [], "{}", fixture.name);
            }
        }
    }

    #[test]
    fn another_value_is_found_by_sql_and_through_the_stores() {
        for (table, column) in [
            ("analysis_jobs", "id"),
            ("analysis_jobs", "ranges"),
            ("analysis_jobs", "created_at"),
            ("processing_jobs", "output_hash"),
            ("processing_jobs", "config_hash"),
            ("processing_jobs", "parameters"),
        ] {
            let found = whats(|fixture| {
                let rows = fixture.contents.rows.get_mut(table).unwrap();
                let value = rows[0].get_mut(column).unwrap();
                *value = match value.as_f64() {
                    Some(number) => json!(number + 1.0),
                    None => json!("another"),
                };
            });
            assert_eq!(
                found,
                [
                    "python-g2 has other rows after adoption, as read by the stores",
                    "python-g2 has other rows after adoption, as read by SQL",
                ],
                "{table}.{column}"
            );
        }
    }

    #[test]
    fn a_lost_row_is_found() {
        let found = whats(|fixture| {
            let rows = fixture.contents.rows.get_mut("analysis_jobs").unwrap();
            rows.push(rows[0].clone());
        });
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_dropped_or_altered_object_is_found() {
        let expected = ["python-g2 has other objects after adoption"];
        let dropped = whats(|fixture| {
            let objects = &mut fixture.contents.objects;
            objects.insert("idx_dropped".into(), "CREATE INDEX …".into());
        });
        assert_eq!(dropped, expected);
        let altered = whats(|fixture| {
            let objects = &mut fixture.contents.objects;
            objects.get_mut("idx_processing_cache").unwrap().push(' ');
        });
        assert_eq!(altered, expected);
    }

    #[test]
    fn another_generation_is_found() {
        let found = whats(|fixture| fixture.generation = Generation::Python1);
        assert_eq!(found, ["python-g2 does not end in a known shape"]);
    }
}
