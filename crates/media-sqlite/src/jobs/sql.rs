//! The statements.

use media_hash::{ContentHash, config_hash, config_hash_json};
use media_schema::{
    DoneJob, Found, JsonText, MediaProcessingRow, NewProcessing, PROCESSING_JOBS, ProcessingFilter,
    ProcessingKey, RowError, Saved, StoreError, Timestamp,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, named_params};

use super::shape::Shape;
use crate::Fault;
use crate::column::RowReader;
use crate::listing::Listing;

pub(crate) const INSERT: &str = "INSERT INTO processing_jobs \
     (job_id, action, input_path, input_hash, output_path, output_hash, \
     parameters, metadata, created_at) \
     VALUES (:job_id, :action, :input_path, :input_hash, :output_path, :output_hash, \
     :parameters, :metadata, :created_at)";

/// For a file of the second generation, which wants the parameters' hash.
pub(crate) const INSERT_WITH_CONFIG: &str = "INSERT INTO processing_jobs \
     (job_id, action, input_path, input_hash, config_hash, output_path, output_hash, \
     parameters, metadata, created_at) \
     VALUES (:job_id, :action, :input_path, :input_hash, :config_hash, :output_path, \
     :output_hash, :parameters, :metadata, :created_at)";

/// For a file of the second generation, which keeps one row for each action,
/// input path and configuration: the job that was there gives way.
pub(crate) const REPLACE: &str = "UPDATE processing_jobs \
     SET job_id = :job_id, input_hash = :input_hash, output_path = :output_path, \
     output_hash = :output_hash, parameters = :parameters, metadata = :metadata, \
     created_at = :created_at \
     WHERE action = :action AND input_path = :input_path AND config_hash = :config_hash";

pub(crate) const KNOWS_JOB: &str =
    "SELECT EXISTS (SELECT 1 FROM processing_jobs WHERE job_id = ?1)";

pub(crate) const REMOVE: &str = "DELETE FROM processing_jobs WHERE job_id = ?1";

pub(crate) const GET: &str = "SELECT id, job_id, action, input_path, input_hash, output_path, \
     output_hash, parameters, metadata, created_at \
     FROM processing_jobs WHERE job_id = ?1";

pub(crate) const GET_WITH_CONFIG: &str = "SELECT id, job_id, action, input_path, input_hash, \
     output_path, output_hash, parameters, metadata, created_at, config_hash \
     FROM processing_jobs WHERE job_id = ?1";

/// The jobs that did the same to the same content, whatever the parameters.
/// `unlikely` keeps the planner on the index of the content.
pub(crate) const FIND: &str = "SELECT job_id, output_path, output_hash, parameters \
     FROM processing_jobs WHERE unlikely(input_hash = ?1) AND +action = ?2 \
     ORDER BY created_at DESC, id DESC";

pub(crate) const KNOWS_CONTENT: &str = "SELECT EXISTS (SELECT 1 FROM processing_jobs \
     WHERE unlikely(input_hash = ?1) AND +action = ?2)";

pub(crate) const KNOWS_INPUT: &str = "SELECT EXISTS (SELECT 1 FROM processing_jobs \
     WHERE unlikely(input_path = ?1) AND +action = ?2)";

pub(crate) fn save(
    connection: &Connection,
    shape: Shape,
    new: &NewProcessing,
) -> Result<Saved, Fault> {
    let created_at = new.created_at().unwrap_or_else(Timestamp::now);
    let parameters = new.parameters().map(JsonText::as_str);
    let metadata = new.metadata().map(JsonText::as_str);
    let config = if shape.config_hash {
        Some(parameters_hash(new)?)
    } else {
        None
    };
    let Some(config) = config else {
        return connection
            .prepare_cached(INSERT)?
            .execute(named_params! {
                ":job_id": new.job_id(),
                ":action": new.action(),
                ":input_path": new.input_path(),
                ":input_hash": new.input_hash().as_str(),
                ":output_path": new.output_path(),
                ":output_hash": new.output_hash().as_str(),
                ":parameters": parameters,
                ":metadata": metadata,
                ":created_at": created_at.as_unix_seconds(),
            })
            .map(|_| Saved::Inserted)
            .map_err(|error| conflict(error, connection, new));
    };
    let values = named_params! {
        ":job_id": new.job_id(),
        ":action": new.action(),
        ":input_path": new.input_path(),
        ":input_hash": new.input_hash().as_str(),
        ":config_hash": config.as_str(),
        ":output_path": new.output_path(),
        ":output_hash": new.output_hash().as_str(),
        ":parameters": parameters,
        ":metadata": metadata,
        ":created_at": created_at.as_unix_seconds(),
    };
    if shape.replaces {
        // Asked first: replacing a job by itself would violate nothing.
        if knows_job(connection, new.job_id())? {
            return Err(taken(connection, new).into());
        }
        if connection.prepare_cached(REPLACE)?.execute(values)? > 0 {
            return Ok(Saved::Replaced);
        }
    }
    connection
        .prepare_cached(INSERT_WITH_CONFIG)?
        .execute(values)
        .map(|_| Saved::Inserted)
        .map_err(|error| conflict(error, connection, new))
}

/// The hash that the Python library gives these parameters.
fn parameters_hash(new: &NewProcessing) -> Result<ContentHash, StoreError> {
    let hash = match new.parameters() {
        Some(parameters) => config_hash_json(parameters.as_str()),
        None => config_hash(&()),
    };
    hash.map_err(|source| StoreError::Invalid {
        job: format!("job {:?}", new.job_id()),
        source: media_schema::InvalidValue::NotSerializable {
            column: "parameters",
            source,
        },
    })
}

fn knows_job(connection: &Connection, job_id: &str) -> Result<bool, Fault> {
    Ok(connection
        .prepare_cached(KNOWS_JOB)?
        .query_row([job_id], |row| row.get(0))?)
}

/// A violated constraint is a conflict if the name is what was taken.
fn conflict(error: rusqlite::Error, connection: &Connection, new: &NewProcessing) -> Fault {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        match knows_job(connection, new.job_id()) {
            Ok(true) => return taken(connection, new).into(),
            Ok(false) => {}
            Err(fault) => return fault,
        }
    }
    error.into()
}

fn taken(connection: &Connection, new: &NewProcessing) -> StoreError {
    StoreError::Conflict {
        job_id: new.job_id().to_owned(),
        database: connection.path().unwrap_or_default().to_owned(),
    }
}

pub(crate) fn get(
    connection: &Connection,
    shape: Shape,
    key: ProcessingKey<'_>,
) -> Result<Option<MediaProcessingRow>, Fault> {
    Ok(find(connection, shape, key)??)
}

/// Likewise, a row that cannot be read apart.
pub(crate) fn find(
    connection: &Connection,
    shape: Shape,
    key: ProcessingKey<'_>,
) -> Result<Found<MediaProcessingRow>, Fault> {
    let row = connection
        .prepare_cached(get_sql(shape))?
        .query_row([key.job_id], |row| Ok(decode(row, shape)))
        .optional()?;
    Ok(row.transpose())
}

/// Tells of the jobs of an action on a content, newest first. No parameters are
/// `{}`. A row that a peer has filled with other than text is passed over.
pub(crate) fn each_done(
    connection: &Connection,
    action: &str,
    input_hash: &str,
    each: &mut dyn FnMut(DoneJob<'_>),
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query([input_hash, action])?;
    while let Some(row) = rows.next()? {
        let text = |index| row.get_ref(index).map(|value| value.as_str().ok());
        let parameters = match row.get_ref(3)? {
            ValueRef::Null => Some("{}"),
            value => value.as_str().ok(),
        };
        if let (Some(job_id), Some(output_path), Some(output_hash), Some(parameters)) =
            (text(0)?, text(1)?, text(2)?, parameters)
        {
            each(DoneJob {
                job_id,
                output_path,
                output_hash,
                parameters,
            });
        }
    }
    Ok(())
}

/// Whether anything of an action is known by a statement such as
/// [`KNOWS_CONTENT`].
pub(crate) fn knows(
    connection: &Connection,
    sql: &str,
    value: &str,
    action: &str,
) -> Result<bool, Fault> {
    Ok(connection
        .prepare_cached(sql)?
        .query_row([value, action], |row| row.get(0))?)
}

/// A row that was saved and is not there in the same transaction: a peer's
/// trigger has removed it.
pub(crate) fn vanished() -> Fault {
    rusqlite::Error::QueryReturnedNoRows.into()
}

pub(crate) fn get_many(
    connection: &Connection,
    shape: Shape,
    keys: &[ProcessingKey<'_>],
) -> Result<Vec<Found<MediaProcessingRow>>, Fault> {
    let mut statement = connection.prepare_cached(get_sql(shape))?;
    let found = keys.iter().map(|key| {
        let row = statement
            .query_row([key.job_id], |row| Ok(decode(row, shape)))
            .optional()?;
        Ok(row.transpose())
    });
    found.collect()
}

fn get_sql(shape: Shape) -> &'static str {
    if shape.config_hash {
        GET_WITH_CONFIG
    } else {
        GET
    }
}

pub(crate) fn remove(connection: &Connection, key: ProcessingKey<'_>) -> Result<bool, Fault> {
    let removed = connection.prepare_cached(REMOVE)?.execute([key.job_id])?;
    Ok(removed > 0)
}

/// Where the column of the second generation stands, behind the others.
const CONFIG_HASH: usize = MediaProcessingRow::COLUMNS.len();

/// [`MediaProcessingRow::COLUMNS`], and the one of the second generation.
const COLUMNS_WITH_CONFIG: &[&str] = &{
    let mut columns = ["config_hash"; CONFIG_HASH + 1];
    let (known, _) = columns.split_at_mut(CONFIG_HASH);
    known.copy_from_slice(MediaProcessingRow::COLUMNS);
    columns
};

pub(crate) fn columns(shape: Shape) -> &'static [&'static str] {
    if shape.config_hash {
        COLUMNS_WITH_CONFIG
    } else {
        MediaProcessingRow::COLUMNS
    }
}

pub(crate) fn listing(filter: &ProcessingFilter, shape: Shape) -> Listing {
    Listing::new(PROCESSING_JOBS.name, columns(shape).join(", "))
        .equal("input_path", filter.input_path.as_deref())
        .equal("output_path", filter.output_path.as_deref())
        .either("input_path", "output_path", filter.path.as_deref())
        .either("input_hash", "output_hash", filter.hash.as_deref())
        .equal("action", filter.action.as_deref())
        .between(filter.since, filter.until)
}

pub(crate) fn decode(row: &Row<'_>, shape: Shape) -> Result<MediaProcessingRow, RowError> {
    let columns = RowReader::new(row, PROCESSING_JOBS.name, columns(shape))?;
    let mut decoded = MediaProcessingRow::from_columns(
        columns.id(),
        [columns.text(1)?, columns.text(2)?],
        (columns.text(3)?, columns.hash(4)?),
        (columns.text(5)?, columns.hash(6)?),
        [columns.json(7)?, columns.json(8)?],
        columns.time(9)?,
    );
    if shape.config_hash {
        decoded.config_hash = Some(columns.hash(CONFIG_HASH)?);
    }
    Ok(decoded)
}
