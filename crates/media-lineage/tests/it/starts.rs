//! Where a lineage starts, and in which order it comes.

use std::sync::Arc;

use media_analysis_store::MediaAnalysisStorage;
use media_lineage::{Direction, Lineage, LineageError, Start};
use media_schema::{ANALYSIS_JOBS, MediaBackend};
use media_sqlite::{ConnectionSource, OpenOptions};

use crate::support::{Store, analysis, file, hash, job, number, numbers, path};

#[test]
fn contents_come_nearest_first_and_equally_near_ones_as_they_were_made() {
    // 9 and 8 led to 5; of it 2, 7 and 1 were made, in that order; of 1, 3.
    let edges = [
        (9, 5),
        (8, 5),
        (5, 2),
        (5, 7),
        (5, 1),
        (1, 3),
        (4, 9),
        (2, 3),
    ];
    let store = Store::new(&edges, &[]);
    let lineage = store.around(5);
    assert_eq!(numbers(&lineage), [5, 9, 8, 4, 2, 7, 1, 3]);
    let distances: Vec<_> = lineage
        .contents
        .iter()
        .map(|content| (content.above, content.below))
        .collect();
    assert_eq!(distances[0], (Some(0), Some(0)));
    assert_eq!(distances[3], (Some(2), None));
    assert_eq!(distances[7], (None, Some(2)));
}

#[test]
fn siblings_are_left_out() {
    let store = Store::new(&[(1, 2), (1, 3), (2, 4), (5, 4)], &[]);
    assert_eq!(numbers(&store.around(2)), [2, 1, 4]);
}

#[test]
fn a_path_means_its_contents_the_latest_first() {
    let store = Store::new(&[(1, 2), (3, 4)], &[]);
    // The file of content 2 was overwritten twice, and analysed in between.
    let overwritten = |content| (path(2), hash(content));
    store.save(&job(10, file(3), overwritten(5)));
    let analyses = MediaAnalysisStorage::with_source(&store.database).unwrap();
    analyses.save(&analysis(20, overwritten(6), 1)).unwrap();
    store.save(&job(30, overwritten(7), file(8)));
    let lineage = store.trace(Start::Path(path(2)), Direction::Up);
    let hashes: Vec<_> = lineage
        .contents
        .iter()
        .map(|content| content.hash.as_str())
        .collect();
    let expected = [7, 6, 5, 2, 3, 1].map(hash);
    assert_eq!(
        hashes,
        expected.each_ref().map(media_hash::ContentHash::as_str)
    );
    assert!(
        lineage.contents[..4]
            .iter()
            .all(|content| content.above == Some(0))
    );
    let mut tree = Vec::new();
    lineage
        .write_tree(&mut tree, media_lineage::TreeStyle::default())
        .unwrap();
    let tree = String::from_utf8(tree).unwrap();
    assert_eq!(tree.matches("/media/2\n").count(), 4, "{tree}");
}

#[test]
fn a_job_leads_up_from_its_input_and_down_from_its_output() {
    let store = Store::new(&[(1, 2), (2, 3), (3, 4), (2, 9), (8, 3)], &[]);
    let trace = |direction| store.trace(Start::Job("job-1".into()), direction);
    assert_eq!(numbers(&trace(Direction::Both)), [2, 1, 3, 4]);
    assert_eq!(numbers(&trace(Direction::Up)), [2, 1, 3]);
    let down = trace(Direction::Down);
    assert_eq!(numbers(&down), [2, 3, 4]);
    assert_eq!(down.jobs.len(), 2);
    assert_eq!(number(&down, down.jobs[0].input), 2);
}

#[test]
fn all_files_of_a_content_are_named_also_those_of_other_jobs() {
    let store = Store::new(&[(1, 2)], &[(1, 1)]);
    store.save(&job(7, ("/copy".into(), hash(1)), file(5)));
    store.save(&job(8, file(6), ("/made again".into(), hash(1))));
    let lineage = store.trace(Start::Hash(hash(2).into()), Direction::Up);
    let source = &lineage.contents[1];
    let paths: Vec<_> = source.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["/copy", "/made again", "/media/1"]);
}

#[test]
fn what_nobody_recorded_is_a_typed_error() {
    let trace = |store: &Store, start: &Start| {
        Lineage::trace(&store.database, start.clone(), Direction::Both)
    };
    for store in [Store::empty(), Store::new(&[(1, 2)], &[(3, 3)])] {
        for start in [
            Start::Path("/media".into()),
            Start::Hash("sha256:00".into()),
            Start::Hash(hash(1).as_str().to_uppercase().into()),
            Start::Job("job".into()),
        ] {
            match trace(&store, &start) {
                Err(LineageError::NotRecorded { start: named }) => assert_eq!(named, start),
                other => panic!("{other:?}"),
            }
        }
    }
    let error = trace(&Store::empty(), &Start::Path("/a\n".into())).unwrap_err();
    assert_eq!(error.to_string(), "nothing is recorded of path \"/a\\n\"");
}

#[test]
fn without_processing_jobs_a_file_has_its_analyses() {
    let store = Store::empty();
    store.database.ensure_table(&ANALYSIS_JOBS).unwrap();
    let analyses = MediaAnalysisStorage::with_source(&store.database).unwrap();
    analyses.save(&analysis(1, file(1), 1)).unwrap();
    let read_only = OpenOptions::new().read_only(true);
    let database = read_only.open(store.database.path()).unwrap();
    for start in [Start::Path(path(1)), Start::Hash(hash(1).into())] {
        let lineage = Lineage::trace(&database, start, Direction::Both).unwrap();
        assert_eq!((lineage.contents.len(), lineage.analyses.len()), (1, 1));
    }
}

#[test]
fn any_backend_is_traced() {
    let store = Store::new(&[(1, 2)], &[]);
    let backend: Arc<dyn MediaBackend> = Arc::new(store.database.clone());
    let start = || Start::Path(path(1));
    let lineage = Lineage::trace(&backend, start(), Direction::Both).unwrap();
    assert_eq!(numbers(&lineage), [1, 2]);
    let lineage = Lineage::trace(&*backend, start(), Direction::Down).unwrap();
    assert_eq!(numbers(&lineage), [1, 2]);
}
