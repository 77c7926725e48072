//! Statistics: what a database holds, and how much space that takes.

use media_schema::{
    AuditStatistics, Group, GroupStatistics, RowStatistics, SpaceStatistics, Statistics, Timestamp,
    Verdict, postgres,
};

use crate::Fault;
use crate::session::Session;

/// A table and the bytes of a row's JSON, which are known without reading it.
type Kind = (&'static str, &'static str);

const ANALYSES: Kind = (
    "analysis_jobs",
    "coalesce(octet_length(ranges), 0) + coalesce(octet_length(metadata), 0)",
);

const JOBS: Kind = (
    "processing_jobs",
    "coalesce(octet_length(parameters), 0) + coalesce(octet_length(metadata), 0)",
);

/// The rows whose text is measured to estimate that of all.
const SAMPLE: i64 = 1000;

/// Digests stand for paths: they are shorter, and in the indexes.
const FILES: &str = "SELECT count(*) FROM (\
     SELECT path_digest FROM analysis_jobs \
     UNION SELECT input_path_digest FROM processing_jobs \
     UNION SELECT output_path_digest FROM processing_jobs) AS paths";

const CONTENTS: &str = "SELECT count(*) FROM (\
     SELECT file_hash FROM analysis_jobs \
     UNION SELECT input_hash FROM processing_jobs \
     UNION SELECT output_hash FROM processing_jobs) AS hashes";

const REMEMBERED: &str = "SELECT count(*) FROM file_hashes";

const AUDIT: &str = "SELECT started_at, finished_at, intact, changed, missing, moved, \
     unreadable, unverifiable FROM fixity_audits ORDER BY started_at DESC, id DESC LIMIT 1";

/// A partitioned table has none itself, its partitions have.
const SPACE: &str = "SELECT coalesce(sum(pg_total_relation_size(relation)), 0)::bigint FROM (\
     SELECT to_regclass(name)::oid AS relation FROM unnest($1::text[]) AS ours(name) \
     UNION SELECT part.relid::oid FROM unnest($1::text[]) AS ours(name), \
     pg_partition_tree(to_regclass(name)) AS part) AS relations";

/// Counts what there is, by a session to which everything is as of one moment.
pub(crate) fn count_all(session: &mut Session) -> Result<Statistics, Fault> {
    let mut statistics = Statistics::default();
    statistics.analyses = rows(session, ANALYSES)?;
    statistics.jobs = rows(session, JOBS)?;
    statistics.files = count(session, FILES)?;
    statistics.contents = count(session, CONTENTS)?;
    statistics.configs = groups(session, "analysis_jobs", "config_hash")?;
    statistics.actions = groups(session, "processing_jobs", "action")?;
    statistics.file_hashes = count(session, REMEMBERED)?;
    statistics.audit = audit(session)?;
    statistics.space = space(session)?;
    Ok(statistics)
}

/// Infinities and what is no number are left out, at either end of an index.
fn rows_sql(table: &str) -> String {
    format!(
        "SELECT (SELECT count(*) FROM {table}), \
         (SELECT min(created_at) FROM {table} WHERE created_at > '-infinity' \
         AND created_at < 'infinity'), \
         (SELECT max(created_at) FROM {table} WHERE created_at > '-infinity' \
         AND created_at < 'infinity')"
    )
}

fn rows(session: &mut Session, kind: Kind) -> Result<RowStatistics, Fault> {
    let row = session.query_one(&rows_sql(kind.0), &[])?;
    let mut statistics = RowStatistics::default();
    let rows = row.try_get(0)?;
    statistics.rows = unsigned(rows);
    statistics.oldest = time(row.try_get(1)?);
    statistics.newest = time(row.try_get(2)?);
    statistics.json_bytes = json_bytes(session, kind, rows)?;
    Ok(statistics)
}

/// Measures the JSON of all rows, or of some and takes the others to be alike.
fn json_bytes(session: &mut Session, (table, bytes): Kind, rows: i64) -> Result<u64, Fault> {
    if rows <= SAMPLE {
        let sum = format!("SELECT coalesce(sum({bytes}), 0)::bigint FROM {table}");
        return count(session, &sum);
    }
    let sample = format!(
        "WITH ends AS (SELECT min(id)::numeric AS first, max(id)::numeric AS last FROM {table}) \
         SELECT coalesce(sum(few.bytes), 0)::bigint FROM ends \
         CROSS JOIN generate_series(0::bigint, $1::bigint - 1) AS step CROSS JOIN LATERAL (\
             SELECT {bytes} AS bytes FROM {table} \
             WHERE id >= floor(ends.first + (ends.last - ends.first) * step / $1)::bigint \
             ORDER BY id LIMIT 1) AS few"
    );
    let sum: i64 = session.query_one(&sample, &[&SAMPLE])?.try_get(0)?;
    let estimate = i128::from(sum) * i128::from(rows) / i128::from(SAMPLE);
    Ok(u64::try_from(estimate).unwrap_or(u64::MAX))
}

fn groups(session: &mut Session, table: &str, column: &str) -> Result<GroupStatistics, Fault> {
    let sql = format!(
        "SELECT {column}, count(*), max(created_at) FILTER (\
         WHERE created_at > '-infinity' AND created_at < 'infinity'), count(*) OVER () \
         FROM {table} GROUP BY {column} ORDER BY count(*) DESC, {column} LIMIT 5"
    );
    let mut groups = GroupStatistics::default();
    for row in &session.query(&sql, &[])? {
        let mut group = Group::default();
        group.name = row.try_get(0)?;
        group.rows = unsigned(row.try_get(1)?);
        group.newest = time(row.try_get(2)?);
        groups.top.push(group);
        groups.total = unsigned(row.try_get(3)?);
    }
    Ok(groups)
}

/// The newest of the audits.
fn audit(session: &mut Session) -> Result<Option<AuditStatistics>, Fault> {
    let Some(row) = session.query_first(AUDIT, &[])? else {
        return Ok(None);
    };
    let mut audit = AuditStatistics::default();
    audit.started_at = time(row.try_get(0)?);
    audit.finished_at = time(row.try_get(1)?);
    for (index, verdict) in Verdict::ALL.into_iter().enumerate() {
        let count = unsigned(row.try_get(index + 2)?);
        if count > 0 {
            audit.verdicts.push((verdict.as_str(), count));
        }
    }
    Ok(Some(audit))
}

/// What our tables and their indexes take; the server's log is everybody's.
fn space(session: &mut Session) -> Result<SpaceStatistics, Fault> {
    let names: Vec<_> = postgres::TABLES.iter().map(|table| table.name).collect();
    let mut space = SpaceStatistics::default();
    space.database_bytes = unsigned(session.query_one(SPACE, &[&names])?.try_get(0)?);
    Ok(space)
}

fn count(session: &mut Session, sql: &str) -> Result<u64, Fault> {
    Ok(unsigned(session.query_one(sql, &[])?.try_get(0)?))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn time(seconds: Option<f64>) -> Option<Timestamp> {
    seconds.and_then(Timestamp::from_unix_seconds)
}
