//! The tables `fixity_audits` and `fixity_checks`: what is written of an audit.

use std::collections::HashSet;

use media_hash::ContentHash;
use media_schema::{BegunAudit, FoundByAudit, NewCheck, Scope, Timestamp, Totals, Verdict};
use postgres::Row;

use crate::Fault;
use crate::database::Replay;
use crate::digest::digest;
use crate::session::Session;

/// The name under which audits of a selection are recorded.
const SELECTION: &str = "selection";

/// Goes on with the last audit of a scope if that is wanted and it was not
/// finished, or if this was done before and nobody heard of it; otherwise
/// begins one. The place is the last of the queue, and 0 where there is none;
/// that of an imported audit is below all.
pub(super) const BEGIN: &str = "WITH last AS (\
         SELECT * FROM fixity_audits WHERE scope = $1 AND last_place >= 0 ORDER BY id DESC LIMIT 1), \
     known AS (\
         SELECT * FROM last \
         WHERE $3 AND finished_at IS NULL OR $4 AND started_at = $2), \
     begun AS (\
         INSERT INTO fixity_audits (scope, started_at, last_place, files, bytes, intact, changed, \
         missing, moved, unreadable, unverifiable, unreadable_rows) \
         SELECT $1::text, $2::float8, \
         (SELECT coalesce(max(place), 0) FROM fixity_files WHERE scope = $1), \
         0, 0, 0, 0, 0, 0, 0, 0, 0 \
         WHERE NOT EXISTS (SELECT FROM known) RETURNING *) \
     SELECT id, last_place, started_at <> $2, files, bytes, intact, changed, missing, moved, \
     unreadable, unverifiable, unreadable_rows \
     FROM (SELECT * FROM known UNION ALL SELECT * FROM begun) AS audit";

pub(super) const FINISH: &str = "UPDATE fixity_audits SET finished_at = $1 WHERE id = $2";

/// Keeps checks, moves files to the end of the queue, each behind the one
/// before, takes those away that no row names, and adds to the totals.
pub(super) const KEEP: &str = "WITH recorded AS (\
         INSERT INTO fixity_checks (audit_id, path_digest, path, expected, actual, verdict, \
         found_at, problem, checked_at) \
         SELECT $1::bigint, made.path_digest, made.path, made.expected, made.actual, made.verdict, \
         made.found_at, made.problem, $2::float8 \
         FROM unnest($3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
         $9::text[]) WITH ORDINALITY AS made(path_digest, path, expected, actual, verdict, \
         found_at, problem, number) ORDER BY made.number), \
     moved_on AS (\
         UPDATE fixity_files AS file SET checked_at = $2, place = checked.number + greatest($11, \
         (SELECT max(place) FROM fixity_files WHERE scope = $10)) \
         FROM unnest($12::bytea[]) WITH ORDINALITY AS checked(path_digest, number) \
         WHERE file.scope = $10 AND file.path_digest = checked.path_digest), \
     taken_away AS (\
         DELETE FROM fixity_files WHERE scope = $10 AND path_digest = ANY($13::bytea[])) \
     UPDATE fixity_audits SET files = files + $14, bytes = bytes + $15, intact = intact + $16, \
     changed = changed + $17, missing = missing + $18, moved = moved + $19, \
     unreadable = unreadable + $20, unverifiable = unverifiable + $21, \
     unreadable_rows = unreadable_rows + $22 WHERE id = $1";

/// Waits for whoever is changing the audit.
const LOCK: &str = "SELECT 1 FROM fixity_audits WHERE id = $1 FOR UPDATE";

/// Whether a check of a batch was kept, or else whether a file of it was moved.
pub(super) const IS_KEPT: &str = "SELECT EXISTS (SELECT FROM fixity_checks \
         WHERE path_digest = $2 AND audit_id = $1 AND checked_at = $3) \
     OR EXISTS (SELECT FROM fixity_files \
         WHERE scope = $4 AND path_digest = $5 AND checked_at = $3)";

pub(crate) fn begin(
    session: &mut Session,
    scope: Option<Scope>,
    resume: bool,
    now: Timestamp,
) -> Result<BegunAudit, Fault> {
    let name = scope.map_or(SELECTION, Scope::as_str);
    let is_replay = session.is_replay;
    let row = session.query_one(BEGIN, &[&name, &now.as_unix_seconds(), &resume, &is_replay])?;
    Ok(BegunAudit {
        id: row.try_get(0)?,
        last_place: row.try_get(1)?,
        is_resumed: row.try_get(2)?,
        before: totals(&row)?,
    })
}

fn totals(row: &Row) -> Result<Totals, Fault> {
    let count = |index| row.try_get(index).map(i64::cast_unsigned);
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

pub(crate) fn finish(session: &mut Session, id: i64) -> Result<(), Fault> {
    let now = Timestamp::now().as_unix_seconds();
    session.execute(FINISH, &[&now, &id])?;
    Ok(())
}

/// What an audit found, as the statement takes it.
pub(crate) struct Batch<'a> {
    found: &'a FoundByAudit<'a>,
    /// A hash that several roles of a file share is one check.
    checks: Vec<&'a NewCheck<'a>>,
    paths: Vec<[u8; 32]>,
    checked: Vec<[u8; 32]>,
    unnamed: Vec<[u8; 32]>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(found: &'a FoundByAudit<'a>) -> Self {
        let mut known = HashSet::new();
        let checks: Vec<_> = found
            .checks
            .iter()
            .filter(|check| known.insert((check.path, check.expected)))
            .collect();
        let unnamed: HashSet<_> = found.unnamed.iter().copied().collect();
        // A row is changed once by a statement: of a file that was checked
        // twice the last counts, and one that leaves does not move.
        let mut moved = HashSet::new();
        let mut checked: Vec<_> = found
            .checked
            .iter()
            .rev()
            .filter(|path| !unnamed.contains(*path) && moved.insert(**path))
            .map(|path| digest(path))
            .collect();
        checked.reverse();
        Self {
            found,
            paths: checks.iter().map(|check| digest(check.path)).collect(),
            checks,
            checked,
            unnamed: unnamed.into_iter().map(digest).collect(),
        }
    }

    /// It is found out whether it was kept, if it leaves a trace.
    pub(crate) fn replay(&self) -> Replay {
        let moves = self.found.queue.is_some() && !self.checked.is_empty();
        if self.checks.is_empty() && !moves && *self.found.more != Totals::default() {
            Replay::Never
        } else {
            Replay::Safe
        }
    }
}

/// Keeps what was found, in the queue and in the totals too.
pub(crate) fn keep(session: &mut Session, batch: &Batch<'_>) -> Result<(), Fault> {
    if !session.is_replay {
        return apply(session, batch);
    }
    session.transaction(|session| {
        session.query(LOCK, &[&batch.found.audit.id])?;
        if is_kept(session, batch)? {
            return Ok(());
        }
        apply(session, batch)
    })
}

fn is_kept(session: &mut Session, batch: &Batch<'_>) -> Result<bool, Fault> {
    let found = batch.found;
    let scope = found.queue.map(Scope::as_str);
    let first = |digests: &[[u8; 32]]| digests.first().map(|digest| digest.to_vec());
    let row = session.query_one(
        IS_KEPT,
        &[
            &found.audit.id,
            &first(&batch.paths),
            &found.now.as_unix_seconds(),
            &scope,
            &first(&batch.checked),
        ],
    )?;
    Ok(row.try_get(0)?)
}

fn apply(session: &mut Session, batch: &Batch<'_>) -> Result<(), Fault> {
    let Batch { found, checks, .. } = batch;
    let expected: Vec<_> = checks.iter().map(|check| check.expected.as_str()).collect();
    let actual: Vec<_> = checks
        .iter()
        .map(|check| check.actual.map(ContentHash::as_str))
        .collect();
    let count = |verdict| found.more.of(verdict).cast_signed();
    session.execute(
        KEEP,
        &[
            &found.audit.id,
            &found.now.as_unix_seconds(),
            &slices(&batch.paths),
            &checks.iter().map(|check| check.path).collect::<Vec<_>>(),
            &expected,
            &actual,
            &verdicts(checks),
            &checks
                .iter()
                .map(|check| check.found_at)
                .collect::<Vec<_>>(),
            &checks.iter().map(|check| check.problem).collect::<Vec<_>>(),
            &found.queue.map(Scope::as_str),
            &found.audit.last_place,
            &slices(&batch.checked),
            &slices(&batch.unnamed),
            &found.more.files.cast_signed(),
            &found.more.bytes.cast_signed(),
            &count(Verdict::Intact),
            &count(Verdict::Changed),
            &count(Verdict::Missing),
            &count(Verdict::Moved),
            &count(Verdict::Unreadable),
            &count(Verdict::Unverifiable),
            &found.more.unreadable_rows.cast_signed(),
        ],
    )?;
    Ok(())
}

fn verdicts(checks: &[&NewCheck<'_>]) -> Vec<&'static str> {
    checks.iter().map(|check| check.verdict.as_str()).collect()
}

fn slices(digests: &[[u8; 32]]) -> Vec<&[u8]> {
    digests.iter().map(<[u8; 32]>::as_slice).collect()
}
