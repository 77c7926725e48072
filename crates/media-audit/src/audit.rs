//! The audit: what it checks, how, and the call that runs it.

use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use media_hash::Registry;
use media_schema::{
    BackendHashCache, BegunAudit, Claim, ClaimError, FixityBackend, RowError, Scope, Selected,
    StoreError, Totals, Waiting,
};

use crate::error::AuditError;
use crate::event::Event;
use crate::files::{Files, Queue, Sweep, select, survey};
use crate::moved::Known;
use crate::pool::{Manner, Pool};
use crate::progress::{Counters, Listener, Progress};
use crate::run::Run;
use crate::summary::Summary;

/// A fixity audit: hashes every file that a row names, and compares.
///
/// Without further settings it begins a new audit of all files, on as many
/// threads as the machine runs at once, and ends when no file is left.
///
/// ```
/// use std::ops::ControlFlow;
/// use media_audit::{Audit, Event, Verdict};
/// use media_hash::{Sha256, hash_bytes};
/// use media_processing_store::MediaProcessingStorage;
/// use media_schema::NewProcessing;
/// use media_sqlite::{Durability, OpenOptions};
///
/// let folder = tempfile::tempdir()?;
/// let database = OpenOptions::new()
///     .durability(Durability::Normal)
///     .open(folder.path().join("media.db"))?;
/// let [talk, cut] = ["talk.wav", "cut.wav"].map(|name| folder.path().join(name));
/// std::fs::write(&talk, "a talk")?;
/// std::fs::write(&cut, "a talk, bit-rotten")?;
/// let hash = hash_bytes::<Sha256>;
/// MediaProcessingStorage::with_source(database.clone())?.save(&NewProcessing::new(
///     "job-1", "cut", (&talk, hash("a talk")), (&cut, hash("a tal")),
/// )?)?;
///
/// let mut changed = Vec::new();
/// let summary = Audit::new(&database).run(|event| {
///     if let Event::Checked(file) = event && file.verdict == Verdict::Changed {
///         changed.push(file.path.to_owned());
///     }
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(summary.totals.files, 2);
/// assert_eq!(changed, [cut.to_str().ok_or("not UTF-8")?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is checked before `run`"]
pub struct Audit<'a, B: ?Sized> {
    backend: &'a B,
    scope: Scope,
    selection: Option<Vec<Selected>>,
    resume: bool,
    threads: Option<NonZero<usize>>,
    time_limit: Option<Duration>,
    cancel: Option<&'a AtomicBool>,
    progress: Option<Listener<'a>>,
    registry: &'a Registry,
}

impl<'a, B: FixityBackend + Sync + ?Sized> Audit<'a, B> {
    /// An audit of all files that a database names.
    ///
    /// History is kept in it if it takes writes. Each result is committed as it
    /// comes: open a SQLite file with `Durability::Normal`, or every file costs
    /// a flush to the disk.
    pub fn new(backend: &'a B) -> Self {
        Self {
            backend,
            scope: Scope::All,
            selection: None,
            resume: false,
            threads: None,
            time_limit: None,
            cancel: None,
            progress: None,
            registry: Registry::builtin(),
        }
    }

    /// Checks what these rows expect, instead of those of both tables.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Checks only these files of the scope. Such an audit is begun anew each
    /// time, and leaves the order in which others go on as it is.
    pub fn only(mut self, selection: impl IntoIterator<Item = Selected>) -> Self {
        self.selection = Some(selection.into_iter().collect());
        self
    }

    /// Goes on with the last audit of the scope, if it was not finished.
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Hashes at most this many files at once.
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Begins no further file after this time; those begun are finished.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Stops soon after `cancel` is true; files that are being hashed then are
    /// given up.
    pub fn cancel(mut self, cancel: &'a AtomicBool) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// Calls `progress` after each piece that was read and each file that was
    /// checked, on the thread that did. Files are counted beside the work.
    pub fn progress(mut self, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Uses the algorithms of `registry` instead of those compiled in.
    pub fn registry(mut self, registry: &'a Registry) -> Self {
        self.registry = registry;
        self
    }

    /// Runs the audit, and calls `each` for what happens, on this thread.
    /// [`ControlFlow::Break`] stops it, as cancelling does.
    ///
    /// A file is read once, however many rows name it, and the longest
    /// unchecked files come first. Its results are in the database before they
    /// are told, and what was expected is never altered.
    ///
    /// # Errors
    /// What was selected is not recorded, the same scope is being audited by
    /// somebody else, or the database fails.
    ///
    /// # Panics
    /// If `each`, a hasher or the progress callback panics, with that panic.
    pub fn run(
        &self,
        mut each: impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Result<Summary, AuditError> {
        self.run_dyn(&mut each)
    }

    fn run_dyn(
        &self,
        each: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Result<Summary, AuditError> {
        let deadline = self
            .time_limit
            .and_then(|limit| Instant::now().checked_add(limit));
        let Begun {
            files,
            audit,
            unreadable,
            _alone,
        } = self.begin()?;
        let stop = AtomicBool::new(false);
        let counters = Counters::default();
        let cache = BackendHashCache::new(self.backend);
        let read = |bytes| {
            if let Some(listener) = self.progress {
                counters.read(bytes, listener);
            }
        };
        let manner = Manner {
            stop: &stop,
            progress: self.progress.map(|_| &read as &(dyn Fn(u64) + Sync)),
            cache: &cache,
        };
        let tasks = Mutex::new(None);
        let threads = self.thread_count();
        thread::scope(|scope| {
            // Lets the threads end, in whatever way this scope is left.
            let _stopping = Stopping(&stop);
            if self.progress.is_some() {
                match &files {
                    Files::List(files) => {
                        for file in files {
                            counters.count(&file.path);
                        }
                        counters.counted_all();
                    }
                    _ => self.count(scope, &counters, &stop, audit)?,
                }
            }
            let mut run = Run {
                backend: self.backend,
                registry: self.registry,
                scope: self.scope,
                audit,
                files,
                pool: Pool::start(scope, threads, &tasks, manner),
                threads,
                deadline,
                cancel: self.cancel,
                stop: &stop,
                each,
                watch: self.progress.map(|listener| (&counters, listener)),
                active: HashMap::new(),
                candidates: HashSet::new(),
                absent: Vec::new(),
                finished: Vec::new(),
                unnamed: Vec::new(),
                unreadable,
                known: Known::default(),
                totals: Totals::default(),
                is_exhausted: false,
                has_given_up: false,
                has_had_enough: false,
            };
            run.tell_begun();
            Ok(run.work()?)
        })
    }

    /// Finds the files to check, and opens the history if there can be one.
    fn begin(&self) -> Result<Begun, AuditError> {
        let is_kept = self.backend.prepare_audits()?;
        let open = |scope, resume| {
            if is_kept {
                self.backend.begin_audit(scope, resume)
            } else {
                Ok(None)
            }
        };
        if let Some(selection) = &self.selection {
            let (files, unreadable) = select(self.backend, self.scope, selection)?;
            return Ok(Begun {
                files: Files::List(files),
                audit: open(None, false)?,
                unreadable,
                _alone: None,
            });
        }
        let alone = if is_kept { self.claim()? } else { None };
        let audit = open(Some(self.scope), self.resume)?;
        let (files, unreadable) = match audit {
            Some(BegunAudit { last_place, .. }) => {
                let unreadable = self.backend.enqueue(self.scope)?;
                (Files::Queue(Queue::new(self.scope, last_place)), unreadable)
            }
            None => (Files::Sweep(Sweep::new(self.scope)), Vec::new()),
        };
        Ok(Begun {
            files,
            audit,
            unreadable,
            _alone: alone,
        })
    }

    /// Keeps others from auditing the same scope meanwhile, where there are
    /// locks to be had.
    fn claim(&self) -> Result<Option<Claim>, AuditError> {
        let at_once = Waiting {
            patience: Some(Duration::ZERO),
            cancel: None,
        };
        let parts = ["fixity audit", self.scope.as_str()];
        match self.backend.claim(&parts, at_once) {
            Ok(claim) => Ok(Some(claim)),
            Err(ClaimError::TimedOut { .. }) => Err(AuditError::Running {
                database: self.backend.name().into_owned(),
                scope: self.scope,
            }),
            // Nowhere to lock is most often nowhere to write.
            Err(_) => Ok(None),
        }
    }

    /// Counts the files and their sizes on a thread of its own.
    fn count<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        counters: &'scope Counters,
        stop: &'scope AtomicBool,
        audit: Option<BegunAudit>,
    ) -> Result<(), StoreError> {
        let last_place = match audit {
            Some(_) => self.backend.last_place(self.scope)?,
            None => 0,
        };
        scope.spawn(move || {
            let count = |path: &str| {
                counters.count(path);
                !stop.load(Relaxed)
            };
            let counted = survey(self.backend, self.scope, audit.as_ref(), last_place, count);
            // A database that fails says so to the audit itself.
            if matches!(counted, Ok(true)) {
                counters.counted_all();
            }
        });
        Ok(())
    }

    fn thread_count(&self) -> usize {
        self.threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZero::get)
    }
}

/// An audit that can start.
struct Begun {
    files: Files,
    /// `None` if no history is kept.
    audit: Option<BegunAudit>,
    unreadable: Vec<RowError>,
    /// Held until the end.
    _alone: Option<Claim>,
}

/// Stops the threads when it is dropped.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
