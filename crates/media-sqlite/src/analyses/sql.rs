//! The statements.

use media_schema::{
    ANALYSIS_JOBS, AnalysisFilter, AnalysisKey, Found, JsonText, MediaAnalysisRow, NewAnalysis,
    RowError, Saved, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Fault;
use crate::column::RowReader;
use crate::listing::Listing;

/// The first try of a save, as most results are new. Without the columns of the
/// conflict: a table made by a peer may lack the index that they would need.
pub(crate) const INSERT_NEW: &str = "INSERT INTO analysis_jobs \
     (file_path, config_hash, file_hash, ranges, metadata, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

/// The second: the row that is there keeps its `id`.
pub(crate) const UPDATE: &str = "UPDATE analysis_jobs \
     SET file_hash = ?3, ranges = ?4, metadata = ?5, created_at = ?6 \
     WHERE file_path = ?1 AND config_hash = ?2";

/// The last, for the error of whatever else was in the way.
pub(crate) const INSERT: &str = "INSERT INTO analysis_jobs \
     (file_path, config_hash, file_hash, ranges, metadata, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

pub(crate) const GET: &str = "SELECT \
     id, file_path, file_hash, config_hash, ranges, metadata, created_at \
     FROM analysis_jobs WHERE file_path = ?1 AND config_hash = ?2";

/// The newest of a content. The plus keeps the planner from walking the index
/// of configurations: of one content there are few rows, of one configuration
/// there may be all.
pub(crate) const GET_BY_CONTENT: &str = "SELECT \
     id, file_path, file_hash, config_hash, ranges, metadata, created_at \
     FROM analysis_jobs WHERE file_hash = ?1 AND +config_hash = ?2 \
     ORDER BY created_at DESC, id DESC LIMIT 1";

pub(crate) const REMOVE: &str =
    "DELETE FROM analysis_jobs WHERE file_path = ?1 AND config_hash = ?2";

pub(crate) const KNOWS_PATH: &str =
    "SELECT EXISTS (SELECT 1 FROM analysis_jobs WHERE file_path = ?1)";

/// Runs inside a write transaction, so that nothing comes between the tries.
pub(crate) fn save(connection: &Connection, new: &NewAnalysis) -> Result<Saved, Fault> {
    let created_at = new.created_at().unwrap_or_else(Timestamp::now);
    let values = params![
        new.file_path(),
        new.config_hash().as_str(),
        new.file_hash().as_str(),
        new.ranges().map(JsonText::as_str),
        new.metadata().map(JsonText::as_str),
        created_at.as_unix_seconds(),
    ];
    if connection.prepare_cached(INSERT_NEW)?.execute(values)? > 0 {
        return Ok(Saved::Inserted);
    }
    if connection.prepare_cached(UPDATE)?.execute(values)? > 0 {
        return Ok(Saved::Replaced);
    }
    connection.prepare_cached(INSERT)?.execute(values)?;
    Ok(Saved::Inserted)
}

pub(crate) fn get(
    connection: &Connection,
    key: AnalysisKey<'_>,
) -> Result<Option<MediaAnalysisRow>, Fault> {
    Ok(find(connection, key)??)
}

/// Likewise, a row that cannot be read apart.
pub(crate) fn find(
    connection: &Connection,
    key: AnalysisKey<'_>,
) -> Result<Found<MediaAnalysisRow>, Fault> {
    let row = connection
        .prepare_cached(GET)?
        .query_row(params![key.file_path, key.config_hash], |row| {
            Ok(decode(row))
        })
        .optional()?;
    Ok(row.transpose())
}

pub(crate) fn get_many(
    connection: &Connection,
    keys: &[AnalysisKey<'_>],
) -> Result<Vec<Found<MediaAnalysisRow>>, Fault> {
    let mut statement = connection.prepare_cached(GET)?;
    let found = keys.iter().map(|key| {
        let row = statement
            .query_row(params![key.file_path, key.config_hash], |row| {
                Ok(decode(row))
            })
            .optional()?;
        Ok(row.transpose())
    });
    found.collect()
}

pub(crate) fn get_by_content(
    connection: &Connection,
    file_hash: &str,
    config_hash: &str,
) -> Result<Option<MediaAnalysisRow>, Fault> {
    let row = connection
        .prepare_cached(GET_BY_CONTENT)?
        .query_row(params![file_hash, config_hash], |row| Ok(decode(row)))
        .optional()?;
    Ok(row.transpose()?)
}

/// A row that was saved and is not there in the same transaction: a peer's
/// trigger has removed it.
pub(crate) fn vanished() -> Fault {
    rusqlite::Error::QueryReturnedNoRows.into()
}

pub(crate) fn remove(connection: &Connection, key: AnalysisKey<'_>) -> Result<bool, Fault> {
    let removed = connection
        .prepare_cached(REMOVE)?
        .execute(params![key.file_path, key.config_hash])?;
    Ok(removed > 0)
}

pub(crate) fn knows_path(connection: &Connection, file_path: &str) -> Result<bool, Fault> {
    Ok(connection
        .prepare_cached(KNOWS_PATH)?
        .query_row([file_path], |row| row.get(0))?)
}

pub(crate) fn listing(filter: &AnalysisFilter) -> Listing {
    Listing::new(ANALYSIS_JOBS.name, MediaAnalysisRow::COLUMNS.join(", "))
        .equal("file_path", filter.file_path.as_deref())
        .equal("file_hash", filter.file_hash.as_deref())
        .equal("config_hash", filter.config_hash.as_deref())
        .between(filter.since, filter.until)
}

pub(crate) fn decode(row: &Row<'_>) -> Result<MediaAnalysisRow, RowError> {
    let columns = RowReader::new(row, ANALYSIS_JOBS.name, MediaAnalysisRow::COLUMNS)?;
    Ok(MediaAnalysisRow::from_columns(
        columns.id(),
        columns.text(1)?,
        [columns.hash(2)?, columns.hash(3)?],
        [columns.json(4)?, columns.json(5)?],
        columns.time(6)?,
    ))
}
