//! Lists: order, filters, pages.

use std::cmp::Reverse;

use media_schema::{
    AnalysisFilter, AnalysisJob, AnalysisKey, Cursor, Job, JobStore, MediaAnalysisRow,
    MediaBackend, MediaProcessingRow, ProcessingFilter, Query, StoreError, Timestamp,
};

use crate::samples::{analysis, at, config, job, jobs, results, rows, sha};
use crate::{Fixture, Suite};

/// Rows come newest first; of those that are as new, the one with the higher
/// `id`.
pub fn the_newest_come_first<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let found = rows(results(&backend));
    let expected = sorted::<AnalysisJob>(found.clone(), |row| row.id);
    let page = results(&backend).list(&Query::default()).unwrap();
    assert_eq!(page.rows.len(), found.len());
    assert_eq!(page.into_rows().unwrap(), expected);
}

/// A list and a count take any filter, alone or with any other, and agree.
pub fn results_by_any_filter<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let sorted = sorted::<AnalysisJob>(rows(results(&backend)), |row| row.id);
    let text = |texts: [&str; 2]| [None, Some(texts[0].to_owned()), Some(texts[1].to_owned())];
    let hashes = [sha("0"), sha("none")];
    let configs = [config("x"), config("y")];
    for file_path in text(["/0", "/none"]) {
        for file_hash in text([hashes[0].as_str(), hashes[1].as_str()]) {
            for config_hash in text([configs[0].as_str(), configs[1].as_str()]) {
                for since in [None, Some(at(2.0)), Some(at(9.0))] {
                    for until in [None, Some(at(2.0)), Some(at(3.0))] {
                        let filter = AnalysisFilter {
                            file_path: file_path.clone(),
                            file_hash: file_hash.clone(),
                            config_hash: config_hash.clone(),
                            since,
                            until,
                        };
                        let keeps = |row: &&MediaAnalysisRow| {
                            is(file_path.as_deref(), &row.file_path)
                                && is(file_hash.as_deref(), row.file_hash.as_str())
                                && is(config_hash.as_deref(), row.config_hash.as_str())
                                && is_between(row.created_at, since, until)
                        };
                        let expected: Vec<_> = sorted.iter().filter(keeps).cloned().collect();
                        agree(results(&backend), filter, &expected);
                    }
                }
            }
        }
    }
}

/// So it is for jobs. A path or content that a job both read and wrote is one
/// row still.
pub fn jobs_by_any_filter<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let mut sorted = rows(jobs(&backend));
    sorted.sort_by_key(|row| Reverse((row.created_at, row.id)));
    let some = |text: &str| [None, Some(text.to_owned())];
    let hash = sha("1");
    for action in some("cut") {
        for path in [None, Some("/1".to_owned()), Some("/none".to_owned())] {
            for input_path in some("/1") {
                for output_path in some("/2") {
                    for hash in some(hash.as_str()) {
                        for (since, until) in [
                            (None, None),
                            (Some(at(1.0)), Some(at(3.0))),
                            (Some(at(3.0)), None),
                        ] {
                            let filter = ProcessingFilter {
                                action: action.clone(),
                                path: path.clone(),
                                input_path: input_path.clone(),
                                output_path: output_path.clone(),
                                hash: hash.clone(),
                                since,
                                until,
                            };
                            let expected: Vec<_> = sorted
                                .iter()
                                .filter(|row| keeps(&filter, row))
                                .cloned()
                                .collect();
                            agree(jobs(&backend), filter, &expected);
                        }
                    }
                }
            }
        }
    }
}

fn keeps(filter: &ProcessingFilter, row: &MediaProcessingRow) -> bool {
    let either =
        |wanted: Option<&str>, one: &str, other: &str| is(wanted, one) || is(wanted, other);
    is(filter.action.as_deref(), &row.action)
        && either(filter.path.as_deref(), &row.input_path, &row.output_path)
        && is(filter.input_path.as_deref(), &row.input_path)
        && is(filter.output_path.as_deref(), &row.output_path)
        && either(
            filter.hash.as_deref(),
            row.input_hash.as_str(),
            row.output_hash.as_str(),
        )
        && is_between(row.created_at, filter.since, filter.until)
}

/// Page by page, of whatever size, each row comes once and in order, and the
/// last page says that it is the last.
pub fn pages_of_any_size<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let expected = sorted::<AnalysisJob>(rows(results(&backend)), |row| row.id);
    for limit in [1, 2, 7, expected.len(), expected.len() + 1, usize::MAX] {
        let (mut rows, mut query) = (Vec::new(), Query::default().limit(limit));
        loop {
            let page = results(&backend).list(&query).unwrap();
            assert!(page.rows.len() <= limit);
            let next = page.next.clone();
            assert_eq!(
                next.is_some(),
                rows.len() + page.rows.len() < expected.len()
            );
            rows.extend(page.into_rows().unwrap());
            match next {
                Some(cursor) => query = query.after(cursor),
                None => break,
            }
        }
        assert_eq!(rows, expected, "{limit}");
    }
    let both = ProcessingFilter {
        path: Some("/1".into()),
        ..ProcessingFilter::default()
    };
    let whole = jobs(&backend).list(&Query::from(both.clone())).unwrap();
    let whole = whole.into_rows().unwrap();
    let (mut rows, mut query) = (Vec::new(), Query::from(both).limit(1));
    while let Some(cursor) = {
        let page = jobs(&backend).list(&query).unwrap();
        let next = page.next.clone();
        rows.extend(page.into_rows().unwrap());
        next
    } {
        query = query.after(cursor);
    }
    assert_eq!(rows, whole);
}

/// A page of no rows is empty, and leads nowhere.
pub fn a_page_of_no_rows<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let page = results(&backend).list(&Query::default().limit(0)).unwrap();
    assert!(page.rows.is_empty() && page.next.is_none());
    let empty = suite.open();
    let page = jobs(&empty).list(&Query::default()).unwrap();
    assert!(page.rows.is_empty() && page.next.is_none());
}

/// What is saved or removed while somebody turns pages neither repeats nor
/// skips another row, even if it is the row where the last page ended.
pub fn pages_stand_still<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    let path = |number: u32| format!("/{number:03}");
    let save = |number: u32, time: u32| {
        let new = analysis(&path(number), "a", "x").with_created_at(at(time.into()));
        results(&backend).save(&new).unwrap();
    };
    for number in 0..30 {
        save(number, number / 3);
    }
    let x = config("x");
    let remove = |number: u32| {
        let key = AnalysisKey {
            file_path: &path(number),
            config_hash: x.as_str(),
        };
        assert!(results(&backend).remove(key).unwrap());
    };
    let first = results(&backend).list(&Query::default().limit(10)).unwrap();
    let cursor = first.next.clone().unwrap();
    let first = first.into_rows().unwrap();
    assert_eq!(first.last().unwrap().file_path, path(20));
    // The last row of the page, one before it, one behind it, and new ones on
    // both sides.
    remove(20);
    remove(25);
    remove(10);
    save(100, 50);
    save(101, 2);
    let rest = Query::default().after(cursor);
    // Another handle turns the page.
    let rest = results(&place.open()).list(&rest).unwrap();
    let rest = rest.into_rows().unwrap();
    let paths: Vec<_> = rest.iter().map(|row| row.file_path.as_str()).collect();
    let mut expected: Vec<_> = (0..20).rev().filter(|&number| number != 10).collect();
    // Between the times 2 and 3, with the highest `id`.
    let at = expected.iter().position(|&number| number == 8).unwrap();
    expected.insert(at, 101);
    let expected: Vec<_> = expected.into_iter().map(path).collect();
    assert_eq!(paths, expected);
}

/// A cursor survives its text form.
pub fn a_cursor_is_text<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let query = Query::default().limit(3);
    let page = jobs(&backend).list(&query).unwrap();
    let cursor = page.next.unwrap();
    let copy: Cursor = cursor.to_string().parse().unwrap();
    assert_eq!(copy, cursor);
    assert!(cursor.as_str().chars().all(|c| c.is_ascii_graphic()));
    let rows = |cursor| {
        let page = jobs(&backend).list(&Query::default().after(cursor));
        page.unwrap().into_rows().unwrap()
    };
    assert_eq!(rows(copy), rows(cursor));
}

/// What is no cursor is refused as one, and the error shows it.
pub fn what_is_no_cursor_is_refused<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let long = "9".repeat(10_000);
    for text in ["", "x", ".", "1", "1.", ".1", "'; --", "🎬", "\0", &long] {
        let query = || Query::default().after(Cursor::new(text));
        let error = results(&backend).list(&query()).unwrap_err();
        assert!(
            matches!(&error, StoreError::BadCursor { cursor } if cursor == text),
            "{text:.80?}: {error:?}"
        );
        let query = Query::default().after(Cursor::new(text));
        let error = jobs(&backend).list(&query).unwrap_err();
        assert!(matches!(error, StoreError::BadCursor { .. }), "{text:.80?}");
    }
}

/// Rows of few paths, contents, configurations and times, so that filters meet.
fn fill(backend: &impl MediaBackend) {
    let mut new = Vec::new();
    for path in 0..4_u32 {
        for name in ["x", "y", "z"] {
            let content = (path + u32::from(name == "z")) % 3;
            let time = f64::from(path % 2 + u32::from(name == "y")) + 1.0;
            let row = analysis(&format!("/{path}"), &content.to_string(), name);
            new.push(row.with_created_at(at(time)));
        }
    }
    results(backend).save_many(&new).unwrap();
    let mut new = Vec::new();
    for (number, (input, output)) in [(0, 1), (1, 2), (2, 1), (1, 1), (1, 0), (2, 0), (1, 2)]
        .into_iter()
        .enumerate()
    {
        for action in ["cut", "mix"] {
            let name = format!("{action} {number}");
            let time = f64::from(u32::try_from(number).unwrap() % 4);
            let row = job(&name, action, &format!("{input}"), &format!("{output}"));
            new.push(row.with_created_at(at(time)));
        }
    }
    jobs(backend).save_many(&new).unwrap();
}

fn sorted<J: Job>(mut rows: Vec<J::Row>, id: impl Fn(&J::Row) -> i64) -> Vec<J::Row> {
    rows.sort_by_key(|row| Reverse((J::created_at(row), id(row))));
    rows
}

fn agree<J: Job>(store: &dyn JobStore<J>, filter: J::Filter, expected: &[J::Row])
where
    J::Row: PartialEq,
    J::Filter: std::fmt::Debug,
{
    let count = store.count(&filter).unwrap();
    assert_eq!(count, expected.len() as u64, "{filter:?}");
    let page = store.list(&Query::from(filter)).unwrap();
    assert_eq!(page.into_rows().unwrap(), expected);
}

fn is(wanted: Option<&str>, value: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == value)
}

fn is_between(time: Timestamp, since: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    since.is_none_or(|since| time >= since) && until.is_none_or(|until| time < until)
}
