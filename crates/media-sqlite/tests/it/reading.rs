//! Reads: as of one moment, and a page at a time.

use media_schema::{AnalysisJob, Walk};
use media_sqlite::{ConnectionSource, snapshot};

use crate::{INSERT, insert, stranger, with_tables};

#[test]
fn a_snapshot_does_not_see_what_is_written_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    let count = |connection: &rusqlite::Connection| {
        let sql = "SELECT count(*) FROM analysis_jobs";
        connection.query_row(sql, [], |row| row.get::<_, i64>(0))
    };
    let counted = database.read("count", |connection| {
        let before = snapshot(connection, |connection| {
            let first = count(connection)?;
            stranger(&path).execute(INSERT, ["/a"])?;
            Ok([first, count(connection)?])
        })?;
        Ok((before, count(connection)?))
    });
    assert_eq!(counted.unwrap(), ([0, 0], 1));
}

#[test]
fn a_page_holds_few_rows_if_they_are_long() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    let long = "/".repeat(3 << 20);
    for path in ["a", "b", "c"] {
        insert(&database, &format!("{path}{long}")).unwrap();
    }
    let mut walk = Walk::default();
    let mut pages = Vec::new();
    loop {
        let page = walk.next::<AnalysisJob>(&database).unwrap();
        if page.is_empty() {
            break;
        }
        pages.push(page.iter().map(|walked| walked.id).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec![1, 2], vec![3]]);
}
