//! Lists: newest first, filtered, page by page.

use media_schema::{AnalysisFilter, Cursor, Query, StoreError, Timestamp};

use crate::{Fresh, analysis, at, config, content, fresh};

fn paths(store: &Fresh, query: &Query<AnalysisFilter>) -> Vec<String> {
    let rows = store.storage.list_jobs(query).unwrap().into_rows().unwrap();
    rows.into_iter().map(|row| row.file_path).collect()
}

fn all() -> AnalysisFilter {
    AnalysisFilter::default()
}

#[expect(clippy::unnecessary_wraps, reason = "fields of a filter are optional")]
fn some(text: impl AsRef<str>) -> Option<String> {
    Some(text.as_ref().to_owned())
}

#[test]
fn newest_first_and_equal_times_by_id() {
    let store = fresh();
    for (path, time) in [
        ("/a", 5.0),
        ("/b", 7.0),
        ("/c", 5.0),
        ("/d", -1.5),
        ("/e", 5.0),
    ] {
        store
            .storage
            .save(&at(analysis(path, "x", "a"), time))
            .unwrap();
    }
    assert_eq!(
        paths(&store, &Query::default()),
        ["/b", "/e", "/c", "/a", "/d"]
    );
    assert_eq!(paths(&store, &Query::default().limit(2)), ["/b", "/e"]);
    assert_eq!(paths(&store, &Query::default().limit(0)), [""; 0]);

    // Saved again, a row is new again.
    store
        .storage
        .save(&at(analysis("/d", "x", "a"), 9.0))
        .unwrap();
    assert_eq!(
        paths(&store, &Query::default()),
        ["/d", "/b", "/e", "/c", "/a"]
    );
}

#[test]
fn a_hundred_unless_told_otherwise() {
    let store = fresh();
    let batch: Vec<_> = (0..150)
        .map(|n| analysis(format!("/{n}"), "x", "a"))
        .collect();
    store.storage.save_many(&batch).unwrap();
    let page = store.storage.list_jobs(&Query::default()).unwrap();
    assert_eq!(page.rows.len(), 100);
    let rest = store
        .storage
        .list_jobs(&Query::default().after(page.next.unwrap()))
        .unwrap();
    assert_eq!(rest.rows.len(), 50);
    assert_eq!(rest.next, None);
    assert_eq!(
        paths(&store, &Query::default().limit(usize::MAX)).len(),
        150
    );
}

#[test]
fn filters_alone_and_together() {
    let store = fresh();
    for (path, of, configured, time) in [
        ("/a", "x", "one", 1.0),
        ("/a", "x", "two", 2.0),
        ("/b", "y", "one", 3.0),
        ("/c", "x", "one", 4.0),
    ] {
        store
            .storage
            .save(&at(analysis(path, of, configured), time))
            .unwrap();
    }
    let time = Timestamp::from_unix_seconds;
    for (filter, expected) in [
        (all(), vec!["/c", "/b", "/a", "/a"]),
        (
            AnalysisFilter {
                file_path: some("/a"),
                ..all()
            },
            vec!["/a", "/a"],
        ),
        (
            AnalysisFilter {
                file_hash: some(content("x")),
                ..all()
            },
            vec!["/c", "/a", "/a"],
        ),
        (
            AnalysisFilter {
                config_hash: some(config("one")),
                ..all()
            },
            vec!["/c", "/b", "/a"],
        ),
        (
            AnalysisFilter {
                since: time(2.0),
                ..all()
            },
            vec!["/c", "/b", "/a"],
        ),
        (
            AnalysisFilter {
                until: time(2.0),
                ..all()
            },
            vec!["/a"],
        ),
        (
            AnalysisFilter {
                file_hash: some(content("x")),
                config_hash: some(config("one")),
                since: time(1.5),
                ..all()
            },
            vec!["/c"],
        ),
        (
            AnalysisFilter {
                file_path: some("/none"),
                ..all()
            },
            vec![],
        ),
    ] {
        assert_eq!(store.storage.count(&filter).unwrap(), expected.len() as u64);
        assert_eq!(paths(&store, &Query::from(filter)), expected);
    }
}

#[test]
fn pages_are_whole_whatever_is_saved_and_removed_between_them() {
    let store = fresh();
    for number in 0..10 {
        // Times in pairs, so that pages end between equal ones.
        let new = analysis(format!("/{number}"), "x", "a");
        store.storage.save(&at(new, f64::from(number / 2))).unwrap();
    }
    let mut seen = Vec::new();
    let mut query = Query::from(all()).limit(3);
    loop {
        let page = store.storage.list_jobs(&query).unwrap();
        let next = page.next.clone();
        let rows = page.into_rows().unwrap();
        seen.extend(rows.iter().map(|row| row.file_path.clone()));
        // The last row of the page goes, and a newer one comes.
        let last = rows.last().unwrap();
        store
            .storage
            .remove(&last.file_path, &last.config_hash)
            .unwrap();
        store
            .storage
            .save(&at(
                analysis(format!("/new{}", seen.len()), "x", "a"),
                100.0,
            ))
            .unwrap();
        match next {
            Some(cursor) => query = query.after(cursor),
            None => break,
        }
    }
    assert_eq!(
        seen,
        ["/9", "/8", "/7", "/6", "/5", "/4", "/3", "/2", "/1", "/0"]
    );
}

#[test]
fn a_cursor_of_another_kind_is_an_error() {
    let store = fresh();
    for text in [
        "",
        "x",
        "r.1",
        "rzz.1",
        "r00000000000000zz.1",
        "t0.1",
        "r3ff0000000000000.x",
    ] {
        let error = store
            .storage
            .list_jobs(&Query::default().after(Cursor::new(text)))
            .unwrap_err();
        assert!(
            matches!(error, StoreError::BadCursor { .. }),
            "{text}: {error:?}"
        );
    }
}
