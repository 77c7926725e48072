//! What a backend does for fixity audits: it says which files rows name, keeps
//! a queue of them for each scope, and what audits have found.
//!
//! A file's place in its queue is higher the later it was checked, and 0 if it
//! never was. An audit remembers the last place at its beginning, and is done
//! when nothing up to that place is left.

use media_hash::ContentHash;

use crate::{
    Backend, Cursor, ExportedCheck, Imported, JobName, PastAudit, PastCheck, Readable, Role,
    RowError, Scope, Selected, StoreError, StoredHash, Timestamp, Totals, Verdict, WalkedPage,
};

/// A backend that keeps what audits find.
///
/// A question about a table that is not there is answered as if it were empty.
/// What changes the tables of audits is asked for only after
/// [`prepare_audits`](Self::prepare_audits) has found that they are there.
pub trait FixityBackend: Backend {
    /// Makes the tables of audits where they are missing, and tells whether
    /// there are any: a database that takes no writes may have none.
    ///
    /// # Errors
    /// What the backend says.
    fn prepare_audits(&self) -> Result<bool, StoreError>;

    /// Begins an audit of a scope, or without one of a selection; with
    /// `resume` goes on with the last one of the same scope if that was not
    /// finished. One that was imported is passed over: its queue is elsewhere.
    /// `None` if the database takes no writes.
    ///
    /// # Errors
    /// What the backend says.
    fn begin_audit(
        &self,
        scope: Option<Scope>,
        resume: bool,
    ) -> Result<Option<BegunAudit>, StoreError>;

    /// Keeps what was found of some files, all in one transaction.
    ///
    /// # Errors
    /// What the backend says.
    fn keep_checks(&self, found: &FoundByAudit<'_>) -> Result<(), StoreError>;

    /// Notes that an audit is finished.
    ///
    /// # Errors
    /// What the backend says.
    fn finish_audit(&self, audit_id: i64) -> Result<(), StoreError>;

    /// Puts the paths that rows of a scope name into its queue, where they are
    /// not in it yet, and returns the rows whose paths cannot be read.
    ///
    /// # Errors
    /// What the backend says.
    fn enqueue(&self, scope: Scope) -> Result<Vec<RowError>, StoreError>;

    /// The next files of a queue up to `last_place`, behind `after` or from the
    /// first on: by place, those at one place in an order of the backend's.
    ///
    /// # Errors
    /// What the backend says.
    fn queued(
        &self,
        scope: Scope,
        last_place: i64,
        after: Option<&QueuedFile>,
        limit: usize,
    ) -> Result<Vec<QueuedFile>, StoreError>;

    /// How many files of a queue are not behind `last_place`.
    ///
    /// # Errors
    /// What the backend says.
    fn files_left(&self, scope: Scope, last_place: i64) -> Result<u64, StoreError>;

    /// The highest place of a queue; 0 if nothing was ever checked.
    ///
    /// # Errors
    /// What the backend says.
    fn last_place(&self, scope: Scope) -> Result<i64, StoreError>;

    /// A file's place, if it is in the queue.
    ///
    /// # Errors
    /// What the backend says.
    fn place(&self, scope: Scope, path: &str) -> Result<Option<i64>, StoreError>;

    /// All files of a queue, a page at a time, in an order of the backend's
    /// that does not change while they are checked.
    ///
    /// # Errors
    /// What the backend says.
    fn survey_queue(
        &self,
        scope: Scope,
        after: Option<&QueuedFile>,
        limit: usize,
    ) -> Result<Vec<QueuedFile>, StoreError>;

    /// The distinct paths that rows of a scope name, a page at a time, without
    /// those that cannot be read. The cursor is `None` behind the last page.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or what the backend says.
    fn named_paths(
        &self,
        scope: Scope,
        after: Option<&Cursor>,
    ) -> Result<(Vec<String>, Option<Cursor>), StoreError>;

    /// The rows of a scope, a page at a time; all rows of a path are in one
    /// page. The cursor is `None` behind the last page.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or what the backend says.
    fn naming_rows(
        &self,
        scope: Scope,
        after: Option<&Cursor>,
    ) -> Result<(Readable<NamingRow>, Option<Cursor>), StoreError>;

    /// The rows of a scope that name a path, or those of a job: one answer for
    /// each question, in their order.
    ///
    /// # Errors
    /// What the backend says.
    fn rows_of(
        &self,
        scope: Scope,
        selected: &[Selected],
    ) -> Result<Vec<Readable<NamingRow>>, StoreError>;

    /// The paths that rows name with a content, a page at a time, without those
    /// that cannot be read. Its hash is compared as stored and may be written
    /// in several ways. Paths may repeat.
    ///
    /// They come way by way; for each those of sources, then of outputs, then of
    /// inputs; and of these the ones that were recorded last first. The cursor
    /// is `None` behind the last page, and goes with the same hashes.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or what the backend says.
    fn paths_of_content(
        &self,
        hashes: &[&str],
        after: Option<&Cursor>,
    ) -> Result<(Vec<String>, Option<Cursor>), StoreError>;

    /// The audit and the verdict's name of the latest check of a file for a
    /// recorded hash.
    ///
    /// # Errors
    /// What the backend says.
    fn latest_verdict(
        &self,
        path: &str,
        expected: &str,
    ) -> Result<Option<(i64, String)>, StoreError>;

    /// The checks of the file at a path, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the backend says.
    fn history(&self, path: &str, limit: usize) -> Result<Vec<PastCheck>, StoreError>;

    /// The latest check of each file that was ever compared with a recorded
    /// hash, as stored, in the order of their paths.
    ///
    /// # Errors
    /// What the backend says.
    fn latest_checks(&self, expected: &str) -> Result<Vec<PastCheck>, StoreError>;

    /// A page of all checks with a number above `after`, in the order of their
    /// making, without those that `newest` later ones of the same file and hash
    /// follow. An empty page is the end.
    ///
    /// # Errors
    /// What the backend says.
    fn walk_checks(&self, after: i64, newest: usize) -> Result<Vec<WalkedCheck>, StoreError>;

    /// The audits whose number is `from` or higher, by number, as many as are
    /// handed out at once; none behind the last. For [`Walk`](crate::Walk).
    ///
    /// # Errors
    /// What the backend says. An audit that cannot be read is its own error.
    fn export_audits(&self, from: i64) -> Result<WalkedPage<PastAudit>, StoreError>;

    /// The checks whose number is `from` or higher, likewise, bounded in bytes
    /// too.
    ///
    /// # Errors
    /// What the backend says. A check that cannot be read, or whose audit is
    /// not there, is its own error.
    fn export_checks(&self, from: i64) -> Result<WalkedPage<ExportedCheck>, StoreError>;

    /// Saves exported audits under numbers of this database, in their order:
    /// all of them or on the first error none. Says of each what became of it.
    ///
    /// Of two of one scope that began at the same time, the one that is there
    /// stays, unless it is not finished and the other is. One that is there and
    /// cannot be read is a conflict. An audit that is imported is not resumed.
    ///
    /// # Errors
    /// What the backend says.
    fn import_audits(&self, audits: &[PastAudit]) -> Result<Vec<Imported>, StoreError>;

    /// Saves exported checks likewise: they count as later than those that are
    /// there, and queues stay as they are.
    ///
    /// Of two of one audit, file, recorded hash and time, the one that is there
    /// stays. One whose audit is not there is a conflict, and not saved.
    ///
    /// # Errors
    /// What the backend says.
    fn import_checks(&self, checks: &[ExportedCheck]) -> Result<Vec<Imported>, StoreError>;
}

/// An audit under way, as it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BegunAudit {
    /// Its row in `fixity_audits`.
    pub id: i64,
    /// The last place in the queue when it began: what is behind was checked
    /// since.
    pub last_place: i64,
    /// Whether it goes on with one that was not finished.
    pub is_resumed: bool,
    /// What it had found before it was resumed.
    pub before: Totals,
}

/// What an audit found of some files.
#[derive(Debug, Clone, Copy)]
pub struct FoundByAudit<'a> {
    /// The audit.
    pub audit: &'a BegunAudit,
    /// Whose queue it works off; none for a selection.
    pub queue: Option<Scope>,
    /// The checks. One of the same file and hash as an earlier one of this
    /// list is not kept again.
    pub checks: &'a [NewCheck<'a>],
    /// The files that were checked; they go to the end of the queue.
    pub checked: &'a [&'a str],
    /// Files of the queue that no row names any more; they leave it.
    pub unnamed: &'a [&'a str],
    /// What is added to the audit's totals.
    pub more: &'a Totals,
    /// When.
    pub now: Timestamp,
}

/// A check that was made.
#[derive(Debug, Clone, Copy)]
pub struct NewCheck<'a> {
    /// The file, as the rows name it.
    pub path: &'a str,
    /// The recorded hash, as stored.
    pub expected: &'a StoredHash,
    /// The hash that the file has.
    pub actual: Option<&'a ContentHash>,
    /// How they compare.
    pub verdict: Verdict,
    /// Where the content was found, if it was moved.
    pub found_at: Option<&'a str>,
    /// Why there is no better answer.
    pub problem: Option<&'a str>,
}

/// A file in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedFile {
    /// Its place.
    pub place: i64,
    /// Its path.
    pub path: String,
}

/// A row of one of the two tables, as far as it says something of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingRow {
    /// The file's path.
    pub path: String,
    /// Its part in the job.
    pub role: Role,
    /// Its hash, as stored.
    pub hash: StoredHash,
    /// The job.
    pub job: JobName,
}

/// A check that a walk met.
#[derive(Debug)]
pub struct WalkedCheck {
    /// Its number.
    pub id: i64,
    /// How many later ones of the same file and hash there are, as far as they
    /// were counted.
    pub newer: usize,
    /// The check.
    pub check: Result<PastCheck, RowError>,
}
