//! The tables: whether they are ours, may be used, and are looked after.

use media_schema::findings::{Findings, counted};
use media_schema::postgres::{TABLES, VERSION};
use media_schema::{FindingKind, Severity};

use crate::inspect::inspect_session;
use crate::session::Session;
use crate::{Difference, Fault, Inspection};

/// Rows that are counted to the end, where a few say it all.
const MANY: i64 = 1000;

/// Below so many rows of a table the planner is right without statistics.
const FEW_ROWS: i64 = 10_000;

/// What this user may not do with each table that is there, and its numbers.
const RIGHTS: &str = "SELECT name, ARRAY(SELECT wanted FROM unnest($2::text[]) AS wanted \
         WHERE NOT has_table_privilege(to_regclass(name), wanted)), \
     coalesce((SELECT NOT has_sequence_privilege(pg_get_serial_sequence(name, 'id'), 'USAGE') \
         WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(name) \
         AND attname = 'id')), false), current_user::text \
     FROM unnest($1::text[]) AS ours(name) WHERE to_regclass(name) IS NOT NULL";

const MAY_CREATE: &str = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)";

const INVALID: &str = "SELECT i.relname::text FROM unnest($1::text[]) AS ours(name) \
     JOIN pg_index AS x ON x.indrelid = to_regclass(name) AND NOT x.indisvalid \
     JOIN pg_class AS i ON i.oid = x.indexrelid ORDER BY 1";

/// Names that stand for no job, and jobs that have no name, up to a bound.
const NAMES: &str = "SELECT \
     (SELECT count(*) FROM (SELECT FROM processing_job_names AS name WHERE NOT EXISTS (\
         SELECT FROM processing_jobs AS job WHERE job.job_digest = name.job_digest) \
         LIMIT $1) AS orphans), \
     (SELECT count(*) FROM (SELECT FROM processing_jobs AS job WHERE NOT EXISTS (\
         SELECT FROM processing_job_names AS name WHERE name.job_digest = job.job_digest) \
         LIMIT $1) AS nameless)";

const STATISTICS: &str = "SELECT relname::text, n_live_tup, n_dead_tup, \
     last_analyze IS NULL AND last_autoanalyze IS NULL, \
     to_char(greatest(last_vacuum, last_autovacuum), 'YYYY-MM-DD HH24:MI TZ') \
     FROM pg_stat_user_tables WHERE relid IN (SELECT to_regclass(name) \
     FROM unnest($1::text[]) AS ours(name)) ORDER BY relname";

fn names() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

/// Says in what the schema differs. Whether the rows can be read.
pub(super) fn schema(
    session: &mut Session,
    server: &str,
    findings: &mut Findings,
) -> Result<bool, Fault> {
    let inspection = inspect_session(session, server)?;
    let Some(schema) = &inspection.schema else {
        findings.add(
            Severity::Error,
            FindingKind::UnusableTable,
            "no schema of the search_path exists, so that there is nowhere to look",
            "create one, or name another: `ALTER ROLE … SET search_path = …`",
        );
        return Ok(false);
    };
    if inspection.version > i64::from(VERSION) {
        findings.add(
            Severity::Error,
            FindingKind::NewerVersion,
            format!(
                "a newer version wrote it: schema {}, this program knows {VERSION}",
                inspection.version
            ),
            "update this program",
        );
        return Ok(false);
    }
    if inspection.tables.is_empty() {
        no_tables(session, schema, findings)?;
        return Ok(false);
    }
    let broken = invalid_indexes(session, findings)?;
    differences(&inspection, &broken, findings);
    if inspection.differences.is_empty() && broken.is_empty() {
        findings.ok(
            FindingKind::Schema,
            format!(
                "tables and indexes are as they should be, in schema {schema:?}, version {}",
                inspection.version
            ),
        );
    }
    Ok(!inspection.differences.iter().any(is_obstacle))
}

fn no_tables(session: &mut Session, schema: &str, findings: &mut Findings) -> Result<(), Fault> {
    findings.add(
        Severity::Note,
        FindingKind::NoTable,
        format!("there are no tables in schema {schema:?}: nothing was ever saved"),
        "nothing: the first save creates them",
    );
    let may_create: bool = session.query_one(MAY_CREATE, &[])?.try_get(0)?;
    if !may_create {
        findings.add(
            Severity::Warning,
            FindingKind::Rights,
            format!("this user may not create tables in schema {schema:?}"),
            "let its owner run what `media-store schema show` prints for this address, or \
             `GRANT CREATE ON SCHEMA …`",
        );
    }
    Ok(())
}

fn is_obstacle(difference: &Difference) -> bool {
    difference.is_obstacle
}

fn invalid_indexes(session: &mut Session, findings: &mut Findings) -> Result<Vec<String>, Fault> {
    let mut broken = Vec::new();
    for row in &session.query(INVALID, &[&names()])? {
        let name: String = row.try_get(0)?;
        findings.add(
            Severity::Warning,
            FindingKind::Index,
            format!("index {name} was not built to its end: it costs time and finds nothing"),
            format!("`REINDEX INDEX CONCURRENTLY {name}`, or drop it if it is not ours"),
        );
        broken.push(name);
    }
    Ok(broken)
}

/// Says each difference, but for the indexes that were told of.
fn differences(inspection: &Inspection, broken: &[String], findings: &mut Findings) {
    let is_index = |name: &str| {
        TABLES
            .iter()
            .flat_map(|table| table.indexes)
            .any(|index| index.name == name)
    };
    for difference in &inspection.differences {
        if broken.contains(&difference.object) {
            continue;
        }
        if difference.is_obstacle {
            findings.add(
                Severity::Error,
                FindingKind::UnusableTable,
                difference.to_string(),
                "mend it as `media-store schema show` has it for this address, or restore a backup",
            );
        } else if is_index(&difference.object) {
            findings.add(
                Severity::Warning,
                FindingKind::Index,
                format!("index {difference}, so that lists are slow"),
                "`media-store schema adopt` creates what is missing, while others wait to save; \
                 CREATE INDEX CONCURRENTLY keeps nobody waiting",
            );
        } else {
            findings.add(
                Severity::Note,
                FindingKind::Schema,
                difference.to_string(),
                "nothing has to be done; `media-store schema show` has it as it was made",
            );
        }
    }
}

/// Says what this user may not do. Whether he may read, if there are tables.
pub(super) fn rights(session: &mut Session, findings: &mut Findings) -> Result<bool, Fault> {
    let wanted = if session.greeting.is_standby || session.greeting.is_read_only {
        vec!["SELECT"]
    } else {
        vec!["SELECT", "INSERT", "UPDATE", "DELETE"]
    };
    let (mut lacks, mut user) = (Vec::new(), String::new());
    let mut lacks_reading = false;
    let rows = session.query(RIGHTS, &[&names(), &wanted])?;
    if rows.is_empty() {
        return Ok(true);
    }
    for row in &rows {
        let table: String = row.try_get(0)?;
        let mut missing: Vec<String> = row.try_get(1)?;
        user = row.try_get(3)?;
        // What creates the tables writes there, and nobody else.
        if table == "media_store_schema" {
            missing.retain(|right| right == "SELECT");
        }
        lacks_reading |= missing.iter().any(|right| right == "SELECT");
        if row.try_get(2)? && wanted.len() > 1 {
            missing.push("USAGE of its sequence".to_owned());
        }
        if !missing.is_empty() {
            lacks.push(format!("{} on {table}", missing.join(", ")));
        }
    }
    if lacks.is_empty() {
        findings.ok(
            FindingKind::Rights,
            format!("user {user} may {}", wanted.join(", ").to_lowercase()),
        );
        return Ok(true);
    }
    findings.add(
        if lacks_reading {
            Severity::Error
        } else {
            Severity::Warning
        },
        FindingKind::Rights,
        format!("user {user} lacks {}", lacks.join("; ")),
        format!(
            "let the tables' owner `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \
             … TO {user}` and `GRANT USAGE ON ALL SEQUENCES IN SCHEMA … TO {user}`; who is only \
             to read needs SELECT alone"
        ),
    );
    Ok(!lacks_reading)
}

/// Whether the names that keep jobs apart are those of the jobs.
pub(super) fn names_of_jobs(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    let row = session.query_one(NAMES, &[&MANY])?;
    let (orphans, nameless): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let number = |count: i64| {
        let more = if count >= MANY { " or more" } else { "" };
        format!("{count}{more}")
    };
    if orphans > 0 {
        findings.add(
            Severity::Warning,
            FindingKind::Names,
            format!(
                "{} in processing_job_names without a job: these names are refused to new jobs",
                number(orphans)
            ),
            "`DELETE FROM processing_job_names AS name WHERE NOT EXISTS (SELECT FROM \
             processing_jobs AS job WHERE job.job_digest = name.job_digest)`",
        );
    }
    if nameless > 0 {
        findings.add(
            Severity::Warning,
            FindingKind::Names,
            format!(
                "{} in processing_jobs without a name in processing_job_names: they can be \
                 recorded a second time",
                number(nameless)
            ),
            "`INSERT INTO processing_job_names SELECT job_digest FROM processing_jobs ON CONFLICT \
             DO NOTHING`",
        );
    }
    if orphans == 0 && nameless == 0 {
        findings.ok(
            FindingKind::Names,
            "each job has its name, and no other is taken",
        );
    }
    Ok(())
}

/// Whether the planner knows the tables, and deleted rows are cleaned up.
pub(super) fn statistics(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    for row in &session.query(STATISTICS, &[&names()])? {
        let table: String = row.try_get(0)?;
        let (live, dead): (i64, i64) = (row.try_get(1)?, row.try_get(2)?);
        if live > FEW_ROWS && row.try_get(3)? {
            findings.add(
                Severity::Note,
                FindingKind::Statistics,
                format!("{table} was never analysed: the server guesses how to search it"),
                format!("`ANALYZE {table}`, and check that autovacuum is on"),
            );
        }
        if dead > FEW_ROWS && dead > live / 2 {
            let last: Option<String> = row.try_get(4)?;
            let last = last.map_or_else(|| "never".to_owned(), |when| format!("last {when}"));
            findings.add(
                Severity::Note,
                FindingKind::Vacuum,
                format!(
                    "{table} has {} beside {live}, which take room: vacuumed {last}",
                    counted(dead.unsigned_abs(), "deleted row")
                ),
                format!("`VACUUM {table}`, and check that autovacuum is on"),
            );
        }
    }
    Ok(())
}
