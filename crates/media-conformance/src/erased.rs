//! A backend behind a pointer, whatever it is.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use media_analysis_store::{Analysis, MediaAnalysisStorage, Outcome};
use media_audit::Audit;
use media_lineage::{Direction, Lineage, Start};
use media_processing_store::{MediaProcessingStorage, Recipe};
use media_schema::{Backend, FixityBackend, MediaBackend, Waiting};

use crate::home::Home;
use crate::samples::sha;
use crate::{Fixture, Suite};

/// All that is done with a backend is done with an `Arc<dyn MediaBackend>`, in
/// several threads too.
pub fn everything_works_through_a_pointer<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    let backend: Arc<dyn MediaBackend> = Arc::new(suite.open());
    let analyses = MediaAnalysisStorage::with_source(Arc::clone(&backend)).unwrap();
    let path = home.file("in", "hello");
    let ask = || {
        let answer = analyses.get_or_analyze(&path, &["x"], |_| {
            Ok::<_, std::io::Error>(Analysis {
                ranges: Vec::new(),
                metadata: [("a", 1)]
                    .into_iter()
                    .collect::<std::collections::BTreeMap<_, _>>(),
            })
        });
        answer.unwrap().outcome
    };
    let computed = thread::scope(|scope| {
        let asks: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        let outcomes = asks.into_iter().map(|ask| ask.join().unwrap());
        outcomes
            .filter(|outcome| *outcome != Outcome::Cached)
            .count()
    });
    assert_eq!(computed, 1);
    let processed = MediaProcessingStorage::with_source(Arc::clone(&backend)).unwrap();
    let recipe = Recipe {
        action: "copy",
        input: &path,
        output: &home.path("out"),
        parameters: &(),
    };
    let made = processed
        .get_or_process(&recipe, |input, output| {
            std::fs::copy(input, output).map(drop)
        })
        .unwrap();
    assert_eq!(made.row.output_hash, sha("hello"));
    let summary = Audit::new(&*backend).run(|_| ControlFlow::Continue(()));
    let totals = summary.unwrap().totals;
    assert!(totals.is_all_intact() && totals.files == 2);
    let start = Start::Path(home.text("out"));
    let lineage = Lineage::trace(&*backend, start, Direction::Up).unwrap();
    assert_eq!(lineage.jobs.len(), 1);
    assert_eq!(lineage.analyses.len(), 1);
    let found = backend.statistics().unwrap();
    assert_eq!((found.analyses.rows, found.jobs.rows), (1, 1));
    let _claim = backend.claim(&["a"], Waiting::default()).unwrap();
    assert_eq!(backend.history(&home.text("out"), 9).unwrap().len(), 1);
}

/// A reference to a backend is one, and so is an `Arc` of it; they are the same
/// backend.
pub fn pointers_are_backends<F: Fixture>(suite: &Suite<F>) {
    fn name(backend: impl MediaBackend) -> String {
        backend.name().into_owned()
    }
    let backend = Arc::new(suite.open());
    let erased: &dyn MediaBackend = &*backend;
    assert_eq!(name(erased), name(&*backend));
    assert_eq!(name(Arc::clone(&backend)), name(&backend));
}
