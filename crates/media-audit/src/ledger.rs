//! The tables `fixity_audits` and `fixity_checks`: what audits have found.

use media_schema::{FIXITY_AUDITS, FIXITY_CHECKS, FIXITY_FILES, StoreError, StoredHash, Timestamp};
use media_sqlite::{ConnectionSource, Fault, OpenError, has_column};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params, params};

use crate::history::PastCheck;
use crate::queue;
use crate::summary::Totals;
use crate::verdict::{Outcome, Verdict};

pub(crate) const BEGIN: &str = "INSERT INTO fixity_audits (scope, started_at, last_place, files, \
     bytes, intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows) \
     VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, 0, 0)";

pub(crate) const LAST: &str = "SELECT id, last_place, finished_at IS NOT NULL, files, bytes, \
     intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows \
     FROM fixity_audits WHERE unlikely(scope = ?1) ORDER BY id DESC LIMIT 1";

pub(crate) const ADVANCE: &str = "UPDATE fixity_audits SET files = files + :files, \
     bytes = bytes + :bytes, intact = intact + :intact, changed = changed + :changed, \
     missing = missing + :missing, moved = moved + :moved, \
     unreadable = unreadable + :unreadable, unverifiable = unverifiable + :unverifiable, \
     unreadable_rows = unreadable_rows + :unreadable_rows WHERE id = :id";

pub(crate) const FINISH: &str = "UPDATE fixity_audits SET finished_at = ?1 WHERE id = ?2";

pub(crate) const RECORD: &str = "INSERT INTO fixity_checks \
     (audit_id, path, expected, actual, verdict, found_at, problem, checked_at) \
     VALUES (:audit_id, :path, :expected, :actual, :verdict, :found_at, :problem, :checked_at)";

pub(crate) const LATEST: &str = "SELECT audit_id, verdict FROM fixity_checks \
     WHERE expected = ?1 AND path = ?2 ORDER BY id DESC LIMIT 1";

pub(crate) const HISTORY: &str = "SELECT audit_id, path, expected, actual, verdict, found_at, \
     problem, checked_at FROM fixity_checks WHERE path = ?1 ORDER BY id DESC LIMIT ?2";

/// The columns without an aggregate are those of the row with the greatest `id`:
/// <https://www.sqlite.org/lang_select.html#bareagg>.
pub(crate) const LATEST_OF_CONTENT: &str = "SELECT max(id), audit_id, path, expected, actual, \
     verdict, found_at, problem, checked_at FROM fixity_checks WHERE expected = ?1 GROUP BY path";

/// An audit under way, as it is recorded.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub(crate) id: i64,
    /// Whose queue it works off; none for a selection.
    pub(crate) queue: Option<&'static str>,
    /// The last place in the queue when it began: what is behind was checked since.
    pub(crate) last_place: i64,
    pub(crate) is_resumed: bool,
    /// What it has found before this run.
    pub(crate) before: Totals,
}

/// The name under which audits of a selection are recorded.
const SELECTION: &str = "selection";

impl Ledger {
    /// Makes the tables where they are missing, and tells whether there are any:
    /// a database that takes no writes may have none.
    pub(crate) fn prepare<S: ConnectionSource>(source: &S) -> Result<bool, StoreError> {
        for table in [&FIXITY_AUDITS, &FIXITY_FILES, &FIXITY_CHECKS] {
            match source.ensure_table(table) {
                Ok(()) => {}
                Err(OpenError::ReadOnly { .. } | OpenError::NoTable { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Begins an audit, or goes on with the last one of the same scope if that
    /// was not finished. `None` if the database takes no writes.
    pub(crate) fn open<S: ConnectionSource>(
        source: &S,
        queue: Option<&'static str>,
        resume: bool,
    ) -> Result<Option<Self>, StoreError> {
        let begun = source.write("begin an audit", |connection| {
            let scope = queue.unwrap_or(SELECTION);
            if resume && let Some(unfinished) = unfinished(connection, scope)? {
                return Ok(Self {
                    queue,
                    ..unfinished
                });
            }
            let last_place = queue.map_or(Ok(0), |queue| queue::last_place(connection, queue))?;
            let now = Timestamp::now().as_unix_seconds();
            connection
                .prepare_cached(BEGIN)?
                .execute(params![scope, now, last_place])?;
            Ok(Self {
                id: connection.last_insert_rowid(),
                queue,
                last_place,
                is_resumed: false,
                before: Totals::default(),
            })
        });
        match begun {
            Err(StoreError::ReadOnly { .. }) => Ok(None),
            begun => begun.map(Some),
        }
    }

    /// Keeps what was found of a file; a hash that several roles share is one check.
    pub(crate) fn record(
        &self,
        connection: &Connection,
        path: &str,
        results: &[(&StoredHash, &Outcome)],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut statement = connection.prepare_cached(RECORD)?;
        for (number, (expected, outcome)) in results.iter().enumerate() {
            if results[..number].iter().any(|(known, _)| known == expected) {
                continue;
            }
            statement.execute(named_params! {
                ":audit_id": self.id,
                ":path": path,
                ":expected": expected.as_str(),
                ":actual": outcome.actual.as_ref().map(media_hash::ContentHash::as_str),
                ":verdict": outcome.verdict.as_str(),
                ":found_at": outcome.found_at,
                ":problem": outcome.problem,
                ":checked_at": now.as_unix_seconds(),
            })?;
        }
        Ok(())
    }

    /// Adds to the audit's totals.
    pub(crate) fn advance(&self, connection: &Connection, more: &Totals) -> Result<(), Fault> {
        let count = |verdict| more.of(verdict).cast_signed();
        connection.prepare_cached(ADVANCE)?.execute(named_params! {
            ":files": more.files.cast_signed(),
            ":bytes": more.bytes.cast_signed(),
            ":intact": count(Verdict::Intact),
            ":changed": count(Verdict::Changed),
            ":missing": count(Verdict::Missing),
            ":moved": count(Verdict::Moved),
            ":unreadable": count(Verdict::Unreadable),
            ":unverifiable": count(Verdict::Unverifiable),
            ":unreadable_rows": more.unreadable_rows.cast_signed(),
            ":id": self.id,
        })?;
        Ok(())
    }

    pub(crate) fn finish(&self, connection: &Connection) -> Result<(), Fault> {
        let now = Timestamp::now().as_unix_seconds();
        connection
            .prepare_cached(FINISH)?
            .execute(params![now, self.id])?;
        Ok(())
    }

    /// Whether this audit has found a file to hold a content, if it has looked.
    pub(crate) fn holds(
        &self,
        connection: &Connection,
        path: &str,
        expected: &str,
    ) -> Result<Option<bool>, Fault> {
        let latest: Option<(i64, String)> = connection
            .prepare_cached(LATEST)?
            .query_row([expected, path], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(latest
            .filter(|(audit, _)| *audit == self.id)
            .map(|(_, verdict)| verdict == Verdict::Intact.as_str()))
    }
}

/// The last audit of a scope, if it was not finished.
fn unfinished(connection: &Connection, scope: &str) -> Result<Option<Ledger>, Fault> {
    let last = connection
        .prepare_cached(LAST)?
        .query_row([scope], |row| {
            let is_finished: bool = row.get(2)?;
            let ledger = Ledger {
                id: row.get(0)?,
                queue: None,
                last_place: row.get(1)?,
                is_resumed: true,
                before: totals(row)?,
            };
            Ok((!is_finished).then_some(ledger))
        })
        .optional()?;
    Ok(last.flatten())
}

fn totals(row: &Row<'_>) -> rusqlite::Result<Totals> {
    let count = |index| row.get(index).map(i64::cast_unsigned);
    let mut verdicts = [0; Verdict::ALL.len()];
    for (index, verdict) in verdicts.iter_mut().enumerate() {
        *verdict = count(5 + index)?;
    }
    Ok(Totals {
        files: count(3)?,
        bytes: count(4)?,
        verdicts,
        unreadable_rows: count(11)?,
    })
}

/// The checks that a statement finds, none if there is no table.
pub(crate) fn checks(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<PastCheck>, Fault> {
    if !has_column(connection, FIXITY_CHECKS.name, "path")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(sql)?;
    let checks = statement.query_map(values, |row| {
        let seconds: f64 = row.get("checked_at")?;
        Ok(PastCheck {
            audit_id: row.get("audit_id")?,
            path: row.get("path")?,
            expected: StoredHash::from(row.get::<_, String>("expected")?),
            actual: row
                .get::<_, Option<String>>("actual")?
                .map(StoredHash::from),
            verdict: row.get("verdict")?,
            found_at: row.get("found_at")?,
            problem: row.get("problem")?,
            // Only an infinity is none, and nobody stores that.
            checked_at: Timestamp::from_unix_seconds(seconds).unwrap_or_else(Timestamp::now),
        })
    })?;
    Ok(checks.collect::<rusqlite::Result<_>>()?)
}
