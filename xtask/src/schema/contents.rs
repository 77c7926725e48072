//! What a file holds, row by row and value for value: as the Python library
//! recorded it, by SQL, and through the stores.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use media_schema::{
    ANALYSIS_JOBS, Job, JobStore, JsonText, MediaAnalysisRow, MediaProcessingRow, PROCESSING_JOBS,
    Query, StoredHash, Table,
};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};

use crate::error::Error;

/// A row by column name, as JSON values.
pub(crate) type Row = BTreeMap<String, Value>;

/// Rows in the order of their `id`, by table.
pub(crate) type Rows = BTreeMap<String, Vec<Row>>;

/// The tables that the Python library has too.
pub(crate) const LIBRARY_TABLES: [&Table; 2] = [&ANALYSIS_JOBS, &PROCESSING_JOBS];

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contents {
    pub(crate) rows: Rows,
    /// The SQL of every object that has some, by name.
    pub(crate) objects: BTreeMap<String, String>,
}

impl Contents {
    /// What the Python library recorded beside a fixture.
    pub(crate) fn recorded(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        parse(&text).map_err(|source| Error::Rows {
            path: path.to_owned(),
            source,
        })
    }

    /// What a file holds now, by SQL.
    pub(crate) fn of(connection: &Connection) -> Result<Self, Error> {
        read(connection).map_err(Error::sqlite("read the rows of a file"))
    }
}

fn parse(text: &str) -> serde_json::Result<Contents> {
    let mut parts: BTreeMap<String, Value> = serde_json::from_str(text)?;
    let schema = parts.remove("schema").unwrap_or_default();
    let schema: Vec<(String, String, String, Option<String>)> = serde_json::from_value(schema)?;
    let rows = parts
        .into_iter()
        .map(|(table, rows)| Ok((table, serde_json::from_value(rows)?)))
        .collect::<serde_json::Result<_>>()?;
    let objects = schema
        .into_iter()
        .filter_map(|(_, name, _, sql)| Some((name, sql?)))
        .collect();
    Ok(Contents { rows, objects })
}

fn read(connection: &Connection) -> rusqlite::Result<Contents> {
    let objects = connection
        .prepare("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut rows = Rows::new();
    for table in LIBRARY_TABLES {
        let mut statement =
            connection.prepare(&format!("SELECT * FROM {} ORDER BY id", table.name))?;
        let names: Vec<String> = statement
            .column_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let found = statement
            .query_map([], |row| {
                names
                    .iter()
                    .enumerate()
                    .map(|(index, name)| Ok((name.clone(), value(row.get_ref(index)?))))
                    .collect()
            })?
            .collect::<rusqlite::Result<_>>()?;
        rows.insert(table.name.to_owned(), found);
    }
    Ok(Contents { rows, objects })
}

/// A stored value. What JSON has no form for stands as a text that no
/// recorded value equals.
fn value(stored: ValueRef<'_>) -> Value {
    match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) if real.is_finite() => real.into(),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => format!("not UTF-8: {bytes:?}").into(),
        },
        other => format!("not JSON: {other:?}").into(),
    }
}

/// Every row of a store, by pages that are smaller than the fixtures.
pub(crate) fn listed<J: Job>(store: &dyn JobStore<J>) -> Result<Vec<J::Row>, Error> {
    let mut query = Query::default().limit(4);
    let mut rows = Vec::new();
    loop {
        let page = store.list(&query)?;
        for row in page.rows {
            rows.push(row?);
        }
        match page.next {
            Some(next) => query = query.after(next),
            None => return Ok(rows),
        }
    }
}

pub(crate) fn analysis_values(row: &MediaAnalysisRow) -> Row {
    let values = [
        ("id", row.id.into()),
        ("file_path", row.file_path.as_str().into()),
        ("file_hash", row.file_hash.as_str().into()),
        ("config_hash", row.config_hash.as_str().into()),
        ("ranges", json_value(row.ranges.as_ref())),
        ("metadata", json_value(row.metadata.as_ref())),
        ("created_at", row.created_at.as_unix_seconds().into()),
    ];
    Row::from(values.map(|(name, value)| (name.to_owned(), value)))
}

pub(crate) fn processing_values(row: &MediaProcessingRow) -> Row {
    let values = [
        ("id", row.id.into()),
        ("job_id", row.job_id.as_str().into()),
        ("action", row.action.as_str().into()),
        ("input_path", row.input_path.as_str().into()),
        ("input_hash", row.input_hash.as_str().into()),
        ("output_path", row.output_path.as_str().into()),
        ("output_hash", row.output_hash.as_str().into()),
        ("parameters", json_value(row.parameters.as_ref())),
        ("metadata", json_value(row.metadata.as_ref())),
        ("created_at", row.created_at.as_unix_seconds().into()),
    ];
    let config = row.config_hash.as_ref().map(StoredHash::as_str);
    values
        .into_iter()
        .chain(config.map(|config| ("config_hash", config.into())))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The stored text itself, not what it means.
fn json_value(text: Option<&JsonText>) -> Value {
    json!(text.map(JsonText::as_str))
}
