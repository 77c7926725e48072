//! The front door for analyses, on any backend.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use media_analysis_store::{
    Analysis, AnalyzeError, AnalyzeOptions, Analyzed, MediaAnalysisStorage, Outcome,
};
use media_hash::hash_file;
use media_schema::{
    AnalysisBackend, AnalysisFilter, JobStore, Lookup, MediaAnalysisRow, MissReason, Prune,
    TimeRange,
};

use crate::home::Home;
use crate::samples::{at, config, results, sha};
use crate::{Fixture, Suite};

/// Asks for an analysis by this configuration, which would say `number`.
fn ask<B: AnalysisBackend + Sync>(
    store: &MediaAnalysisStorage<B>,
    path: &Path,
    name: &str,
    number: u32,
) -> Analyzed {
    ask_with(store, path, name, AnalyzeOptions::default(), number).unwrap()
}

fn ask_with<B: AnalysisBackend + Sync>(
    store: &MediaAnalysisStorage<B>,
    path: &Path,
    name: &str,
    options: AnalyzeOptions<'_>,
    number: u32,
) -> Result<Analyzed, AnalyzeError<io::Error>> {
    store.get_or_analyze_with(path, &[name], options, |_| {
        Ok(Analysis {
            ranges: vec![TimeRange::new(0.0, 1.5, "speech")],
            metadata: BTreeMap::from([("number", number)]),
        })
    })
}

fn number(answer: &Analyzed) -> u32 {
    let said: BTreeMap<String, u32> = answer.row.metadata_as().unwrap().unwrap();
    said["number"]
}

/// The first to ask has it computed, the next is told what was, by whatever
/// handle.
pub fn computed_then_cached<F: Fixture>(suite: &Suite<F>) {
    let (place, home) = (suite.create(), Home::new());
    let path = home.file("a", "samples");
    let one = MediaAnalysisStorage::with_source(place.open()).unwrap();
    let other = MediaAnalysisStorage::with_source(place.open()).unwrap();
    let first = ask(&one, &path, "x", 1);
    assert_eq!(first.outcome, Outcome::Computed(MissReason::New));
    assert_eq!(first.row.file_hash, sha("samples"));
    for store in [&one, &other] {
        let answer = ask(store, &path, "x", 2);
        assert_eq!(answer.outcome, Outcome::Cached);
        assert_eq!(answer.row, first.row);
    }
}

/// A result holds for its content and its configuration: a file that was
/// changed, and another configuration, are computed.
pub fn what_differs_is_computed<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    let store = MediaAnalysisStorage::with_source(suite.open()).unwrap();
    let path = home.file("a", "samples");
    let first = ask(&store, &path, "x", 1);
    let other = ask(&store, &path, "y", 2);
    assert_eq!(other.outcome, Outcome::Computed(MissReason::OtherConfig));
    home.write("a", "other samples");
    let changed = ask(&store, &path, "x", 3);
    let reason = MissReason::FileChanged {
        expected: sha("samples").into(),
        actual: sha("other samples"),
    };
    assert_eq!(changed.outcome, Outcome::Computed(reason));
    assert_eq!((changed.row.id, number(&changed)), (first.row.id, 3));
    let forced = AnalyzeOptions {
        force: true,
        ..AnalyzeOptions::default()
    };
    let forced = ask_with(&store, &path, "x", forced, 4).unwrap();
    assert_eq!(forced.outcome, Outcome::Computed(MissReason::Forced));
    assert_eq!(number(&ask(&store, &path, "x", 5)), 4);
    assert_eq!(store.count(&AnalysisFilter::default()).unwrap(), 2);
}

/// A file that was moved or copied keeps its results: the newest of its content
/// is saved for its new path too.
pub fn what_was_moved_is_adopted<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    let store = MediaAnalysisStorage::with_source(suite.open()).unwrap();
    let path = home.file("old", "samples");
    let first = ask(&store, &path, "x", 1);
    fs::rename(&path, home.path("new")).unwrap();
    let moved = ask(&store, &home.path("new"), "x", 2);
    let from = home.text("old");
    assert_eq!(moved.outcome, Outcome::Adopted { from });
    assert_eq!(moved.row.file_path, home.text("new"));
    assert_eq!(moved.row.ranges, first.row.ranges);
    assert_eq!((number(&moved), number(&first)), (1, 1));
    assert_ne!(moved.row.id, first.row.id);
    let again = ask(&store, &home.path("new"), "x", 3);
    assert_eq!((again.outcome, again.row), (Outcome::Cached, moved.row));
}

/// If the analyser fails nothing is saved, and the next one tries.
pub fn a_failure_saves_nothing<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    let store = MediaAnalysisStorage::with_source(suite.open()).unwrap();
    let path = home.file("a", "samples");
    let failed = store.get_or_analyze(&path, &["x"], |_| {
        Err::<Analysis<()>, _>(io::Error::other("broken"))
    });
    let error = failed.unwrap_err();
    assert!(matches!(error, AnalyzeError::Analyzer { .. }), "{error:?}");
    assert_eq!(store.count(&AnalysisFilter::default()).unwrap(), 0);
    let answer = ask(&store, &path, "x", 1);
    assert_eq!(answer.outcome, Outcome::Computed(MissReason::New));
}

/// An analyser may ask for another analysis while it has the right to its own.
pub fn one_analysis_within_another<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    let store = MediaAnalysisStorage::with_source(suite.open()).unwrap();
    let path = home.file("a", "samples");
    let outer = store.get_or_analyze(&path, &["outer"], |path| {
        let inner = ask(&store, path, "inner", 7);
        let metadata = BTreeMap::from([("number", number(&inner) + 1)]);
        Ok::<_, io::Error>(Analysis {
            ranges: Vec::new(),
            metadata,
        })
    });
    assert_eq!(number(&outer.unwrap()), 8);
}

/// A look-up that is given the file's hash says whether the result holds, and
/// if not why.
pub fn a_look_up_says_why<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let odd = MediaAnalysisRow::from_columns(
        0,
        "/odd".into(),
        ["not-a-hash".into(), config("x").into()],
        [None, None],
        at(1.0),
    );
    results(&backend).import(&[odd]).unwrap();
    let new = crate::samples::analysis("/a", "samples", "x");
    results(&backend).save(&new).unwrap();
    let store = MediaAnalysisStorage::with_source(&backend).unwrap();
    let look = |path: &str, name: &str, content: &str| {
        store.lookup(path, config(name), &sha(content)).unwrap()
    };
    assert!(matches!(look("/a", "x", "samples"), Lookup::Hit(row) if row.file_path == "/a"));
    assert!(matches!(
        look("/a", "x", "other"),
        Lookup::Stale { actual, .. } if actual == sha("other")
    ));
    for (path, name, content, reason) in [
        ("/a", "y", "other", MissReason::OtherConfig),
        ("/b", "x", "other", MissReason::New),
        (
            "/b",
            "x",
            "samples",
            MissReason::Moved { from: "/a".into() },
        ),
        (
            "/odd",
            "x",
            "samples",
            MissReason::Incomparable {
                stored: "not-a-hash".into(),
            },
        ),
    ] {
        assert_eq!(look(path, name, content), Lookup::Miss(reason));
    }
}

/// The store verifies, exports, imports and prunes by the backend it is on.
pub fn the_store_does_the_rest<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    let store = MediaAnalysisStorage::with_source(suite.open()).unwrap();
    let path = home.file("a", "samples");
    let row = ask(&store, &path, "x", 1).row;
    assert_eq!(
        row.file_hash,
        hash_file::<media_hash::Sha256>(&path).unwrap()
    );
    let x = config("x");
    let found = store.get_cached(&path, &x).unwrap();
    assert_eq!(found.as_ref(), Some(&row));
    assert!(store.verify_file(&path, &x).unwrap().unwrap().is_intact());
    let mut exported = Vec::new();
    store
        .export(|row| {
            exported.push(row?);
            Ok::<_, media_schema::StoreError>(())
        })
        .unwrap();
    assert_eq!(exported, [row]);
    let other = MediaAnalysisStorage::with_source(suite.open()).unwrap();
    other.import(&exported).unwrap();
    assert_eq!(other.count(&AnalysisFilter::default()).unwrap(), 1);
    fs::remove_file(&path).unwrap();
    let missing = Prune {
        missing: true,
        ..Prune::default()
    };
    let pruned = store.prune(&missing, |_| Ok::<_, media_schema::StoreError>(()));
    assert_eq!(pruned.unwrap().rows, 1);
    assert_eq!(
        JobStore::count(&store, &AnalysisFilter::default()).unwrap(),
        0
    );
}
