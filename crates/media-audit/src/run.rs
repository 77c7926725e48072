//! An audit at work.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use media_hash::{ContentHash, HashFileError, Registry};
use media_schema::{RowError, StoreError, Timestamp};
use media_sqlite::ConnectionSource;

use crate::event::{Checked, Event};
use crate::files::Files;
use crate::ledger::Ledger;
use crate::moved::{Absent, Known};
use crate::open::Open;
use crate::pool::{Hashed, Pool, Task};
use crate::progress::{Counters, Listener};
use crate::queue;
use crate::recorded::{NamedFile, PathColumn};
use crate::summary::{Ending, Summary, Totals};
use crate::verdict::Outcome;

/// An audit at work. All that reads and writes the database happens on the
/// thread that called; the pool's threads hash.
pub(crate) struct Run<'r, S> {
    pub(crate) source: &'r S,
    pub(crate) registry: &'r Registry,
    /// The columns of the scope.
    pub(crate) columns: Vec<&'static PathColumn>,
    /// The columns where a moved file may be found: all.
    pub(crate) everywhere: Vec<&'static PathColumn>,
    pub(crate) ledger: Option<Ledger>,
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

impl<S: ConnectionSource> Run<'_, S> {
    pub(crate) fn tell_begun(&mut self) {
        let ledger = self.ledger.as_ref();
        self.tell(Event::Begun {
            audit_id: ledger.map(|ledger| ledger.id),
            is_resumed: ledger.is_some_and(|ledger| ledger.is_resumed),
        });
    }

    /// Checks files until none is left, or it is to stop.
    pub(crate) fn work(&mut self) -> Result<Summary, StoreError> {
        loop {
            self.fill()?;
            self.report_rows();
            let is_hashing = !(self.active.is_empty() && self.candidates.is_empty());
            if !is_hashing && self.absent.is_empty() && self.finished.is_empty() {
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
        while self.active.len() + self.absent.len() + self.finished.len() < self.threads {
            let is_late = self.deadline.is_some_and(|end| Instant::now() >= end);
            if self.is_exhausted || is_late || self.is_stopped() {
                break;
            }
            match self.next()? {
                Some(file) => {
                    self.begin(file);
                }
                None => self.is_exhausted = true,
            }
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        if self.cancel.is_some_and(|cancel| cancel.load(Relaxed)) {
            self.stop.store(true, Relaxed);
        }
        self.stop.load(Relaxed)
    }

    /// The next file, if there is one.
    fn next(&mut self) -> Result<Option<NamedFile>, StoreError> {
        const ACTION: &str = "find the next file to audit";
        loop {
            let walk = match (&mut self.files, &self.ledger) {
                (Files::List(files), _) => return Ok(files.pop_front()),
                (Files::Sweep(sweep), _) => {
                    let unreadable = &mut self.unreadable;
                    return self
                        .source
                        .read(ACTION, |connection| sweep.next(connection, unreadable));
                }
                (Files::Queue(walk), Some(ledger)) => {
                    ledger.queue.map(|queue| (walk, queue, ledger.last_place))
                }
                (Files::Queue(_), None) => None,
            };
            let Some((walk, queue, last)) = walk else {
                return Ok(None);
            };
            let path = self
                .source
                .read(ACTION, |connection| walk.next(connection, queue, last))?;
            let Some(path) = path else {
                return Ok(None);
            };
            if self.active.contains_key(&path) || self.is_absent(&path) {
                continue;
            }
            if let Some(file) = self.find(&path)? {
                return Ok(Some(file));
            }
        }
    }

    fn is_absent(&self, path: &str) -> bool {
        self.absent
            .iter()
            .any(|absent| absent.open.file.path == path)
    }

    /// What is expected of a file of the queue, if any row still names it.
    pub(crate) fn find(&mut self, path: &str) -> Result<Option<NamedFile>, StoreError> {
        let columns = &self.columns;
        let file = self
            .source
            .read("find what is expected of a file", |connection| {
                NamedFile::find(connection, columns, path)
            })?;
        if file.is_none() {
            self.unnamed.push(path.to_owned());
        }
        Ok(file)
    }

    /// Whether a file is in the queue, and its turn has not come.
    pub(crate) fn is_queued(&self, path: &str) -> Result<bool, StoreError> {
        let Some((queue, last)) = self
            .ledger
            .as_ref()
            .and_then(|ledger| Some((ledger.queue?, ledger.last_place)))
        else {
            return Ok(false);
        };
        let place = self.source.read("find a file's turn", |connection| {
            queue::place(connection, queue, path)
        })?;
        Ok(place.is_some_and(|place| place <= last) && !self.is_absent(path))
    }

    /// Takes a file off those that are next.
    pub(crate) fn forget(&mut self, path: &str) {
        if let Files::Queue(walk) = &mut self.files {
            walk.forget(path);
        }
    }

    /// Whether this audit has found a file to hold a content.
    pub(crate) fn has_found(
        &self,
        path: &str,
        hash: &ContentHash,
    ) -> Result<Option<bool>, StoreError> {
        let Some(ledger) = &self.ledger else {
            return Ok(None);
        };
        self.source.read("find the check of a file", |connection| {
            ledger.holds(connection, path, hash.as_str())
        })
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
            self.absent.push(Absent::new(open, &self.everywhere));
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
        if let Some(ledger) = &self.ledger
            && !(finished.is_empty() && unnamed.is_empty())
        {
            self.source
                .write("keep what an audit found", |connection| {
                    let now = Timestamp::now();
                    for open in &finished {
                        let results: Vec<_> = open
                            .results()
                            .map(|(number, outcome)| {
                                (&open.file.expectations[number].hash, outcome)
                            })
                            .collect();
                        ledger.record(connection, &open.file.path, &results, now)?;
                    }
                    if let Some(queue) = ledger.queue {
                        let paths = finished.iter().map(|open| open.file.path.as_str());
                        queue::move_to_end(connection, queue, ledger.last_place, now, paths)?;
                        for path in &unnamed {
                            queue::remove(connection, queue, path)?;
                        }
                    }
                    ledger.advance(connection, &more)
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
        if let Some(ledger) = &self.ledger {
            totals.add_all(&ledger.before);
            if let Some(queue) = ledger.queue {
                let left = self
                    .source
                    .read("count the files that are left", |connection| {
                        queue::left(connection, queue, ledger.last_place)
                    })?;
                is_finished |= left == 0;
                files_left = Some(left);
            }
            if is_finished {
                self.source
                    .write("finish an audit", |connection| ledger.finish(connection))?;
            }
        }
        Ok(Summary {
            audit_id: self.ledger.as_ref().map(|ledger| ledger.id),
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
