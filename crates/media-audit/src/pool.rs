//! Threads that hash.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use media_hash::{DynAlgorithm, FileHasher, HashCache, HashFileError, HashedFile};

/// A file to hash.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) path: String,
    pub(crate) algorithms: Vec<DynAlgorithm>,
    /// Whether it is no turn of its own, but asked whether a moved file is
    /// there: a hash will do that is remembered for its fingerprint.
    pub(crate) is_candidate: bool,
}

/// A file, and what came of hashing it.
pub(crate) type Hashed = (Task, Result<HashedFile, HashFileError>);

type Reported = (Task, Result<Result<HashedFile, HashFileError>, Panic>);

/// What a panic left behind.
type Panic = Box<dyn Any + Send>;

/// How the threads hash.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    pub(crate) stop: &'a AtomicBool,
    pub(crate) progress: Option<&'a (dyn Fn(u64) + Sync)>,
    pub(crate) cache: &'a dyn HashCache,
}

/// Threads that hash one file each at a time, and hand results on in the order
/// in which they come: a large file holds up none that could be recorded.
pub(crate) struct Pool {
    tasks: Sender<Task>,
    done: Receiver<Reported>,
}

/// How often somebody who waits looks whether he is to stop.
const GLANCE: Duration = Duration::from_millis(50);

impl Pool {
    pub(crate) fn start<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        threads: usize,
        queue: &'env Mutex<Option<Receiver<Task>>>,
        manner: Manner<'env>,
    ) -> Self {
        let (tasks, receiver) = mpsc::channel();
        *queue.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiver);
        let (report, done) = mpsc::channel();
        for _ in 0..threads {
            let report = report.clone();
            scope.spawn(move || work(queue, &report, manner));
        }
        Self { tasks, done }
    }

    pub(crate) fn submit(&self, task: Task) {
        // The other end is there as long as the scope of the threads.
        let _ = self.tasks.send(task);
    }

    /// The next result; `glance` is called now and then meanwhile. `None` if
    /// there are no threads any more.
    pub(crate) fn receive(&self, mut glance: impl FnMut()) -> Option<Hashed> {
        loop {
            match self.done.recv_timeout(GLANCE) {
                Ok(reported) => return Some(unwind(reported)),
                Err(RecvTimeoutError::Timeout) => glance(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// A further result, if there is one already.
    pub(crate) fn try_receive(&self) -> Option<Hashed> {
        self.done.try_recv().ok().map(unwind)
    }
}

/// Goes on with the panic of a thread.
fn unwind((task, outcome): Reported) -> Hashed {
    (task, outcome.unwrap_or_else(|panic| resume_unwind(panic)))
}

/// Does tasks until there will be no more.
fn work(queue: &Mutex<Option<Receiver<Task>>>, report: &Sender<Reported>, manner: Manner<'_>) {
    loop {
        let task = match &*queue.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(tasks) => tasks.recv(),
            None => return,
        };
        let Ok(task) = task else { return };
        // A thread that died would leave the others waiting for its result.
        let outcome = catch_unwind(AssertUnwindSafe(|| hash(&task, manner)));
        if report.send((task, outcome)).is_err() {
            return;
        }
    }
}

fn hash(task: &Task, manner: Manner<'_>) -> Result<HashedFile, HashFileError> {
    let mut hasher = FileHasher::new(&task.algorithms).cancel(manner.stop);
    if task.is_candidate {
        hasher = hasher.cache(manner.cache);
    } else if let Some(progress) = manner.progress {
        hasher = hasher.progress(progress);
    }
    hasher.hash(Path::new(&task.path))
}
