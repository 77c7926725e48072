//! Statistics of a content that is known.

use std::ops::ControlFlow;

use media_audit::Audit;
use media_hash::Fingerprint;
use media_schema::{Backend, FixityBackend, LearntHashes, MediaBackend, Verdict};

use crate::samples::{analysis, at, config, job, jobs, results, sha};
use crate::{Fixture, Suite};

/// An empty database holds nothing.
pub fn of_nothing<F: Fixture>(suite: &Suite<F>) {
    let found = suite.open().statistics().unwrap();
    assert_eq!((found.analyses.rows, found.jobs.rows), (0, 0));
    assert_eq!((found.analyses.oldest, found.jobs.newest), (None, None));
    assert_eq!((found.files, found.contents, found.file_hashes), (0, 0, 0));
    assert_eq!((found.configs.total, found.actions.total), (0, 0));
    assert!(found.configs.top.is_empty() && found.actions.top.is_empty());
    assert_eq!(found.audit, None);
}

/// Rows, their times and the bytes of their JSON are counted; files and
/// contents once, over both tables.
pub fn of_rows<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for (path, content, name, time) in [
        ("/a", "a", "x", 2.0),
        ("/a", "a", "y", -5.5),
        ("/b", "a", "x", 7.25),
    ] {
        let new = analysis(path, content, name).with_ranges_json("[ ]");
        let new = new.unwrap().with_metadata_json(r#"{"é":1}"#).unwrap();
        results(&backend)
            .save(&new.with_created_at(at(time)))
            .unwrap();
    }
    let new = job("j", "cut", "a", "c").with_created_at(at(3.0));
    jobs(&backend).save(&new).unwrap();
    let found = backend.statistics().unwrap();
    assert_eq!((found.analyses.rows, found.jobs.rows), (3, 1));
    let times = (found.analyses.oldest, found.analyses.newest);
    assert_eq!(times, (Some(at(-5.5)), Some(at(7.25))));
    assert_eq!(found.jobs.oldest, Some(at(3.0)));
    // `é` is two bytes.
    assert_eq!(found.analyses.json_bytes, 3 * (3 + 8));
    assert_eq!(found.jobs.json_bytes, 0);
    assert_eq!((found.files, found.contents), (3, 2));
    assert!(found.space.database_bytes > 0);
}

/// The five groups with the most rows come first, those with as many by name.
pub fn of_groups<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let (mut number, mut new) = (0, Vec::new());
    for (action, rows) in [
        ("b", 2),
        ("a", 2),
        ("é", 1),
        ("Z", 1),
        ("c", 3),
        ("z", 1),
        ("A", 1),
    ] {
        for _ in 0..rows {
            number += 1;
            let row = job(&format!("{number}"), action, "a", "b");
            new.push(row.with_created_at(at(number.into())));
        }
    }
    jobs(&backend).save_many(&new).unwrap();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    let found = backend.statistics().unwrap();
    let groups = found.actions;
    assert_eq!(groups.total, 7);
    let top: Vec<_> = groups.top.iter().map(|g| (&*g.name, g.rows)).collect();
    assert_eq!(top, [("c", 3), ("a", 2), ("b", 2), ("A", 1), ("Z", 1)]);
    assert_eq!(groups.top[0].newest, Some(at(9.0)));
    assert_eq!(found.configs.total, 1);
    assert_eq!(found.configs.top[0].name, config("x").as_str());
}

/// Remembered hashes are counted, and the last audit is told of.
pub fn of_audits_and_remembered_hashes<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let file = |inode: u64| LearntHashes {
        fingerprint: Fingerprint {
            size: 1,
            mtime_ns: 1,
            ctime_ns: 1,
            inode,
            device: 1,
        },
        hashes: vec![sha("a"), media_hash::hash_bytes::<media_hash::Md5>("a")],
    };
    backend.remember_hashes(&[file(1), file(2)]).unwrap();
    assert_eq!(backend.statistics().unwrap().file_hashes, 4);
    for path in ["/none/a", "/none/b"] {
        results(&backend).save(&analysis(path, path, "x")).unwrap();
    }
    let audit = Audit::new(&backend);
    audit.run(|_| ControlFlow::Continue(())).unwrap();
    let told = backend.statistics().unwrap().audit.unwrap();
    assert_eq!(told.verdicts, [(Verdict::Missing.as_str(), 2)]);
    assert!(told.started_at.is_some() && told.finished_at >= told.started_at);
    backend.begin_audit(None, false).unwrap().unwrap();
    let told = backend.statistics().unwrap().audit.unwrap();
    assert_eq!((told.finished_at, told.verdicts.len()), (None, 0));
}

/// Of many rows the bytes of JSON may be estimated, and everything else is
/// exact.
pub fn of_many_rows<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new: Vec<_> = (0..3_000_u32)
        .map(|number| {
            let name = format!("{}", number % 40);
            let new = analysis(&format!("/{number}"), &name, &name);
            new.with_metadata_json(r#"{"a":1}"#).unwrap()
        })
        .collect();
    results(&backend).save_many(&new).unwrap();
    let found = backend.statistics().unwrap();
    assert_eq!(found.analyses.rows, 3_000);
    assert_eq!((found.files, found.contents), (3_000, 40));
    assert_eq!(found.configs.total, 40);
    assert_eq!(found.configs.top.len(), 5);
    assert!(found.configs.top.is_sorted_by(|a, b| a.name < b.name));
    let bytes = found.analyses.json_bytes;
    assert!((18_000..24_000).contains(&bytes), "{bytes}");
}
