//! Query plans: every statement of the stores goes along an index.
//!
//! Allowed are
//! - a `SEARCH` by an index, which must begin with an equality if the
//!   statement has one: a span of time is no substitute for the path asked for;
//! - for a list of everything, a `SCAN` along the index on `created_at`, which
//!   yields the rows in order and stops at the limit;
//! - for a count of everything, a `SCAN` of a covering index;
//! - for whether there is anything, a `SCAN` that stops at the first row;
//! - merging branches that are each one of these;
//! - for the few statements that are to see every row ([`WALKS`]), a walk by
//!   `id` that stops at its limit.
//!
//! Anything else is not: a scan of a table, a sort (`USE TEMP B-TREE`), an
//! automatic index, or a step that a newer SQLite calls by a new name.

use std::ops::ControlFlow;
use std::path::Path;

use media_audit::Audit;
use media_schema::TABLES;
use media_sqlite::{Generation, Journal};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Statement};

use super::sample::{Fixture, Stores, connect, open};
use crate::error::Error;
use crate::report::{Check, Failure};
use crate::workspace::scratch;

/// Looks at the plans in a fresh file and in adopted ones: as they are opened,
/// analysed with the few rows they have, and analysed with many.
pub(crate) fn check(fixtures: &[Fixture]) -> Result<Vec<Check>, Error> {
    let folder = scratch()?;
    let fresh = (
        "a fresh file",
        Generation::Native,
        folder.path().join("fresh.db"),
    );
    let mut samples = vec![fresh];
    for fixture in fixtures {
        let copy = fixture.copy_to(folder.path())?;
        samples.push((fixture.name, fixture.generation, copy));
    }
    let mut checks = Vec::new();
    for (name, generation, path) in &samples {
        let statements = statements(*generation);
        for state in [State::Opened, State::Analysed, State::Filled] {
            checks.push(Check::tried(
                format!("queries use indexes: {name}, {}", state.name()),
                state
                    .bring(path)
                    .and_then(|connection| judge_all(&connection, &statements)),
            ));
        }
    }
    Ok(checks)
}

/// What was done to a file, each behind the one before.
#[derive(Clone, Copy)]
enum State {
    Opened,
    Analysed,
    Filled,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Opened => "as opened",
            Self::Analysed => "analysed",
            Self::Filled => "filled and analysed",
        }
    }

    /// Brings a file into this state.
    fn bring(self, path: &Path) -> Result<Connection, Error> {
        let stores = Stores::open_with_all_tables(path, Journal::Wal)?;
        if matches!(self, Self::Filled) {
            stores.fill()?;
        }
        drop(stores);
        if !matches!(self, Self::Opened) {
            // So that the tables of audits have rows too. Of one or two the
            // planner reads all, whatever is asked for.
            let database = open(path, Journal::Wal)?;
            for _ in 0..3 {
                Audit::new(&database).run(|_| ControlFlow::Continue(()))?;
            }
        }
        let connection = connect(path)?;
        if !matches!(self, Self::Opened) {
            connection
                .execute_batch("ANALYZE")
                .map_err(Error::sqlite(format!("analyse {}", path.display())))?;
        }
        Ok(connection)
    }
}

/// A statement with the table that it is about and its name.
type Named = (&'static str, String, String);

/// Every statement that the stores and audits run on a file of a generation.
fn statements(generation: Generation) -> Vec<Named> {
    let analysis = media_sqlite::analysis_statements();
    let processing = media_sqlite::processing_statements(generation == Generation::Python2);
    let with = |table| move |(name, sql)| (table, name, sql);
    analysis
        .into_iter()
        .map(with("analysis_jobs"))
        .chain(processing.into_iter().map(with("processing_jobs")))
        .chain(
            media_sqlite::hash_cache_statements()
                .into_iter()
                .map(with("file_hashes")),
        )
        .chain(media_sqlite::audit_statements())
        .chain(media_sqlite::lineage_statements())
        .collect()
}

fn judge_all(connection: &Connection, statements: &[Named]) -> Result<Vec<Failure>, Error> {
    let mut failures = Vec::new();
    for (table, name, sql) in statements {
        let plan = explain(connection, table, sql)
            .map_err(Error::sqlite(format!("explain {name:?} of {table}: {sql}")))?;
        let objection = if WALKS.iter().any(|(walk, _)| walk == name) {
            judge_walk(sql, &plan)
        } else {
            judge(sql, &plan)
        };
        if let Some(objection) = objection {
            failures.push(
                Failure::new(
                    format!("{name:?} of {table} {}", objection.what),
                    "rewrite the statement, or add an index in a new schema version",
                )
                .with_detail(objection.show(sql, &plan)),
            );
        }
    }
    Ok(failures)
}

/// What is wrong with a plan, and with which of its steps.
struct Objection {
    what: &'static str,
    step: usize,
}

impl Objection {
    /// The statement and its plan, with the step marked.
    fn show(&self, sql: &str, plan: &[String]) -> String {
        let mut text = sql.to_owned();
        for clause in [" FROM ", " WHERE ", " AND ", " UNION ALL ", " ORDER BY "] {
            text = text.replace(clause, &format!("\n {clause}"));
        }
        for (number, step) in plan.iter().enumerate() {
            text += if number == self.step { "\n> " } else { "\n  " };
            text += step;
        }
        text
    }
}

fn explain(connection: &Connection, table: &str, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    bind_commonest(connection, table, sql, &mut statement)?;
    statement
        .raw_query()
        .mapped(|row| row.get("detail"))
        .collect()
}

/// Binds what columns are compared with to their most common value. In a file
/// that was analysed, the planner looks at values that are bound, and these
/// argue the most against their index.
fn bind_commonest(
    connection: &Connection,
    table: &str,
    sql: &str,
    statement: &mut Statement<'_>,
) -> rusqlite::Result<()> {
    let words: Vec<_> = sql
        .split_whitespace()
        .map(|word| word.trim_matches(['(', ')', ',']))
        .collect();
    let mut last = 0;
    for (at, word) in words.iter().enumerate() {
        let index = match word.strip_prefix('?') {
            Some("") => last + 1,
            Some(number) => number.parse().unwrap_or(last + 1),
            None if word.starts_with(':') => statement.parameter_index(word)?.unwrap_or(last + 1),
            None => continue,
        };
        last = index;
        let Some([column, "=" | "<>"]) =
            at.checked_sub(2).map(|from| [words[from], words[from + 1]])
        else {
            continue;
        };
        let column = column.rsplit('(').next().unwrap_or(column);
        let commonest: Option<Value> = connection
            .prepare_cached(&format!(
                "SELECT {column} FROM {table} GROUP BY {column} ORDER BY count(*) DESC LIMIT 1"
            ))?
            .query_row([], |row| row.get(0))
            .optional()?;
        statement.raw_bind_parameter(index, commonest)?;
    }
    Ok(())
}

/// Statements that read a whole table, with the reason why they may.
const WALKS: &[(&str, &str)] = &[("walk", "export writes every row, and prune looks at each")];

/// A walk goes by `id`, so that it can be left and taken up again.
fn judge_walk(sql: &str, plan: &[String]) -> Option<Objection> {
    let goes_by_id = match plan {
        [step] => {
            step.starts_with("SEARCH ") && step.ends_with(" USING INTEGER PRIMARY KEY (rowid>?)")
        }
        _ => false,
    };
    (!goes_by_id || !sql.ends_with(" ORDER BY id LIMIT ?")).then_some(Objection {
        what: "does not walk by id, page by page",
        step: 0,
    })
}

fn judge(sql: &str, plan: &[String]) -> Option<Objection> {
    if plan.is_empty() && !sql.starts_with("INSERT ") {
        return Some(Objection {
            what: "has no plan",
            step: 0,
        });
    }
    plan.iter().enumerate().find_map(|(number, step)| {
        Some(Objection {
            what: judge_step(sql, step)?,
            step: number,
        })
    })
}

/// Steps that put branches together, and say nothing of how each is read.
const MERGING: &[&str] = &[
    "COMPOUND QUERY",
    "MERGE (UNION ALL)",
    "LEFT",
    "RIGHT",
    "SCAN CONSTANT ROW",
    "SETUP",
    "RECURSIVE STEP",
];

fn judge_step(sql: &str, step: &str) -> Option<&'static str> {
    if MERGING.contains(&step) || step.starts_with("SCALAR SUBQUERY ") || is_of_result(sql, step) {
        return None;
    }
    let condition = sql.split_once(" WHERE ").map(|(_, condition)| condition);
    let compares = condition.is_some_and(|condition| condition.contains(" = "));
    let list = sql.contains(" ORDER BY ") && sql.ends_with(" LIMIT ?");
    let count = sql.starts_with("SELECT (SELECT count(*) ");
    // Stops at the first row.
    let any = sql.starts_with("SELECT EXISTS (SELECT 1 ") && condition.is_none();

    let covering = step.contains(" COVERING INDEX ");
    let step = step.replace(" COVERING INDEX ", " INDEX ");
    let words: Vec<_> = step.split(' ').collect();
    match words.as_slice() {
        ["SEARCH", _, "USING", "INDEX", _, first, ..]
        | ["SEARCH", _, "USING", "PRIMARY", "KEY", first, ..] => {
            let by_equality = first.trim_end_matches(')').ends_with("=?");
            (compares && !by_equality).then_some("does not search by what it compares")
        }
        [
            "SEARCH",
            _,
            "USING",
            "INTEGER",
            "PRIMARY",
            "KEY",
            "(rowid=?)",
        ] => None,
        ["SCAN", _, "USING", "INDEX", index] if list && !compares => {
            (!is_by_time(index)).then_some("walks along another index than that of its order")
        }
        ["SCAN", _, "USING", "INDEX", _] if count && !compares && covering => None,
        ["SCAN", ..] if any => None,
        ["SCAN", ..] => Some("reads more than it asks for"),
        _ => Some("has a step that is not allowed"),
    }
}

/// Whether a step reads what the statement has made or was given itself: the
/// table of a `WITH RECURSIVE`, or a JSON array.
fn is_of_result(sql: &str, step: &str) -> bool {
    let made = sql
        .strip_prefix("WITH RECURSIVE ")
        .and_then(|rest| rest.split_once('('))
        .map(|(name, _)| name);
    match step.split(' ').collect::<Vec<_>>().as_slice() {
        ["SCAN" | "MATERIALIZE" | "CO-ROUTINE", name] => made == Some(name),
        ["SCAN", "json_each", "VIRTUAL", "TABLE", ..] => true,
        _ => false,
    }
}

/// Whether an index of ours yields rows by time.
fn is_by_time(name: &str) -> bool {
    TABLES
        .iter()
        .flat_map(|table| table.indexes)
        .any(|index| index.name == name && index.columns == ["created_at"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    /// The objection to a statement over a small table, if there is one.
    fn objection(sql: &str) -> Option<String> {
        let connection = database(
            "CREATE TABLE analysis_jobs (id INTEGER PRIMARY KEY, file_path, other, created_at);
             CREATE INDEX idx_analysis_created_at ON analysis_jobs(created_at);
             CREATE INDEX by_path ON analysis_jobs(file_path, created_at);",
        );
        let plan = explain(&connection, "analysis_jobs", sql).unwrap();
        judge(sql, &plan).map(|Objection { what, step }| format!("{what} ({})", plan[step]))
    }

    #[test]
    fn walks_and_searches_along_an_index_pass() {
        for sql in [
            "SELECT * FROM analysis_jobs ORDER BY created_at DESC, id DESC LIMIT ?",
            "SELECT * FROM analysis_jobs WHERE created_at >= ? ORDER BY created_at DESC LIMIT ?",
            "SELECT * FROM analysis_jobs WHERE file_path = ? ORDER BY created_at DESC LIMIT ?",
            "UPDATE analysis_jobs SET other = :other WHERE file_path = :file_path",
            "DELETE FROM analysis_jobs WHERE file_path = ?1",
            "DELETE FROM analysis_jobs WHERE id = ?1 AND created_at = ?2",
            "SELECT (SELECT count(*) FROM analysis_jobs)",
            "SELECT EXISTS (SELECT 1 FROM analysis_jobs WHERE file_path = ?1)",
            "SELECT EXISTS (SELECT 1 FROM analysis_jobs)",
            "INSERT INTO analysis_jobs (file_path) VALUES (:file_path)",
            "SELECT job.id FROM json_each(?1) CROSS JOIN analysis_jobs AS job \
             WHERE job.file_path = json_each.value",
            "WITH RECURSIVE walk(path) AS (SELECT value FROM json_each(?1) UNION \
             SELECT job.other FROM walk CROSS JOIN analysis_jobs AS job \
             WHERE job.file_path = walk.path) \
             SELECT job.id FROM walk CROSS JOIN analysis_jobs AS job \
             WHERE job.file_path = walk.path",
        ] {
            assert_eq!(objection(sql), None, "{sql}");
        }
    }

    #[test]
    fn scans_and_sorts_do_not() {
        for (sql, expected) in [
            (
                "SELECT * FROM analysis_jobs WHERE other = ?",
                "reads more than it asks for (SCAN analysis_jobs)",
            ),
            (
                "DELETE FROM analysis_jobs WHERE other = ?1",
                "reads more than it asks for (SCAN analysis_jobs)",
            ),
            (
                "SELECT * FROM analysis_jobs WHERE file_path = ? ORDER BY other LIMIT ?",
                "has a step that is not allowed (USE TEMP B-TREE FOR ORDER BY)",
            ),
            (
                "SELECT * FROM analysis_jobs WHERE other = ? AND created_at >= ?",
                "does not search by what it compares \
                 (SEARCH analysis_jobs USING INDEX idx_analysis_created_at (created_at>?))",
            ),
            (
                "SELECT * FROM analysis_jobs WHERE other = ? ORDER BY created_at LIMIT ?",
                "reads more than it asks for \
                 (SCAN analysis_jobs USING INDEX idx_analysis_created_at)",
            ),
            (
                "SELECT * FROM analysis_jobs ORDER BY file_path LIMIT ?",
                "walks along another index than that of its order \
                 (SCAN analysis_jobs USING INDEX by_path)",
            ),
            (
                "SELECT * FROM analysis_jobs ORDER BY created_at",
                "reads more than it asks for \
                 (SCAN analysis_jobs USING INDEX idx_analysis_created_at)",
            ),
            (
                "WITH RECURSIVE walk(path) AS (SELECT value FROM json_each(?1) UNION \
                 SELECT job.file_path FROM walk CROSS JOIN analysis_jobs AS job \
                 WHERE job.other = walk.path) SELECT path FROM walk",
                "has a step that is not allowed (BLOOM FILTER ON job (other=?))",
            ),
            (
                "SELECT id FROM analysis_jobs WHERE file_path = ? \
                 UNION SELECT id FROM analysis_jobs WHERE file_path = ?",
                "has a step that is not allowed (MERGE (UNION))",
            ),
        ] {
            assert_eq!(objection(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn walks_go_by_id_and_stop() {
        let connection = database("CREATE TABLE t (id INTEGER PRIMARY KEY, other);");
        for (sql, passes) in [
            ("SELECT * FROM t WHERE id >= ? ORDER BY id LIMIT ?", true),
            ("SELECT * FROM t WHERE id >= ? ORDER BY id", false),
            ("SELECT * FROM t ORDER BY id LIMIT ?", false),
            (
                "SELECT * FROM t WHERE other >= ? ORDER BY id LIMIT ?",
                false,
            ),
        ] {
            let plan = explain(&connection, "t", sql).unwrap();
            assert_eq!(judge_walk(sql, &plan).is_none(), passes, "{plan:?}");
            assert!(judge(sql, &plan).is_some(), "only walks may: {sql}");
        }
    }

    #[test]
    fn the_stores_go_along_indexes_and_need_them() {
        let fixtures = Fixture::all(&crate::workspace::Workspace::here()).unwrap();
        let checks = check(&fixtures).unwrap();
        assert_eq!(checks.len(), 9);
        for check in checks {
            assert_eq!(check.failures, [], "{}", check.name);
        }

        // Without one of the indexes, the statements that need it are found.
        let folder = scratch().unwrap();
        let path = folder.path().join("media.db");
        drop(Stores::open_with_all_tables(&path, Journal::Wal).unwrap());
        let connection = connect(&path).unwrap();
        for index in TABLES.iter().flat_map(|table| table.indexes) {
            connection.execute_batch("BEGIN").unwrap();
            let drop = format!("DROP INDEX {}", index.name);
            connection.execute_batch(&drop).unwrap();
            let failures = judge_all(&connection, &statements(Generation::Native)).unwrap();
            assert!(!failures.is_empty(), "{} is not needed", index.name);
            connection.execute_batch("ROLLBACK").unwrap();
        }
    }

    #[test]
    fn what_is_compared_is_bound_to_its_commonest_value() {
        let connection = database(
            "CREATE TABLE t (a, b);
             INSERT INTO t VALUES ('often', 1), ('often', 2), ('rare', 2);",
        );
        for sql in [
            "SELECT * FROM t WHERE a = ? AND b < ? AND b <> ?",
            "SELECT * FROM t WHERE unlikely(a = ?) AND b < ? AND b <> ?",
            "SELECT * FROM t WHERE a = ?1 AND b < ?2 AND b <> ?3",
            "SELECT * FROM t WHERE a = :a AND b < :least AND b <> :b",
        ] {
            let mut statement = connection.prepare(sql).unwrap();
            bind_commonest(&connection, "t", sql, &mut statement).unwrap();
            let bound = statement.expanded_sql().unwrap();
            assert_eq!(
                bound.replace("unlikely(a = 'often')", "a = 'often'"),
                "SELECT * FROM t WHERE a = 'often' AND b < NULL AND b <> 2",
                "{sql}"
            );
        }
    }
}
