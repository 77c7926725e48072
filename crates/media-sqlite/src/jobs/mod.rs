//! The table of processing jobs behind the contract.

mod exchange;
mod prune;
mod shape;
mod sql;

use media_schema::{
    DoneJob, Found, Imported, Job, LearntHashes, MediaProcessingRow, NewProcessing, Page,
    ProcessingFilter, ProcessingJob, ProcessingKey, Query, Saved, StoreError, WalkedPage,
};

use self::shape::Shape;
pub(crate) use self::shape::{KnownShape, RemembersShape};
use crate::listing::listing_statements;
use crate::{ConnectionSource, hash_cache, snapshot};

pub(crate) fn save(source: &impl RemembersShape, new: &NewProcessing) -> Result<Saved, StoreError> {
    source.write("record a job", |connection| {
        sql::save(connection, source.known_shape().current(connection)?, new)
    })
}

pub(crate) fn save_many(
    source: &impl RemembersShape,
    new: &[NewProcessing],
) -> Result<Vec<Saved>, StoreError> {
    source.write("record jobs", |connection| {
        let shape = source.known_shape().current(connection)?;
        new.iter()
            .map(|new| sql::save(connection, shape, new))
            .collect()
    })
}

pub(crate) fn record_and_get(
    source: &impl RemembersShape,
    new: &NewProcessing,
    learnt: &[LearntHashes],
) -> Result<(MediaProcessingRow, Saved), StoreError> {
    source.write("record a job", |connection| {
        let shape = source.known_shape().current(connection)?;
        let saved = sql::save(connection, shape, new)?;
        hash_cache::try_to_remember(connection, source.path(), learnt);
        let row = sql::get(connection, shape, ProcessingJob::key(new))?;
        Ok((row.ok_or_else(sql::vanished)?, saved))
    })
}

pub(crate) fn get(
    source: &impl RemembersShape,
    key: ProcessingKey<'_>,
) -> Result<Option<MediaProcessingRow>, StoreError> {
    source.read("read a job", |connection| {
        sql::get(connection, source.known_shape().last_seen(connection)?, key)
    })
}

pub(crate) fn get_many(
    source: &impl RemembersShape,
    keys: &[ProcessingKey<'_>],
) -> Result<Vec<Found<MediaProcessingRow>>, StoreError> {
    source.read("read jobs", |connection| {
        snapshot(connection, |connection| {
            let shape = source.known_shape().last_seen(connection)?;
            sql::get_many(connection, shape, keys)
        })
    })
}

pub(crate) fn done_jobs(
    source: &impl ConnectionSource,
    action: &str,
    input_hash: &str,
    each: &mut dyn FnMut(DoneJob<'_>),
) -> Result<(), StoreError> {
    source.read("look for jobs done already", |connection| {
        sql::each_done(connection, action, input_hash, each)
    })
}

pub(crate) fn knows_content(
    source: &impl ConnectionSource,
    action: &str,
    input_hash: &str,
) -> Result<bool, StoreError> {
    knows(source, sql::KNOWS_CONTENT, action, input_hash)
}

pub(crate) fn knows_input(
    source: &impl ConnectionSource,
    action: &str,
    input_path: &str,
) -> Result<bool, StoreError> {
    knows(source, sql::KNOWS_INPUT, action, input_path)
}

fn knows(
    source: &impl ConnectionSource,
    sql: &str,
    action: &str,
    value: &str,
) -> Result<bool, StoreError> {
    source.read("look for similar jobs", |connection| {
        sql::knows(connection, sql, value, action)
    })
}

pub(crate) fn list(
    source: &impl RemembersShape,
    query: &Query<ProcessingFilter>,
) -> Result<Page<MediaProcessingRow>, StoreError> {
    source.read("list jobs", |connection| {
        let shape = source.known_shape().current(connection)?;
        sql::listing(&query.filter, shape).page(
            connection,
            query.limit,
            query.after.as_ref(),
            |row| sql::decode(row, shape),
        )
    })
}

pub(crate) fn count(
    source: &impl ConnectionSource,
    filter: &ProcessingFilter,
) -> Result<u64, StoreError> {
    source.read("count jobs", |connection| {
        sql::listing(filter, Shape::default()).count(connection)
    })
}

pub(crate) fn remove(
    source: &impl ConnectionSource,
    key: ProcessingKey<'_>,
) -> Result<bool, StoreError> {
    source.write("remove a job", |connection| sql::remove(connection, key))
}

pub(crate) fn walk(
    source: &impl RemembersShape,
    from: i64,
) -> Result<WalkedPage<MediaProcessingRow>, StoreError> {
    source.read("walk over jobs", |connection| {
        exchange::page(connection, source.known_shape().current(connection)?, from)
    })
}

pub(crate) fn import(
    source: &impl RemembersShape,
    rows: &[MediaProcessingRow],
) -> Result<Vec<Imported>, StoreError> {
    source.write("import jobs", |connection| {
        let shape = source.known_shape().current(connection)?;
        let import = |row| exchange::import(connection, shape, row);
        rows.iter().map(import).collect()
    })
}

/// Every statement that the store runs, with a name: so that a check can look
/// at their query plans. Those of a file of the second generation, with its
/// further column and index, come when `second_generation` is set.
#[doc(hidden)]
#[must_use]
pub fn processing_statements(second_generation: bool) -> Vec<(String, String)> {
    let shape = Shape {
        config_hash: second_generation,
        replaces: second_generation,
    };
    let text = || Some(String::new());
    let all = ProcessingFilter::default;
    let filters = [
        ("all", all()),
        (
            "by action",
            ProcessingFilter {
                action: text(),
                ..all()
            },
        ),
        (
            "by path",
            ProcessingFilter {
                path: text(),
                ..all()
            },
        ),
        (
            "by input path",
            ProcessingFilter {
                input_path: text(),
                ..all()
            },
        ),
        (
            "by output path",
            ProcessingFilter {
                output_path: text(),
                ..all()
            },
        ),
        (
            "by hash",
            ProcessingFilter {
                hash: text(),
                ..all()
            },
        ),
        (
            "by path and hash",
            ProcessingFilter {
                path: text(),
                hash: text(),
                ..all()
            },
        ),
    ];
    let mut statements: Vec<_> =
        listing_statements(filters.map(|(name, filter)| (name, sql::listing(&filter, shape))))
            .collect();
    let mut push = |name: &str, sql: &str| statements.push((name.to_owned(), sql.to_owned()));
    push("remove", sql::REMOVE);
    push("save: known job", sql::KNOWS_JOB);
    push("find_reusable", sql::FIND);
    push("get_or_process: known content", sql::KNOWS_CONTENT);
    push("get_or_process: known input", sql::KNOWS_INPUT);
    push("walk", &exchange::page_sql(shape));
    push("prune: newest of a path", prune::NEWEST_OF_PATH);
    push("prune: remove", prune::DELETE);
    push("prune: is read by another", prune::IS_READ);
    if second_generation {
        push("get_by_job_id", sql::GET_WITH_CONFIG);
        push("save: replace", sql::REPLACE);
        push("import: time of cached", exchange::TIME_OF_CACHED);
        push("save: insert with config", sql::INSERT_WITH_CONFIG);
    } else {
        push("get_by_job_id", sql::GET);
        push("save: insert", sql::INSERT);
    }
    statements
}
