//! Pruning.

use std::fs;
use std::num::NonZero;

use media_analysis_store::MediaAnalysisStorage;
use media_schema::{AnalysisFilter, Prune, PruneEvent, Pruned, Query, StoreError, Timestamp};

use crate::{Fresh, analysis, at, fresh};

fn before(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_unix_seconds(seconds)
}

/// What goes: the path and time of each, and what was said at the end.
fn prune(storage: &MediaAnalysisStorage, prune: &Prune) -> (Vec<String>, Pruned) {
    let mut gone = Vec::new();
    let pruned = storage
        .prune(prune, |event| {
            if let PruneEvent::Goes { row, .. } = event {
                gone.push(format!("{}@{}", row.file_path, row.created_at));
            }
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(pruned.rows, gone.len() as u64);
    (gone, pruned)
}

/// Results at 1 s to 4 s: of a file that is there, one that is not, and one
/// of a relative path.
fn filled() -> (Fresh, [String; 3]) {
    let store = fresh();
    let there = store.folder.path().join("there.wav");
    fs::write(&there, "samples").unwrap();
    let paths = [
        there.to_str().unwrap().to_owned(),
        store
            .folder
            .path()
            .join("gone.wav")
            .to_str()
            .unwrap()
            .to_owned(),
        "relative.wav".to_owned(),
    ];
    for path in &paths {
        for second in 1..=4 {
            let new = analysis(path, "x", &second.to_string());
            store.storage.save(&at(new, f64::from(second))).unwrap();
        }
    }
    (store, paths)
}

#[test]
fn a_row_goes_only_if_it_meets_every_criterion() {
    for (criteria, expected) in [
        (
            Prune {
                older_than: before(2.0),
                ..Prune::default()
            },
            &[(0, 1), (1, 1), (2, 1)][..],
        ),
        (
            Prune {
                missing: true,
                ..Prune::default()
            },
            &[(1, 1), (1, 2), (1, 3), (1, 4)],
        ),
        (
            Prune {
                keep_latest: NonZero::new(3),
                ..Prune::default()
            },
            &[(0, 1), (1, 1), (2, 1)],
        ),
        (
            Prune {
                older_than: before(4.0),
                keep_latest: NonZero::new(2),
                ..Prune::default()
            },
            &[(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)],
        ),
        (
            Prune {
                older_than: before(3.0),
                missing: true,
                ..Prune::default()
            },
            &[(1, 1), (1, 2)],
        ),
        (
            Prune {
                older_than: before(4.0),
                missing: true,
                keep_latest: NonZero::new(3),
                ..Prune::default()
            },
            &[(1, 1)],
        ),
    ] {
        let (store, paths) = filled();
        let expected: Vec<_> = expected
            .iter()
            .map(|(path, second)| format!("{}@{second}", paths[*path]))
            .collect();
        let dry = Prune {
            dry_run: true,
            ..criteria
        };
        let (gone, would_free) = prune(&store.storage, &dry);
        assert_eq!(gone, expected, "{criteria:?}");
        assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 12);
        let (gone, freed) = prune(&store.storage, &criteria);
        assert_eq!(gone, expected, "{criteria:?}");
        assert_eq!(freed, would_free);
        assert!(freed.bytes > 0);
        let left = store.storage.count(&AnalysisFilter::default()).unwrap();
        assert_eq!(left, 12 - freed.rows);
        assert_eq!(prune(&store.storage, &criteria).1, Pruned::default());
    }
}

#[test]
fn no_criterion_is_refused() {
    let (store, _) = filled();
    let nothing = Prune {
        dry_run: true,
        ..Prune::default()
    };
    let refused = store.storage.prune(&nothing, |_| Ok::<_, StoreError>(()));
    assert!(matches!(refused, Err(StoreError::NoCriterion)));
}

#[test]
fn equal_times_go_by_id() {
    let store = fresh();
    for name in ["1", "2", "3"] {
        store
            .storage
            .save(&at(analysis("/a", name, name), 5.0))
            .unwrap();
    }
    let keep = Prune {
        keep_latest: NonZero::new(1),
        ..Prune::default()
    };
    assert_eq!(prune(&store.storage, &keep).1.rows, 2);
    let left = store
        .storage
        .list_jobs(&Query::default())
        .unwrap()
        .into_rows()
        .unwrap();
    assert_eq!((left.len(), left[0].id), (1, 3));
}

#[test]
fn a_row_saved_again_since_it_was_looked_at_stays() {
    let store = fresh();
    for path in ["/bad", "/again", "/old"] {
        let new = at(analysis(path, "x", "x"), 1.0);
        store.storage.save(&new).unwrap();
    }
    let peer = store.stranger();
    peer.execute_batch("UPDATE analysis_jobs SET ranges = 5 WHERE file_path = '/bad'")
        .unwrap();
    let old = Prune {
        older_than: before(2.0),
        ..Prune::default()
    };
    // The row that cannot be read is told when its page was read, and before
    // anything is removed.
    let pruned = store.storage.prune(&old, |event| {
        match event {
            PruneEvent::Unreadable(_) => peer
                .execute_batch("UPDATE analysis_jobs SET created_at = 3 WHERE file_path = '/again'")
                .unwrap(),
            PruneEvent::Goes { row, .. } => assert_eq!(row.file_path, "/old"),
            PruneEvent::Looked { rows } => assert_eq!(rows, 3),
        }
        Ok::<_, StoreError>(())
    });
    assert_eq!(pruned.unwrap().rows, 1);
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 2);
}

#[test]
fn a_bad_row_is_told_and_stays() {
    let (store, _) = filled();
    store
        .stranger()
        .execute_batch("UPDATE analysis_jobs SET ranges = 5 WHERE id = 1")
        .unwrap();
    let mut columns = Vec::new();
    let old = Prune {
        older_than: before(9.0),
        ..Prune::default()
    };
    let pruned = store.storage.prune(&old, |event| {
        if let PruneEvent::Unreadable(error) = event {
            columns.push(error.column);
        }
        Ok::<_, StoreError>(())
    });
    assert_eq!((pruned.unwrap().rows, columns), (11, vec!["ranges"]));
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 1);
}

/// What is in a folder that cannot be read may be there. So may what a link
/// leads to, on a disk that is not mounted. A path through a file is told apart
/// from a missing file by the system, and stays.
#[cfg(unix)]
#[test]
fn only_what_the_system_calls_missing_is() {
    let store = fresh();
    let folder = store.folder.path();
    fs::write(folder.join("file"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
    let long = "x".repeat(300);
    for path in ["file/below", "link", "loop/below", &long, "gone"] {
        store
            .storage
            .save(&analysis(folder.join(path), "x", "x"))
            .unwrap();
    }
    let missing = Prune {
        missing: true,
        ..Prune::default()
    };
    let (gone, _) = prune(&store.storage, &missing);
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].contains("/gone@"));
}
