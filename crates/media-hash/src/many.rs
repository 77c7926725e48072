//! Hashing many files at once.

use std::any::Any;
use std::collections::VecDeque;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::file::{FileHasher, HashFileError, HashedFile};

/// Files that wait for each thread, so that it need not wait for the next one.
const QUEUED_PER_THREAD: usize = 4;

/// Results that may wait for that of an earlier file before no further file is
/// begun.
const MAX_WAITING: usize = 4096;

type Outcome = Result<HashedFile, HashFileError>;

/// A file to hash, with its place in the input.
type Job<P> = (usize, P);

/// What became of a job: its outcome, or the payload of a panic.
type Done<P> = (usize, P, Result<Outcome, Box<dyn Any + Send>>);

impl FileHasher<'_> {
    /// Hashes the files at `paths` by several threads, and calls `each` with
    /// every path and its outcome, in the order of `paths`, as soon as it and
    /// all before it are known.
    ///
    /// A file that cannot be hashed does not stop the others. When
    /// [`FileHasher::cancel`] says stop, the files not finished yet come as
    /// [`HashFileError::Cancelled`]. Only a few paths are taken ahead of the
    /// work, and memory stays bounded however many there are. `paths` and
    /// `each` run on the calling thread.
    ///
    /// # Panics
    /// If `paths`, `each`, a hasher or the progress callback panics, with that panic.
    ///
    /// ```
    /// use media_hash::{DynAlgorithm, FileHasher, Sha256};
    ///
    /// let sha256 = [DynAlgorithm::of::<Sha256>()];
    /// let mut lines = Vec::new();
    /// FileHasher::new(&sha256).hash_each(["Cargo.toml", "missing"], |path, outcome| {
    ///     lines.push(match outcome {
    ///         Ok(file) => format!("{}  {path}", file.hashes[0]),
    ///         Err(error) => error.to_string(),
    ///     });
    /// });
    /// assert!(lines[0].ends_with("  Cargo.toml"));
    /// assert_eq!(lines[1], r#"file "missing" does not exist"#);
    /// ```
    pub fn hash_each<P: AsRef<Path> + Send>(
        &self,
        paths: impl IntoIterator<Item = P>,
        each: impl FnMut(P, Result<HashedFile, HashFileError>),
    ) {
        let (submit, jobs) = mpsc::channel();
        let jobs = Mutex::new(jobs);
        let (report, done) = mpsc::channel();
        let mut delivery = Delivery::new(each);
        let mut paths = paths.into_iter().fuse();
        let mut max_threads = self.thread_count();
        let mut threads = 0;
        let mut submitted = 0;
        let mut received = 0;
        thread::scope(|scope| {
            // Owned here: should this closure panic, they are dropped and the
            // threads end before the scope waits for them.
            let (submit, done) = (submit, done);
            loop {
                let is_short_of_work = submitted - received
                    < max_threads.saturating_mul(QUEUED_PER_THREAD)
                    && submitted - delivery.delivered < MAX_WAITING;
                if is_short_of_work && let Some(path) = paths.next() {
                    if threads < max_threads {
                        let work = || work(*self, &jobs, &report);
                        match thread::Builder::new().spawn_scoped(scope, work) {
                            Ok(_) => threads += 1,
                            // The system has no more: those there are must do.
                            Err(_) => max_threads = threads.max(1),
                        }
                    }
                    let job = (submitted, path);
                    // Sending cannot fail: both other ends outlive this loop.
                    if threads > 0 {
                        let _ = submit.send(job);
                    } else {
                        let _ = report.send(run(*self, job, &mut Vec::new()));
                    }
                    submitted += 1;
                } else if received == submitted {
                    break;
                } else if let Ok(result) = done.recv() {
                    received += 1;
                    delivery.receive(result);
                }
                while let Ok(result) = done.try_recv() {
                    received += 1;
                    delivery.receive(result);
                }
            }
        });
    }

    /// Hashes the files at `paths` as [`FileHasher::hash_each`] does, and
    /// returns an outcome for each, in their order.
    ///
    /// # Panics
    /// If `paths`, a hasher or the progress callback panics, with that panic.
    #[must_use]
    pub fn hash_all<P: AsRef<Path> + Send>(
        &self,
        paths: impl IntoIterator<Item = P>,
    ) -> Vec<Result<HashedFile, HashFileError>> {
        let mut outcomes = Vec::new();
        self.hash_each(paths, |_, outcome| outcomes.push(outcome));
        outcomes
    }

    fn thread_count(&self) -> usize {
        self.threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZero::get)
    }
}

/// Does jobs until there are no more, or nobody wants to know.
fn work<P: AsRef<Path>>(
    hasher: FileHasher<'_>,
    jobs: &Mutex<Receiver<Job<P>>>,
    report: &Sender<Done<P>>,
) {
    let mut buffer = Vec::new();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if report.send(run(hasher, job, &mut buffer)).is_err() {
            return;
        }
    }
}

fn run<P: AsRef<Path>>(
    hasher: FileHasher<'_>,
    (index, path): Job<P>,
    buffer: &mut Vec<u8>,
) -> Done<P> {
    // A thread that died of a panic would leave the calling thread waiting.
    let outcome = catch_unwind(AssertUnwindSafe(|| hasher.hash_with(path.as_ref(), buffer)));
    (index, path, outcome)
}

/// Hands results on in the order of their jobs.
struct Delivery<P, F> {
    each: F,
    /// The results from job `delivered` on, where there are any yet.
    waiting: VecDeque<Option<(P, Outcome)>>,
    delivered: usize,
}

impl<P, F: FnMut(P, Outcome)> Delivery<P, F> {
    fn new(each: F) -> Self {
        Self {
            each,
            waiting: VecDeque::new(),
            delivered: 0,
        }
    }

    fn receive(&mut self, (index, path, outcome): Done<P>) {
        let outcome = outcome.unwrap_or_else(|payload| resume_unwind(payload));
        let at = index - self.delivered;
        if self.waiting.len() <= at {
            self.waiting.resize_with(at + 1, || None);
        }
        self.waiting[at] = Some((path, outcome));
        while let Some(Some(_)) = self.waiting.front()
            && let Some(Some((path, outcome))) = self.waiting.pop_front()
        {
            self.delivered += 1;
            (self.each)(path, outcome);
        }
    }
}
