//! What audits need of a database: the files that rows name, the order in which
//! they are checked, and what was found.

mod content;
mod exchange;
mod history;
mod ledger;
mod named;
mod place;
mod queue;
mod statements;

use media_schema::{
    BegunAudit, Cursor, ExportedCheck, FixityBackend, FoundByAudit, Imported, NamingRow, PastAudit,
    PastCheck, QueuedFile, Readable, RowError, Scope, Selected, StoreError, Timestamp, WalkedCheck,
    WalkedPage,
};

pub use self::statements::audit_statements;
use crate::PostgresDatabase;
use crate::database::Replay;
use crate::digest::lock_key;

impl FixityBackend for PostgresDatabase {
    /// Opening finds or makes all tables.
    fn prepare_audits(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn begin_audit(
        &self,
        scope: Option<Scope>,
        resume: bool,
    ) -> Result<Option<BegunAudit>, StoreError> {
        let now = Timestamp::now();
        let begun = self.write("begin an audit", Replay::Safe, |session| {
            ledger::begin(session, scope, resume, now)
        });
        match begun {
            Err(StoreError::ReadOnly { .. }) => Ok(None),
            begun => begun.map(Some),
        }
    }

    fn keep_checks(&self, found: &FoundByAudit<'_>) -> Result<(), StoreError> {
        let batch = ledger::Batch::new(found);
        self.write("keep what an audit found", batch.replay(), |session| {
            ledger::keep(session, &batch)
        })
    }

    fn finish_audit(&self, audit_id: i64) -> Result<(), StoreError> {
        self.write("finish an audit", Replay::Safe, |session| {
            ledger::finish(session, audit_id)
        })
    }

    /// No row has a path that cannot be read: the columns take text alone.
    fn enqueue(&self, scope: Scope) -> Result<Vec<RowError>, StoreError> {
        self.write("queue files for an audit", Replay::Safe, |session| {
            queue::enqueue(session, scope)
        })?;
        Ok(Vec::new())
    }

    fn queued(
        &self,
        scope: Scope,
        last_place: i64,
        after: Option<&QueuedFile>,
        limit: usize,
    ) -> Result<Vec<QueuedFile>, StoreError> {
        self.read("find the next files to audit", |session| {
            queue::next(session, scope, last_place, after, limit)
        })
    }

    fn files_left(&self, scope: Scope, last_place: i64) -> Result<u64, StoreError> {
        self.read("count the files that are left", |session| {
            queue::left(session, scope, last_place)
        })
    }

    fn last_place(&self, scope: Scope) -> Result<i64, StoreError> {
        self.read("count the files to audit", |session| {
            queue::last_place(session, scope)
        })
    }

    fn place(&self, scope: Scope, path: &str) -> Result<Option<i64>, StoreError> {
        self.read("find a file's turn", |session| {
            queue::place(session, scope, path)
        })
    }

    fn survey_queue(
        &self,
        scope: Scope,
        after: Option<&QueuedFile>,
        limit: usize,
    ) -> Result<Vec<QueuedFile>, StoreError> {
        self.read("count the files to audit", |session| {
            queue::survey(session, scope, after, limit)
        })
    }

    fn named_paths(
        &self,
        scope: Scope,
        after: Option<&Cursor>,
    ) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
        self.read("count the files to audit", |session| {
            named::paths(session, scope, after)
        })
    }

    fn naming_rows(
        &self,
        scope: Scope,
        after: Option<&Cursor>,
    ) -> Result<(Readable<NamingRow>, Option<Cursor>), StoreError> {
        self.read("find the next files to audit", |session| {
            named::rows(session, scope, after)
        })
    }

    fn rows_of(
        &self,
        scope: Scope,
        selected: &[Selected],
    ) -> Result<Vec<Readable<NamingRow>>, StoreError> {
        self.read("find what is expected of files", |session| {
            named::rows_of(session, scope, selected)
        })
    }

    fn paths_of_content(
        &self,
        hashes: &[&str],
        after: Option<&Cursor>,
    ) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
        self.read("look for a moved file", |session| {
            content::paths(session, hashes, after)
        })
    }

    fn latest_verdict(
        &self,
        path: &str,
        expected: &str,
    ) -> Result<Option<(i64, String)>, StoreError> {
        self.read("find the check of a file", |session| {
            history::latest(session, path, expected)
        })
    }

    fn history(&self, path: &str, limit: usize) -> Result<Vec<PastCheck>, StoreError> {
        self.read("list the checks of a file", |session| {
            history::of_file(session, path, limit)
        })
    }

    fn latest_checks(&self, expected: &str) -> Result<Vec<PastCheck>, StoreError> {
        self.read("list the checks of a content", |session| {
            history::of_content(session, expected)
        })
    }

    fn walk_checks(&self, after: i64, newest: usize) -> Result<Vec<WalkedCheck>, StoreError> {
        self.read("read what audits found", |session| {
            history::walk(session, after, newest)
        })
    }

    fn export_audits(&self, from: i64) -> Result<WalkedPage<PastAudit>, StoreError> {
        self.read("read the audits", |session| exchange::audits(session, from))
    }

    fn export_checks(&self, from: i64) -> Result<WalkedPage<ExportedCheck>, StoreError> {
        self.read("read what audits found", |session| {
            exchange::checks(session, from)
        })
    }

    fn import_audits(&self, audits: &[PastAudit]) -> Result<Vec<Imported>, StoreError> {
        exchange::refuse_nul_in_audits(audits)?;
        let lock = lock_key(&self.inner.schema, &["import-audits"]);
        self.write("import audits", Replay::Safe, |session| {
            exchange::import_audits(session, lock, audits)
        })
    }

    fn import_checks(&self, checks: &[ExportedCheck]) -> Result<Vec<Imported>, StoreError> {
        exchange::refuse_nul_in_checks(checks)?;
        let lock = lock_key(&self.inner.schema, &["import-audits"]);
        self.write("import what audits found", Replay::Safe, |session| {
            exchange::import_checks(session, lock, checks)
        })
    }
}

/// A bound as a statement takes it.
fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
