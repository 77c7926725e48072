//! The statements of export and import.

use std::borrow::Cow;

use media_hash::{Sha256, config_hash_json, hash_bytes};
use media_schema::{
    Imported, JsonText, MediaProcessingRow, PROCESSING_JOBS, ProcessingKey, WalkedPage,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::shape::Shape;
use super::sql;
use crate::{Fault, walk};

/// When the job was saved that a file of the second generation has for an
/// action, input path and configuration.
pub(crate) const TIME_OF_CACHED: &str = "SELECT created_at FROM processing_jobs \
     WHERE action = ?1 AND input_path = ?2 AND config_hash = ?3";

/// The statement of [`page`].
pub(crate) fn page_sql(shape: Shape) -> String {
    walk::sql(PROCESSING_JOBS.name, &sql::columns(shape).join(", "))
}

/// The page of a walk over all jobs that begins at `from`.
pub(crate) fn page(
    connection: &Connection,
    shape: Shape,
    from: i64,
) -> Result<WalkedPage<MediaProcessingRow>, Fault> {
    walk::page(connection, &page_sql(shape), from, |row| {
        sql::decode(row, shape)
    })
}

/// Saves a row as it is, unless what is there is to stay.
pub(crate) fn import(
    connection: &Connection,
    shape: Shape,
    row: &MediaProcessingRow,
) -> Result<Imported, Fault> {
    let key = ProcessingKey {
        job_id: &row.job_id,
    };
    match sql::find(connection, shape, key)? {
        Ok(None) => {}
        Ok(Some(found)) if is_same(&found, row) => return Ok(Imported::Unchanged),
        _ => return Ok(Imported::Conflict),
    }
    if !shape.config_hash {
        connection
            .prepare_cached(sql::INSERT)?
            .execute(named_params! {
                ":job_id": row.job_id,
                ":action": row.action,
                ":input_path": row.input_path,
                ":input_hash": row.input_hash.as_str(),
                ":output_path": row.output_path,
                ":output_hash": row.output_hash.as_str(),
                ":parameters": row.parameters.as_ref().map(JsonText::as_str),
                ":metadata": row.metadata.as_ref().map(JsonText::as_str),
                ":created_at": row.created_at.as_unix_seconds(),
            })?;
        return Ok(Imported::Inserted);
    }
    let config = configuration(row);
    let (statement, imported) = match rival(connection, shape, row, &config)? {
        Rival::None => (sql::INSERT_WITH_CONFIG, Imported::Inserted),
        Rival::Older => (sql::REPLACE, Imported::Replaced),
        Rival::Stays => return Ok(Imported::Kept),
    };
    connection
        .prepare_cached(statement)?
        .execute(named_params! {
            ":job_id": row.job_id,
            ":action": row.action,
            ":input_path": row.input_path,
            ":input_hash": row.input_hash.as_str(),
            ":config_hash": config,
            ":output_path": row.output_path,
            ":output_hash": row.output_hash.as_str(),
            ":parameters": row.parameters.as_ref().map(JsonText::as_str),
            ":metadata": row.metadata.as_ref().map(JsonText::as_str),
            ":created_at": row.created_at.as_unix_seconds(),
        })?;
    Ok(imported)
}

/// The job that has the place which the second generation's rule allows.
enum Rival {
    None,
    Older,
    Stays,
}

fn rival(
    connection: &Connection,
    shape: Shape,
    row: &MediaProcessingRow,
    config: &str,
) -> Result<Rival, Fault> {
    if !shape.replaces {
        return Ok(Rival::None);
    }
    let rival = connection
        .prepare_cached(TIME_OF_CACHED)?
        .query_row(params![row.action, row.input_path, config], |found| {
            Ok(match found.get_ref(0)? {
                ValueRef::Real(seconds) if seconds < row.created_at.as_unix_seconds() => {
                    Rival::Older
                }
                _ => Rival::Stays,
            })
        })
        .optional()?;
    Ok(rival.unwrap_or(Rival::None))
}

/// The row's own `config_hash`, or the one that the Python library gives its
/// parameters. Where these are no JSON, and their canonical form is not known,
/// it is that of their text: no job is taken for another's.
fn configuration(row: &MediaProcessingRow) -> Cow<'_, str> {
    if let Some(config_hash) = &row.config_hash {
        return Cow::Borrowed(config_hash.as_str());
    }
    let text = row.parameters.as_ref().map_or("{}", JsonText::as_str);
    let hash = config_hash_json(text).unwrap_or_else(|_| hash_bytes::<Sha256>(text));
    Cow::Owned(hash.as_str().to_owned())
}

/// Whether two rows of one name hold the same. `config_hash` follows from the
/// parameters, and only some files have it.
fn is_same(found: &MediaProcessingRow, row: &MediaProcessingRow) -> bool {
    let config = match (&found.config_hash, &row.config_hash) {
        (Some(found), Some(row)) => found == row,
        _ => true,
    };
    config
        && found.action == row.action
        && found.input_path == row.input_path
        && found.input_hash == row.input_hash
        && found.output_path == row.output_path
        && found.output_hash == row.output_hash
        && found.parameters == row.parameters
        && found.metadata == row.metadata
        && found.created_at == row.created_at
}
