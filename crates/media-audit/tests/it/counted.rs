//! An algorithm that counts what it hashes: each file is hashed once.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update};
use media_audit::{Audit, Scope};
use media_hash::{Algorithm, ContentHash, Registry, Sha256, hash_bytes};

use crate::support::{Home, Report};

/// How many digests were completed. One test uses it.
static COMPLETED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Default)]
struct Counting(<Sha256 as Algorithm>::Hasher);

impl HashMarker for Counting {}

impl OutputSizeUser for Counting {
    type OutputSize = <<Sha256 as Algorithm>::Hasher as OutputSizeUser>::OutputSize;
}

impl Update for Counting {
    fn update(&mut self, data: &[u8]) {
        Update::update(&mut self.0, data);
    }
}

impl FixedOutput for Counting {
    fn finalize_into(self, out: &mut Output<Self>) {
        COMPLETED.fetch_add(1, Relaxed);
        FixedOutput::finalize_into(self.0, out);
    }
}

struct Counted;

impl Algorithm for Counted {
    const NAME: &'static str = "counted";
    type Hasher = Counting;
}

/// Those too that are looked at before their turn, since a moved file may be there.
#[test]
fn no_file_is_hashed_twice() {
    let mut registry = Registry::default();
    registry.register::<Counted>().unwrap();
    let hash = |content: &str| -> ContentHash { hash_bytes::<Counted>(content) };
    let home = Home::new();
    for number in 0..50 {
        let content = format!("content {number}");
        home.write(&format!("new/{number}"), &content);
        for folder in ["a", "new", "old"] {
            home.analysed(&format!("{folder}/{number}"), hash(&content));
        }
    }
    for threads in [1, 3, 16] {
        // The second time every file has a place in the queue.
        for _ in 0..2 {
            COMPLETED.store(0, Relaxed);
            let audit = Audit::new(&home.database)
                .scope(Scope::Analysis)
                .registry(&registry)
                .threads(threads.try_into().unwrap());
            let report = Report::of(&home, &audit);
            let moved = report.lines.iter().filter(|line| line.found_at.is_some());
            assert_eq!(moved.count(), 100);
            assert_eq!(COMPLETED.load(Relaxed), 50, "{threads} threads");
        }
    }
}
