//! A row that is longer than is read hides no other.

use media_schema::{ColumnError, NewAnalysis, Query, RowError, StoreError};

use crate::{analysis, config, fresh};

const LEN: u32 = (256 << 20) + 1;

fn assert_too_long(error: &RowError) {
    assert_eq!((error.row.as_str(), error.column), ("2", "ranges"));
    assert!(
        matches!(error.reason, ColumnError::TooLong { len, .. } if len == u64::from(LEN)),
        "{error:?}"
    );
}

#[test]
fn a_row_that_is_too_long_to_read_is_its_own_error() {
    let store = fresh();
    let news: Vec<NewAnalysis> = (1..=3)
        .map(|number| analysis(format!("/{number}"), "x", "a"))
        .collect();
    store.storage.save_many(&news).unwrap();
    // Zeros, which a database does not keep on disk any shorter.
    store
        .stranger()
        .execute(
            "UPDATE analysis_jobs SET ranges = CAST(zeroblob(?1) AS TEXT) WHERE id = 2",
            [LEN],
        )
        .unwrap();

    let page = store.storage.list_jobs(&Query::default()).unwrap();
    let [good, bad, other] = page.rows.try_into().unwrap();
    assert_eq!((good.unwrap().id, other.unwrap().id), (3, 1));
    assert_too_long(&bad.unwrap_err());

    let StoreError::Row(error) = store.storage.get_cached("/2", config("a")).unwrap_err() else {
        panic!("not the row's error");
    };
    assert_too_long(&error);
    // Saving it anew mends it.
    store.storage.save(&news[1]).unwrap();
    let row = store.storage.get_cached("/2", config("a")).unwrap();
    assert_eq!(row.unwrap().id, 2);
}
