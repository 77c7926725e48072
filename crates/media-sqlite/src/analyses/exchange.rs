//! The statements of export and import.

use media_schema::{ANALYSIS_JOBS, AnalysisKey, Imported, JsonText, MediaAnalysisRow, WalkedPage};
use rusqlite::{Connection, params};

use super::sql;
use crate::{Fault, walk};

/// The statement of [`page`].
pub(crate) fn page_sql() -> String {
    walk::sql(ANALYSIS_JOBS.name, &MediaAnalysisRow::COLUMNS.join(", "))
}

/// The page of a walk over all results that begins at `from`.
pub(crate) fn page(
    connection: &Connection,
    from: i64,
) -> Result<WalkedPage<MediaAnalysisRow>, Fault> {
    walk::page(connection, &page_sql(), from, sql::decode)
}

/// Saves a row as it is, unless what is there is to stay.
pub(crate) fn import(connection: &Connection, row: &MediaAnalysisRow) -> Result<Imported, Fault> {
    let key = AnalysisKey {
        file_path: &row.file_path,
        config_hash: row.config_hash.as_str(),
    };
    let (statement, imported) = match sql::find(connection, key)? {
        Err(_) => return Ok(Imported::Conflict),
        Ok(Some(found)) if is_same(&found, row) => return Ok(Imported::Unchanged),
        Ok(Some(found)) if found.created_at >= row.created_at => return Ok(Imported::Kept),
        Ok(Some(_)) => (sql::UPDATE, Imported::Replaced),
        Ok(None) => (sql::INSERT, Imported::Inserted),
    };
    connection.prepare_cached(statement)?.execute(params![
        row.file_path,
        row.config_hash.as_str(),
        row.file_hash.as_str(),
        row.ranges.as_ref().map(JsonText::as_str),
        row.metadata.as_ref().map(JsonText::as_str),
        row.created_at.as_unix_seconds(),
    ])?;
    Ok(imported)
}

/// Whether two rows of one key hold the same.
fn is_same(found: &MediaAnalysisRow, row: &MediaAnalysisRow) -> bool {
    found.file_hash == row.file_hash
        && found.ranges == row.ranges
        && found.metadata == row.metadata
        && found.created_at == row.created_at
}
