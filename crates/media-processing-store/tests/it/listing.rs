//! Lists: newest first, filtered, page by page.

use std::collections::BTreeSet;

use media_schema::{ProcessingFilter, Query, Timestamp};

use crate::{Fresh, at, content, fresh, job};

fn all() -> ProcessingFilter {
    ProcessingFilter::default()
}

fn names(store: &Fresh, query: &Query<ProcessingFilter>) -> Vec<String> {
    let rows = store.storage.list_jobs(query).unwrap().into_rows().unwrap();
    rows.into_iter().map(|row| row.job_id).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "fields of a filter are optional")]
fn some(text: impl AsRef<str>) -> Option<String> {
    Some(text.as_ref().to_owned())
}

/// A source, two conversions of it, a cut of one, and a file made from itself.
fn family() -> Fresh {
    let store = fresh();
    for (new, time) in [
        (job("1", "convert", "/src", "/mp4"), 1.0),
        (job("2", "convert", "/src", "/webm"), 2.0),
        (job("3", "cut", "/mp4", "/part"), 3.0),
        (job("4", "tag", "/mp4", "/mp4"), 3.0),
        (job("5", "cut", "/webm", "/end"), 5.0),
    ] {
        store.storage.save(&at(new, time)).unwrap();
    }
    store
}

#[test]
fn filters_alone_and_together() {
    let store = family();
    let time = Timestamp::from_unix_seconds;
    for (filter, expected) in [
        (all(), vec!["5", "4", "3", "2", "1"]),
        (
            ProcessingFilter {
                action: some("cut"),
                ..all()
            },
            vec!["5", "3"],
        ),
        (
            ProcessingFilter {
                path: some("/mp4"),
                ..all()
            },
            vec!["4", "3", "1"],
        ),
        (
            ProcessingFilter {
                input_path: some("/mp4"),
                ..all()
            },
            vec!["4", "3"],
        ),
        (
            ProcessingFilter {
                output_path: some("/mp4"),
                ..all()
            },
            vec!["4", "1"],
        ),
        (
            ProcessingFilter {
                hash: some(content("/webm")),
                ..all()
            },
            vec!["5", "2"],
        ),
        (
            ProcessingFilter {
                path: some("/mp4"),
                hash: some(content("/part")),
                ..all()
            },
            vec!["3"],
        ),
        (
            ProcessingFilter {
                path: some("/mp4"),
                action: some("cut"),
                ..all()
            },
            vec!["3"],
        ),
        (
            ProcessingFilter {
                since: time(2.0),
                until: time(5.0),
                ..all()
            },
            vec!["4", "3", "2"],
        ),
        (
            ProcessingFilter {
                path: some("/none"),
                ..all()
            },
            vec![],
        ),
    ] {
        assert_eq!(
            store.storage.count(&filter).unwrap(),
            expected.len() as u64,
            "{filter:?}"
        );
        assert_eq!(
            names(&store, &Query::from(filter.clone())),
            expected,
            "{filter:?}"
        );
        // And the same in pages of one.
        let (mut seen, mut query) = (Vec::new(), Query::from(filter).limit(1));
        loop {
            let page = store.storage.list_jobs(&query).unwrap();
            seen.extend(
                page.rows
                    .iter()
                    .map(|row| row.as_ref().unwrap().job_id.clone()),
            );
            match page.next {
                Some(cursor) => query = query.after(cursor),
                None => break,
            }
        }
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_bad_row_is_its_own_error() {
    let store = family();
    store
        .stranger()
        .execute_batch("UPDATE processing_jobs SET parameters = 7 WHERE id = 2")
        .unwrap();
    let page = store.storage.list_jobs(&Query::default()).unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = page.rows.into_iter().partition(Result::is_ok);
    let good: BTreeSet<_> = good.into_iter().map(|row| row.unwrap().id).collect();
    assert_eq!(good, [1, 3, 4, 5].into());
    assert_eq!(
        bad[0].as_ref().unwrap_err().to_string(),
        "processing_jobs row 2: column parameters cannot be read"
    );
}
