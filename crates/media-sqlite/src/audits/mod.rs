//! What audits need of a database: the files that rows name, the order in which
//! they are checked, and what was found.

mod content;
mod exchange;
mod history;
mod ledger;
mod named;
mod path_column;
mod path_text;
mod queue;
mod statements;

use media_schema::{
    BegunAudit, Cursor, ExportedCheck, FIXITY_AUDITS, FIXITY_CHECKS, FIXITY_FILES, FixityBackend,
    FoundByAudit, Imported, NamingRow, PastAudit, PastCheck, QueuedFile, Readable, RowError, Scope,
    Selected, StoreError, WalkedCheck, WalkedPage,
};
use rusqlite::Connection;

pub use self::statements::audit_statements;
use crate::shape::has_column;
use crate::{ConnectionSource, Database, Fault, OpenError};

impl FixityBackend for Database {
    fn prepare_audits(&self) -> Result<bool, StoreError> {
        for table in [&FIXITY_AUDITS, &FIXITY_FILES, &FIXITY_CHECKS] {
            match ConnectionSource::ensure_table(self, table) {
                Ok(()) => {}
                Err(OpenError::ReadOnly { .. } | OpenError::NoTable { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    fn begin_audit(
        &self,
        scope: Option<Scope>,
        resume: bool,
    ) -> Result<Option<BegunAudit>, StoreError> {
        let begun = self.write("begin an audit", |connection| {
            ledger::begin(connection, scope, resume)
        });
        match begun {
            Err(StoreError::ReadOnly { .. }) => Ok(None),
            begun => begun.map(Some),
        }
    }

    fn keep_checks(&self, found: &FoundByAudit<'_>) -> Result<(), StoreError> {
        self.write("keep what an audit found", |connection| {
            ledger::keep(connection, found)
        })
    }

    fn finish_audit(&self, audit_id: i64) -> Result<(), StoreError> {
        self.write("finish an audit", |connection| {
            ledger::finish(connection, audit_id)
        })
    }

    fn enqueue(&self, scope: Scope) -> Result<Vec<RowError>, StoreError> {
        named::enqueue(self, scope)
    }

    fn queued(
        &self,
        scope: Scope,
        last_place: i64,
        after: Option<&QueuedFile>,
        limit: usize,
    ) -> Result<Vec<QueuedFile>, StoreError> {
        self.read_queue("find the next files to audit", |connection| {
            queue::next(connection, scope.as_str(), last_place, after, limit)
        })
    }

    fn files_left(&self, scope: Scope, last_place: i64) -> Result<u64, StoreError> {
        self.read_queue("count the files that are left", |connection| {
            queue::left(connection, scope.as_str(), last_place)
        })
    }

    fn last_place(&self, scope: Scope) -> Result<i64, StoreError> {
        self.read_queue("count the files to audit", |connection| {
            queue::last_place(connection, scope.as_str())
        })
    }

    fn place(&self, scope: Scope, path: &str) -> Result<Option<i64>, StoreError> {
        self.read_queue("find a file's turn", |connection| {
            queue::place(connection, scope.as_str(), path)
        })
    }

    fn survey_queue(
        &self,
        scope: Scope,
        after: Option<&QueuedFile>,
        limit: usize,
    ) -> Result<Vec<QueuedFile>, StoreError> {
        self.read_queue("count the files to audit", |connection| {
            queue::survey(connection, scope.as_str(), after, limit)
        })
    }

    fn named_paths(
        &self,
        scope: Scope,
        after: Option<&Cursor>,
    ) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
        self.read("count the files to audit", |connection| {
            named::paths(connection, scope, after)
        })
    }

    fn naming_rows(
        &self,
        scope: Scope,
        after: Option<&Cursor>,
    ) -> Result<(Readable<NamingRow>, Option<Cursor>), StoreError> {
        self.read("find the next files to audit", |connection| {
            named::rows(connection, scope, after)
        })
    }

    fn rows_of(
        &self,
        scope: Scope,
        selected: &[Selected],
    ) -> Result<Vec<Readable<NamingRow>>, StoreError> {
        self.read("find what is expected of files", |connection| {
            named::rows_of(connection, scope, selected)
        })
    }

    fn paths_of_content(
        &self,
        hashes: &[&str],
        after: Option<&Cursor>,
    ) -> Result<(Vec<String>, Option<Cursor>), StoreError> {
        self.read("look for a moved file", |connection| {
            content::paths(connection, hashes, after)
        })
    }

    fn latest_verdict(
        &self,
        path: &str,
        expected: &str,
    ) -> Result<Option<(i64, String)>, StoreError> {
        self.read("find the check of a file", |connection| {
            history::latest(connection, path, expected)
        })
    }

    fn history(&self, path: &str, limit: usize) -> Result<Vec<PastCheck>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read("list the checks of a file", |connection| {
            history::checks(connection, history::HISTORY, (path, limit))
        })
    }

    fn latest_checks(&self, expected: &str) -> Result<Vec<PastCheck>, StoreError> {
        self.read("list the checks of a content", |connection| {
            history::checks(connection, history::LATEST_OF_CONTENT, [expected])
        })
    }

    fn walk_checks(&self, after: i64, newest: usize) -> Result<Vec<WalkedCheck>, StoreError> {
        self.read("read what audits found", |connection| {
            history::walk(connection, after, newest)
        })
    }

    fn export_audits(&self, from: i64) -> Result<WalkedPage<PastAudit>, StoreError> {
        self.read("read the audits", |connection| {
            exchange::audits(connection, from)
        })
    }

    fn export_checks(&self, from: i64) -> Result<WalkedPage<ExportedCheck>, StoreError> {
        self.read("read what audits found", |connection| {
            exchange::checks(connection, from)
        })
    }

    fn import_audits(&self, audits: &[PastAudit]) -> Result<Vec<Imported>, StoreError> {
        self.write("import audits", |connection| {
            exchange::import_audits(connection, audits)
        })
    }

    fn import_checks(&self, checks: &[ExportedCheck]) -> Result<Vec<Imported>, StoreError> {
        self.write("import what audits found", |connection| {
            exchange::import_checks(connection, checks)
        })
    }
}

impl Database {
    /// Asks the queue something; one that is not there is empty.
    fn read_queue<T: Default>(
        &self,
        action: &'static str,
        ask: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.read(action, |connection| {
            if has_column(connection, FIXITY_FILES.name, "place")? {
                ask(connection)
            } else {
                Ok(T::default())
            }
        })
    }
}
