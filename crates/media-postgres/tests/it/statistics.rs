//! Statistics: what is counted, and from what it is estimated.

use media_schema::MediaBackend;

use crate::rows::{Jobs, analyses};
use crate::support::fresh;

#[test]
fn an_empty_database_holds_nothing() {
    let Some(fresh) = fresh() else { return };
    let statistics = fresh.database.statistics().unwrap();
    assert_eq!((statistics.analyses.rows, statistics.jobs.rows), (0, 0));
    assert_eq!((statistics.files, statistics.contents), (0, 0));
    assert_eq!(statistics.analyses.oldest, None);
    assert_eq!(statistics.audit, None);
    assert!(statistics.space.database_bytes > 8192);
    assert_eq!(statistics.space.log_bytes, None);
}

#[test]
fn rows_are_counted_and_their_json_is_estimated() {
    let Some(fresh) = fresh() else { return };
    Jobs {
        numbers: "1, 5000",
        input: "n",
        output: "n + 1",
    }
    .make(&fresh);
    analyses(&fresh, "1, 10");
    // Gaps between the numbers of rows, a time that is none, a long text.
    fresh.run(
        "DELETE FROM processing_jobs WHERE id BETWEEN 1000 AND 2000;
         UPDATE processing_jobs SET metadata = '{\"n\":12345}';
         UPDATE processing_jobs SET created_at = 'infinity' WHERE id = 5000;
         UPDATE processing_jobs SET created_at = 'NaN', action = 'a' WHERE id = 1;
         UPDATE analysis_jobs SET ranges = '[' || repeat(' ', 100000) || ']'",
    );
    let statistics = fresh.database.statistics().unwrap();
    let seconds = |time: Option<media_schema::Timestamp>| time.unwrap().as_unix_seconds();
    let jobs = statistics.jobs;
    assert_eq!(jobs.rows, 3999);
    assert_eq!(seconds(jobs.oldest).to_bits(), 2_f64.to_bits());
    assert_eq!(seconds(jobs.newest).to_bits(), 4999_f64.to_bits());
    assert_eq!(jobs.json_bytes, 3999 * 11);
    assert_eq!(statistics.analyses.json_bytes, 10 * 100_002);
    // Of the jobs 1..=999 and 2001..=5000, each with two paths.
    assert_eq!(statistics.files, 1000 + 3001);
    assert_eq!(statistics.contents, statistics.files);
    let actions = statistics.actions;
    assert_eq!(actions.total, 2);
    let top: Vec<_> = actions
        .top
        .iter()
        .map(|group| (group.name.as_str(), group.rows, group.newest.is_some()))
        .collect();
    assert_eq!(top, [("convert", 3998, true), ("a", 1, false)]);
}
