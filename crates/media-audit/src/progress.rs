//! How far an audit has come.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// How far an audit has come, for people who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Files checked in this run.
    pub files_done: u64,
    /// Files to check in this run, as far as they have been counted.
    pub files_total: u64,
    /// Bytes read in this run.
    pub bytes_done: u64,
    /// The sizes of the files counted so far.
    pub bytes_total: u64,
    /// Whether all files have been counted.
    pub is_total: bool,
}

/// Called on any thread that works for the audit: quick, and never waiting.
pub(crate) type Listener<'a> = &'a (dyn Fn(Progress) + Sync);

/// Counts what is done and what there is to do.
#[derive(Default)]
pub(crate) struct Counters {
    files_done: AtomicU64,
    files_total: AtomicU64,
    bytes_done: AtomicU64,
    bytes_total: AtomicU64,
    is_total: AtomicBool,
}

impl Counters {
    pub(crate) fn read(&self, bytes: u64, listener: Listener<'_>) {
        self.bytes_done.fetch_add(bytes, Relaxed);
        listener(self.now());
    }

    pub(crate) fn finish_files(&self, count: u64, listener: Listener<'_>) {
        self.files_done.fetch_add(count, Relaxed);
        listener(self.now());
    }

    /// Adds a file to what there is to do.
    pub(crate) fn count(&self, path: &str) {
        let size = fs::metadata(path).map_or(0, |metadata| {
            if metadata.is_file() {
                metadata.len()
            } else {
                0
            }
        });
        self.files_total.fetch_add(1, Relaxed);
        self.bytes_total.fetch_add(size, Relaxed);
    }

    pub(crate) fn counted_all(&self) {
        self.is_total.store(true, Relaxed);
    }

    fn now(&self) -> Progress {
        Progress {
            files_done: self.files_done.load(Relaxed),
            files_total: self.files_total.load(Relaxed),
            bytes_done: self.bytes_done.load(Relaxed),
            bytes_total: self.bytes_total.load(Relaxed),
            is_total: self.is_total.load(Relaxed),
        }
    }
}
