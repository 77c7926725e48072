//! The table of analyses behind the contract.

mod exchange;
mod prune;
mod sql;

use media_schema::{
    AnalysisFilter, AnalysisJob, AnalysisKey, Found, Imported, Job, LearntHashes, MediaAnalysisRow,
    NewAnalysis, Page, Query, Saved, StoreError, WalkedPage,
};

use crate::listing::listing_statements;
use crate::{ConnectionSource, hash_cache, snapshot};

pub(crate) fn save(source: &impl ConnectionSource, new: &NewAnalysis) -> Result<Saved, StoreError> {
    source.write("save an analysis", |connection| sql::save(connection, new))
}

pub(crate) fn save_many(
    source: &impl ConnectionSource,
    new: &[NewAnalysis],
) -> Result<Vec<Saved>, StoreError> {
    source.write("save analyses", |connection| {
        new.iter().map(|new| sql::save(connection, new)).collect()
    })
}

pub(crate) fn save_and_get(
    source: &impl ConnectionSource,
    new: &NewAnalysis,
    learnt: &[LearntHashes],
) -> Result<(MediaAnalysisRow, Saved), StoreError> {
    source.write("save an analysis", |connection| {
        let saved = sql::save(connection, new)?;
        hash_cache::try_to_remember(connection, source.path(), learnt);
        let row = sql::get(connection, AnalysisJob::key(new))?.ok_or_else(sql::vanished)?;
        Ok((row, saved))
    })
}

pub(crate) fn get(
    source: &impl ConnectionSource,
    key: AnalysisKey<'_>,
) -> Result<Option<MediaAnalysisRow>, StoreError> {
    source.read("read an analysis", |connection| sql::get(connection, key))
}

pub(crate) fn get_many(
    source: &impl ConnectionSource,
    keys: &[AnalysisKey<'_>],
) -> Result<Vec<Found<MediaAnalysisRow>>, StoreError> {
    source.read("read analyses", |connection| {
        snapshot(connection, |connection| sql::get_many(connection, keys))
    })
}

pub(crate) fn newest_of_content(
    source: &impl ConnectionSource,
    file_hash: &str,
    config_hash: &str,
) -> Result<Option<MediaAnalysisRow>, StoreError> {
    source.read("look for the same content", |connection| {
        sql::get_by_content(connection, file_hash, config_hash)
    })
}

pub(crate) fn knows_path(
    source: &impl ConnectionSource,
    file_path: &str,
) -> Result<bool, StoreError> {
    source.read("look for a path", |connection| {
        sql::knows_path(connection, file_path)
    })
}

pub(crate) fn list(
    source: &impl ConnectionSource,
    query: &Query<AnalysisFilter>,
) -> Result<Page<MediaAnalysisRow>, StoreError> {
    source.read("list analyses", |connection| {
        sql::listing(&query.filter).page(connection, query.limit, query.after.as_ref(), sql::decode)
    })
}

pub(crate) fn count(
    source: &impl ConnectionSource,
    filter: &AnalysisFilter,
) -> Result<u64, StoreError> {
    source.read("count analyses", |connection| {
        sql::listing(filter).count(connection)
    })
}

pub(crate) fn remove(
    source: &impl ConnectionSource,
    key: AnalysisKey<'_>,
) -> Result<bool, StoreError> {
    source.write("remove an analysis", |connection| {
        sql::remove(connection, key)
    })
}

pub(crate) fn walk(
    source: &impl ConnectionSource,
    from: i64,
) -> Result<WalkedPage<MediaAnalysisRow>, StoreError> {
    source.read("walk over analyses", |connection| {
        exchange::page(connection, from)
    })
}

pub(crate) fn import(
    source: &impl ConnectionSource,
    rows: &[MediaAnalysisRow],
) -> Result<Vec<Imported>, StoreError> {
    source.write("import analyses", |connection| {
        rows.iter()
            .map(|row| exchange::import(connection, row))
            .collect()
    })
}

/// Every statement that the store runs, with a name: so that a check can look
/// at their query plans.
#[doc(hidden)]
#[must_use]
pub fn analysis_statements() -> Vec<(String, String)> {
    let text = || Some(String::new());
    let filters = [
        ("all", AnalysisFilter::default()),
        (
            "by path",
            AnalysisFilter {
                file_path: text(),
                ..AnalysisFilter::default()
            },
        ),
        (
            "by hash",
            AnalysisFilter {
                file_hash: text(),
                ..AnalysisFilter::default()
            },
        ),
        (
            "by config",
            AnalysisFilter {
                config_hash: text(),
                ..AnalysisFilter::default()
            },
        ),
    ];
    let fixed = [
        ("save: insert if new", sql::INSERT_NEW),
        ("save: update", sql::UPDATE),
        ("save: insert", sql::INSERT),
        ("get_cached", sql::GET),
        ("lookup: known path", sql::KNOWS_PATH),
        ("lookup: same content", sql::GET_BY_CONTENT),
        ("remove", sql::REMOVE),
        ("prune: newest of a path", prune::NEWEST_OF_PATH),
        ("prune: remove", prune::DELETE),
    ]
    .map(|(name, sql)| (name.to_owned(), sql.to_owned()));
    listing_statements(filters.map(|(name, filter)| (name, sql::listing(&filter))))
        .chain(fixed)
        .chain([("walk".to_owned(), exchange::page_sql())])
        .collect()
}
