//! An audit at work.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use media_hash::{ContentHash, HashFileError, Registry};
use media_schema::{
    BegunAudit, FixityBackend, FoundByAudit, RowError, Scope, Selected, StoreError, Timestamp,
    Totals, Verdict,
};

use crate::event::{Checked, Event};
use crate::files::{Files, first};
use crate::moved::{Absent, Known};
use crate::open::Open;
use crate::pool::{Hashed, Pool, Task};
use crate::progress::{Counters, Listener};
use crate::recorded::NamedFile;
use crate::summary::{Ending, Summary};
use crate::verdict::Outcome;

/// An audit at work. All that reads and writes the database happens on the
/// thread that called; the pool's threads hash.
pub(crate) struct Run<'r, B: ?Sized> {
    pub(crate) backend: &'r B,
    pub(crate) registry: &'r Registry,
    pub(crate) scope: Scope,
    /// As it is recorded; `None` if no history is kept.
    pub(crate) audit: Option<BegunAudit>,
    pub(crate) files: Files,
    pub(crate) pool: Pool,
    pub(crate) threads: usize,
    pub(crate) deadline: Option<Instant>,
    pub(crate) cancel: Option<&'r AtomicBool>,
    /// Stops the pool.
    pub(crate) stop: &'r AtomicBool,
    pub(crate) each: &'r mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    pub(crate) watch: Option<(&'r Counters, Listener<'r>)>,
    /// The files whose turn it is, by path.
    pub(crate) active: HashMap<String, Open>,
    /// What is hashed for the sake of files that are not there.
    pub(crate) candidates: HashSet<String>,
    pub(crate) absent: Vec<Absent>,
    /// What is to be recorded and reported.
    pub(crate) finished: Vec<Open>,
    /// Paths in the queue that no row names any more.
    pub(crate) unnamed: Vec<String>,
    pub(crate) unreadable: Vec<RowError>,
    pub(crate) known: Known,
    /// What this run has found.
    pub(crate) totals: Totals,
    pub(crate) is_exhausted: bool,
    /// Whether a file was begun and given up.
    pub(crate) has_given_up: bool,
    /// Whether the callback wants to hear no more.
    pub(crate) has_had_enough: bool,
}

impl<B: FixityBackend + ?Sized> Run<'_, B> {
    pub(crate) fn tell_begun(&mut self) {
        self.tell(Event::Begun {
            audit_id: self.audit.map(|audit| audit.id),
            is_resumed: self.audit.is_some_and(|audit| audit.is_resumed),
        });
    }

    /// Checks files until none is left, or it is to stop.
    pub(crate) fn work(&mut self) -> Result<Summary, StoreError> {
        loop {
            self.fill()?;
            self.report_rows();
            let is_hashing = !(self.active.is_empty() && self.candidates.is_empty());
            let is_recorded = self.finished.is_empty() && self.unnamed.is_empty();
            if !is_hashing && self.absent.is_empty() && is_recorded {
                break;
            }
            if self.finished.is_empty() && is_hashing {
                self.receive();
            }
            // Before candidates are looked at: what was found is asked for there.
            self.record()?;
            if self.is_stopped() {
                self.has_given_up |= !self.absent.is_empty();
                self.absent.clear();
            }
            self.search()?;
        }
        self.end()
    }

    /// Begins files while threads are free. A file counts until its result is
    /// recorded, so that never more than one for each thread is hashed in vain
    /// if this process is killed.
    fn fill(&mut self) -> Result<(), StoreError> {
        loop {
            let busy = self.active.len() + self.absent.len() + self.finished.len();
            let free = self.threads.saturating_sub(busy);
            let is_late = self.deadline.is_some_and(|end| Instant::now() >= end);
            if free == 0 || self.is_exhausted || is_late || self.is_stopped() {
                return Ok(());
            }
            let files = self.next(free)?;
            self.is_exhausted = files.is_empty();
            for file in files {
                self.begin(file);
            }
        }
    }

    fn is_stopped(&self) -> bool {
        if self.cancel.is_some_and(|cancel| cancel.load(Relaxed)) {
            self.stop.store(true, Relaxed);
        }
        self.stop.load(Relaxed)
    }

    /// The next files, at most so many: none only at the end. No more than can
    /// be begun, since what is expected of those that wait may change.
    fn next(&mut self, most: usize) -> Result<Vec<NamedFile>, StoreError> {
        match &mut self.files {
            Files::List(files) => Ok(first(files, most)),
            Files::Sweep(sweep) => sweep.next(self.backend, most, &mut self.unreadable),
            Files::Queue(_) => loop {
                let paths = self.next_paths(most)?;
                if paths.is_empty() {
                    return Ok(Vec::new());
                }
                let files = self.find(paths)?;
                if !files.is_empty() {
                    return Ok(files);
                }
            },
        }
    }

    /// The next paths of the queue, but for those that had their turn early.
    fn next_paths(&mut self, most: usize) -> Result<Vec<String>, StoreError> {
        let mut paths = Vec::new();
        while paths.len() < most
            && let Files::Queue(queue) = &mut self.files
            && let Some(path) = queue.next(self.backend)?
        {
            if !(self.active.contains_key(&path) || self.is_absent(&path)) {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    fn is_absent(&self, path: &str) -> bool {
        self.absent
            .iter()
            .any(|absent| absent.open.file.path == path)
    }

    /// What is expected of files of the queue, those that rows still name.
    pub(crate) fn find(&mut self, paths: Vec<String>) -> Result<Vec<NamedFile>, StoreError> {
        let asked: Vec<_> = paths.iter().cloned().map(Selected::Path).collect();
        let answers = self.backend.rows_of(self.scope, &asked)?;
        let mut files = Vec::with_capacity(paths.len());
        for (path, rows) in paths.into_iter().zip(answers) {
            if rows.is_empty() {
                self.unnamed.push(path);
            } else {
                files.push(NamedFile::of_rows(path, rows));
            }
        }
        Ok(files)
    }

    /// The scope whose queue is worked off, and where that ends for this audit.
    fn queue(&self) -> Option<(Scope, i64)> {
        match (&self.files, self.audit) {
            (Files::Queue(_), Some(audit)) => Some((self.scope, audit.last_place)),
            _ => None,
        }
    }

    /// Whether a file is in the queue, and its turn has not come.
    pub(crate) fn is_queued(&self, path: &str) -> Result<bool, StoreError> {
        let Some((scope, last_place)) = self.queue() else {
            return Ok(false);
        };
        let place = self.backend.place(scope, path)?;
        Ok(place.is_some_and(|place| place <= last_place) && !self.is_absent(path))
    }

    /// Takes a file off those that are next.
    pub(crate) fn forget(&mut self, path: &str) {
        if let Files::Queue(queue) = &mut self.files {
            queue.forget(path);
        }
    }

    /// Whether this audit has found a file to hold a content.
    pub(crate) fn has_found(
        &self,
        path: &str,
        hash: &ContentHash,
    ) -> Result<Option<bool>, StoreError> {
        let Some(audit) = self.audit else {
            return Ok(None);
        };
        let latest = self.backend.latest_verdict(path, hash.as_str())?;
        Ok(latest
            .filter(|(found_by, _)| *found_by == audit.id)
            .map(|(_, verdict)| verdict == Verdict::Intact.as_str()))
    }

    /// Begins with a file, and tells whether it is hashed: if nothing that is
    /// expected of it can be compared, nobody reads it.
    pub(crate) fn begin(&mut self, file: NamedFile) -> bool {
        let path = file.path.clone();
        let (open, algorithms) = Open::new(file, self.registry);
        if algorithms.is_empty() {
            self.finished.push(open);
            return false;
        }
        self.active.insert(path.clone(), open);
        self.pool.submit(Task {
            path,
            algorithms,
            is_candidate: false,
        });
        true
    }

    /// Waits for a result, and takes what others there are by then.
    fn receive(&mut self) {
        let (cancel, stop) = (self.cancel, self.stop);
        let glance = || {
            if cancel.is_some_and(|cancel| cancel.load(Relaxed)) {
                stop.store(true, Relaxed);
            }
        };
        let mut next = self.pool.receive(glance);
        while let Some(hashed) = next {
            self.take(hashed);
            next = self.pool.try_receive();
        }
    }

    fn take(&mut self, (task, hashed): Hashed) {
        for absent in &mut self.absent {
            absent.learn(&task.path, &hashed);
        }
        if task.is_candidate {
            self.candidates.remove(&task.path);
            return;
        }
        let Some(mut open) = self.active.remove(&task.path) else {
            return;
        };
        if matches!(hashed, Err(HashFileError::Cancelled { .. })) {
            self.has_given_up = true;
            return;
        }
        open.bytes = hashed
            .as_ref()
            .map_or(0, media_hash::HashedFile::bytes_read);
        for (outcome, hash) in open.outcomes.iter_mut().zip(&open.hashes) {
            if let (None, Some(hash)) = (&outcome, hash) {
                *outcome = Outcome::of_file(hash, &hashed);
            }
        }
        if open.unanswered().next().is_none() {
            self.finished.push(open);
        } else {
            self.absent.push(Absent::new(open));
        }
    }

    /// Records what is known, all in one transaction, and then reports it.
    fn record(&mut self) -> Result<(), StoreError> {
        let finished = std::mem::take(&mut self.finished);
        let unnamed = std::mem::take(&mut self.unnamed);
        let mut more = Totals::default();
        for open in &finished {
            more.add_all(&open.totals());
        }
        if let Some(audit) = &self.audit
            && !(finished.is_empty() && unnamed.is_empty())
        {
            let checks: Vec<_> = finished.iter().flat_map(Open::checks).collect();
            let checked: Vec<_> = finished.iter().map(|open| &*open.file.path).collect();
            let unnamed: Vec<_> = unnamed.iter().map(String::as_str).collect();
            self.backend.keep_checks(&FoundByAudit {
                audit,
                queue: self.queue().map(|(scope, _)| scope),
                checks: &checks,
                checked: &checked,
                unnamed: &unnamed,
                more: &more,
                now: Timestamp::now(),
            })?;
        }
        self.totals.add_all(&more);
        if let Some((counters, listener)) = self.watch {
            counters.finish_files(more.files, listener);
        }
        for open in &finished {
            self.report(open);
        }
        Ok(())
    }

    fn report(&mut self, open: &Open) {
        for error in &open.file.unreadable {
            self.tell(Event::UnreadableRow(error));
        }
        for (number, outcome) in open.results() {
            let expectation = &open.file.expectations[number];
            self.tell(Event::Checked(Checked {
                path: &open.file.path,
                role: expectation.role,
                expected: &expectation.hash,
                jobs: &expectation.jobs,
                verdict: outcome.verdict,
                actual: outcome.actual.as_ref(),
                found_at: outcome.found_at.as_deref(),
                problem: outcome.problem.as_deref(),
            }));
        }
    }

    /// Reports the rows that name no file that could be checked.
    fn report_rows(&mut self) {
        for error in std::mem::take(&mut self.unreadable) {
            self.totals.unreadable_rows += 1;
            self.tell(Event::UnreadableRow(&error));
        }
    }

    /// Nothing more is told to whoever had enough.
    fn tell(&mut self, event: Event<'_>) {
        if !self.has_had_enough && (self.each)(event).is_break() {
            self.has_had_enough = true;
            self.stop.store(true, Relaxed);
        }
    }

    fn end(&mut self) -> Result<Summary, StoreError> {
        let is_stopped = self.is_stopped();
        let mut is_finished = self.is_exhausted && !self.has_given_up;
        let mut files_left = None;
        if let Files::List(files) = &self.files {
            is_finished |= files.is_empty() && !self.has_given_up;
            files_left = Some(files.len() as u64);
        }
        let mut totals = self.totals;
        if let Some(audit) = &self.audit {
            totals.add_all(&audit.before);
            if let Some((scope, last_place)) = self.queue() {
                let left = self.backend.files_left(scope, last_place)?;
                is_finished |= left == 0;
                files_left = Some(left);
            }
            if is_finished {
                self.backend.finish_audit(audit.id)?;
            }
        }
        Ok(Summary {
            audit_id: self.audit.map(|audit| audit.id),
            ending: match (is_finished, is_stopped) {
                (true, _) => Ending::Finished,
                (false, true) => Ending::Stopped,
                (false, false) => Ending::TimeLimit,
            },
            totals,
            files_left: if is_finished { Some(0) } else { files_left },
        })
    }
}
