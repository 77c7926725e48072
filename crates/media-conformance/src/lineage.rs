//! Lineages, on any backend.

use std::ops::ControlFlow;

use media_audit::Audit;
use media_hash::ContentHash;
use media_lineage::{Direction, Lineage, LineageError, Start, TreeStyle};
use media_schema::{
    FixityBackend, LineageBackend, LineageReader, MediaBackend, NewProcessing, StoreError,
    StoredHash,
};

use crate::home::Home;
use crate::samples::{analysis, at, job, jobs, noise, results, sha};
use crate::{Fixture, Suite};

/// Records that contents were made from one another, one second after the
/// other: each the name of its file too.
fn made(backend: &impl MediaBackend, pairs: &[(&str, &str)]) {
    for (number, (input, output)) in pairs.iter().enumerate() {
        let name = format!("{input}>{output}");
        let time = at(u32::try_from(number).unwrap().into());
        let new = job(&name, "cut", input, output).with_created_at(time);
        jobs(backend).save(&new).unwrap();
    }
}

/// The contents of a lineage, by the names of their files.
fn names(lineage: &Lineage) -> Vec<&str> {
    let contents = lineage.contents.iter();
    contents
        .map(|content| &content.files[0].path[1..])
        .collect()
}

fn trace(backend: &impl LineageBackend, start: &str, direction: Direction) -> Lineage {
    let start = Start::Path(format!("/{start}"));
    Lineage::trace(backend, start, direction).unwrap()
}

/// From a file up to its sources and down to its last derivatives, the nearest
/// first.
pub fn up_and_down_a_chain<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    made(
        &backend,
        &[("a", "b"), ("b", "c"), ("c", "d"), ("b", "x"), ("z", "c")],
    );
    let up = trace(&backend, "c", Direction::Up);
    assert_eq!(names(&up), ["c", "b", "z", "a"]);
    let above: Vec<_> = up.contents.iter().map(|content| content.above).collect();
    assert_eq!(above, [Some(0), Some(1), Some(1), Some(2)]);
    let ids: Vec<_> = up.jobs.iter().map(|job| &*job.job_id).collect();
    assert_eq!(ids, ["a>b", "b>c", "z>c"]);
    let down = trace(&backend, "b", Direction::Down);
    assert_eq!(names(&down), ["b", "c", "x", "d"]);
    let both = trace(&backend, "c", Direction::Both);
    assert_eq!(names(&both), ["c", "b", "z", "a", "d"]);
    assert_eq!(both.contents[4].below, Some(1));
    let start = Start::Hash(sha("c").into());
    let by_hash = Lineage::trace(&backend, start, Direction::Both).unwrap();
    assert_eq!(names(&by_hash), names(&both));
    let start = Start::Job("b>c".into());
    let by_job = Lineage::trace(&backend, start, Direction::Both).unwrap();
    assert_eq!(names(&by_job), ["b", "a", "c", "d"]);
}

/// A content that was made from itself, in whatever round, ends no walk and
/// keeps none from ending.
pub fn around_a_cycle<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    made(
        &backend,
        &[("a", "b"), ("b", "c"), ("c", "a"), ("c", "c"), ("c", "d")],
    );
    for direction in [Direction::Up, Direction::Down, Direction::Both] {
        let lineage = trace(&backend, "a", direction);
        let mut names = names(&lineage);
        names.sort_unstable();
        let down = direction.is_down();
        assert_eq!(
            names,
            if down {
                &["a", "b", "c", "d"][..]
            } else {
                &["a", "b", "c"]
            }
        );
        assert_eq!(lineage.jobs.len(), if down { 5 } else { 4 });
    }
}

/// A chain may be long and a content may have many children.
pub fn a_long_and_a_broad_one<F: Fixture>(suite: &Suite<F>) {
    const LENGTH: usize = 1_000;
    let backend = suite.open();
    let name = |number: usize| format!("{number}");
    let mut new: Vec<_> = (0..LENGTH)
        .map(|number| job(&name(number), "cut", &name(number), &name(number + 1)))
        .collect();
    new.extend((0..LENGTH).map(|number| {
        let child = format!("child {number}");
        job(&child, "cut", "0", &child)
    }));
    jobs(&backend).save_many(&new).unwrap();
    let up = trace(&backend, &name(LENGTH), Direction::Up);
    assert_eq!(up.contents.len(), LENGTH + 1);
    assert_eq!(up.contents.last().unwrap().above, Some(LENGTH));
    let down = trace(&backend, "0", Direction::Down);
    assert_eq!(down.contents.len(), 2 * LENGTH + 1);
}

/// The files and the analyses of a content belong to it, wherever it lies.
pub fn files_and_analyses<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    made(&backend, &[("a", "b")]);
    results(&backend)
        .save(&analysis("/copy of b", "b", "x"))
        .unwrap();
    results(&backend).save(&analysis("/b", "b", "y")).unwrap();
    results(&backend)
        .save(&analysis("/other", "c", "x"))
        .unwrap();
    let file = ("/moved a", sha("a"));
    let new = NewProcessing::new("late", "mix", file, ("/b", sha("b2")));
    jobs(&backend).save(&new.unwrap()).unwrap();
    let lineage = Lineage::trace(&backend, Start::Hash(sha("b").into()), Direction::Up);
    let lineage = lineage.unwrap();
    let files = |number: usize| -> Vec<_> {
        let files = lineage.contents[number].files.iter();
        files.map(|file| &*file.path).collect()
    };
    assert_eq!(files(0), ["/b", "/copy of b"]);
    assert_eq!(files(1), ["/a", "/moved a"]);
    let analysed: Vec<_> = lineage.analyses.iter().map(|a| &*a.file_path).collect();
    assert_eq!(analysed, ["/copy of b", "/b"]);
    // The path has held two contents, the one recorded last first.
    let of_path = trace(&backend, "b", Direction::Up);
    assert_eq!(of_path.contents[0].hash, sha("b2"));
    assert_eq!(of_path.contents[1].hash, sha("b"));
}

/// What was made from a changed file is marked, however far below.
pub fn what_comes_from_a_changed_file_is_marked<F: Fixture>(suite: &Suite<F>) {
    let (backend, home) = (suite.open(), Home::new());
    let mut last = "a";
    home.write("a", "a");
    for next in ["b", "c"] {
        home.write(next, next);
        let file = |name: &str| (home.path(name), sha(name));
        let new = NewProcessing::new(next, "cut", file(last), file(next));
        jobs(&backend).save(&new.unwrap()).unwrap();
        last = next;
    }
    let marks = || {
        let start = Start::Hash(sha("c").into());
        let lineage = Lineage::trace(&backend, start, Direction::Up).unwrap();
        let mark = |content: &media_lineage::Content| {
            (content.is_changed(), content.changed_ancestor.clone())
        };
        let marks: Vec<_> = lineage.contents.iter().map(mark).collect();
        let verdict = |content: &media_lineage::Content| {
            let check = content.files[0].check.clone();
            check.map(|check| check.verdict)
        };
        (
            marks,
            lineage.contents.iter().map(verdict).collect::<Vec<_>>(),
        )
    };
    assert_eq!(marks(), (vec![(false, None); 3], vec![None; 3]));
    home.write("a", "changed");
    let audit = Audit::new(&backend);
    audit.run(|_| ControlFlow::Continue(())).unwrap();
    let from = || Some(StoredHash::from(sha("a")));
    let verdicts = ["intact", "intact", "changed"].map(|v| Some(v.to_owned()));
    assert_eq!(
        marks(),
        (
            vec![(false, from()), (false, from()), (true, None)],
            verdicts.to_vec()
        )
    );
    home.write("a", "a");
    audit.run(|_| ControlFlow::Continue(())).unwrap();
    assert_eq!(marks().0, vec![(false, None); 3]);
}

/// What no row names has no lineage; hashes are compared as stored.
pub fn what_is_not_recorded_has_none<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let none = |start: Start| {
        let error = Lineage::trace(&backend, start, Direction::Both).unwrap_err();
        assert!(
            matches!(error, LineageError::NotRecorded { .. }),
            "{error:?}"
        );
    };
    none(Start::Path("/a".into()));
    made(&backend, &[("a", "b")]);
    none(Start::Path("/A".into()));
    none(Start::Job("none".into()));
    none(Start::Hash(sha("none").into()));
    none(Start::Hash(sha("a").as_str().to_uppercase().into()));
}

/// A lineage can be written, and comes out the same each time.
pub fn a_lineage_is_the_same_each_time<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    made(&backend, &[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]);
    let tree = |backend: &F::Backend| {
        let lineage = trace(backend, "d", Direction::Both);
        let mut tree = Vec::new();
        lineage.write_tree(&mut tree, TreeStyle::default()).unwrap();
        String::from_utf8(tree).unwrap()
    };
    let first = tree(&backend);
    assert!(first.contains("/d") && first.contains("/a"), "{first}");
    assert_eq!(tree(&place.open()), first);
    assert_eq!(tree(&place.open_read_only()), first);
}

/// All that is read of a lineage is as of one moment, whatever others save
/// meanwhile; what the caller returns comes back.
pub fn a_lineage_is_of_one_moment<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let (backend, other) = (place.open(), place.open());
    made(&backend, &[("a", "b")]);
    let hashes = [StoredHash::from(sha("b"))];
    let mut rounds = 0;
    let count =
        |reader: &mut dyn LineageReader| Ok::<_, StoreError>(reader.descendants(&hashes)?.len());
    backend
        .read_lineage(&mut |reader| {
            let before = count(reader)?;
            rounds += 1;
            let name = format!("late {rounds}");
            let new = NewProcessing::new(&name, "cut", ("/b", sha("b")), ("/x", sha("x")));
            jobs(&other).save(&new.unwrap())?;
            assert_eq!(count(reader)?, before);
            assert!(reader.job(&name)?.is_empty());
            Ok(())
        })
        .unwrap();
    assert!(rounds >= 1);
    let mut after = 0;
    backend
        .read_lineage(&mut |reader| {
            after = count(reader)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(after, rounds);
    let refused = backend.read_lineage(&mut |_| Err(StoreError::NoCriterion));
    assert!(
        matches!(refused, Err(StoreError::NoCriterion)),
        "{refused:?}"
    );
}

/// Contents whose hashes begin alike, however far, are different contents.
pub fn long_hashes_are_told_apart<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let hash = |end: &str| -> ContentHash { format!("own:{}{end}", noise(5_000)).parse().unwrap() };
    for (input, output) in [("a", "b"), ("b", "c"), ("d", "e")] {
        let file = |end: &str| (format!("/{end}"), hash(end));
        let new = NewProcessing::new(output, "cut", file(input), file(output));
        jobs(&backend).save(&new.unwrap()).unwrap();
    }
    let start = Start::Hash(hash("c").into());
    let up = Lineage::trace(&backend, start, Direction::Both).unwrap();
    assert_eq!(names(&up), ["c", "b", "a"]);
    assert_eq!(names(&trace(&backend, "d", Direction::Down)), ["d", "e"]);
    let none = Start::Hash(format!("own:{}", noise(5_000)).into());
    let error = Lineage::trace(&backend, none, Direction::Both).unwrap_err();
    assert!(
        matches!(error, LineageError::NotRecorded { .. }),
        "{error:?}"
    );
    let (paths, _) = backend
        .paths_of_content(&[hash("b").as_str()], None)
        .unwrap();
    assert_eq!(paths, ["/b", "/b"], "as an output and as an input");
}

/// The reader's answers come question by question.
pub fn a_reader_answers_each_question<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    made(&backend, &[("a", "b")]);
    let (a, none) = (StoredHash::from(sha("a")), StoredHash::from("none"));
    backend
        .read_lineage(&mut |reader| {
            assert!(!reader.has_checks()?);
            let questions = [(&a, "/a"), (&none, "/a"), (&a, "/a")];
            let answers = reader.checks(&questions)?;
            assert_eq!(answers.len(), 3);
            assert!(answers.iter().all(|answer| matches!(answer, Ok(None))));
            assert_eq!(reader.checks(&[])?.len(), 0);
            assert!(reader.knows(a.as_str())? && !reader.knows("none")?);
            for hashes in [&[], std::slice::from_ref(&none)] {
                assert_eq!(reader.ancestors(hashes)?.len(), 0);
                assert_eq!(reader.descendants(hashes)?.len(), 0);
                assert_eq!(reader.files_written(hashes, true)?.len(), 0);
                assert_eq!(reader.files_read(hashes)?.len(), 0);
                assert_eq!(reader.analyses_of(hashes)?.len(), 0);
            }
            let read = reader.files_read(&[a.clone(), none.clone()])?;
            assert_eq!(read.len(), 1);
            assert_eq!(*read[0].as_ref().unwrap(), (a.clone(), "/a".to_owned()));
            Ok(())
        })
        .unwrap();
}
