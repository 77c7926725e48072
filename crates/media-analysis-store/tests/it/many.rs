//! Many rows at once.

use media_analysis_store::MediaAnalysisStorage;
use media_schema::{AnalysisFilter, AnalysisKey, JobStore, StoreError};

use crate::{analysis, config, fresh};

#[test]
fn rows_come_in_the_order_of_their_keys_and_a_bad_one_alone() {
    let store = fresh();
    for path in ["/a", "/b", "/c"] {
        store.storage.save(&analysis(path, path, "x")).unwrap();
    }
    store
        .stranger()
        .execute_batch("UPDATE analysis_jobs SET created_at = 'noon' WHERE file_path = '/b'")
        .unwrap();
    let config = config("x");
    let keys = ["/c", "/none", "/b", "/a", "/c"].map(|file_path| AnalysisKey {
        file_path,
        config_hash: config.as_str(),
    });
    let found = JobStore::get_many(&store.storage, &keys).unwrap();
    let paths: Vec<_> = found
        .iter()
        .map(|found| match found {
            Ok(Some(row)) => row.file_path.as_str(),
            Ok(None) => "none",
            Err(error) => error.column,
        })
        .collect();
    assert_eq!(paths, ["/c", "none", "created_at", "/a", "/c"]);
    assert!(store.storage.get_many(&[]).unwrap().is_empty());
}

#[test]
fn a_transaction_sees_its_own_rows() {
    let store = fresh();
    let database = media_sqlite::OpenOptions::new().open(store.path()).unwrap();
    let config = config("x");
    let key = AnalysisKey {
        file_path: "/a",
        config_hash: config.as_str(),
    };
    let in_transaction = |run: &dyn Fn(&MediaAnalysisStorage<&media_sqlite::Transaction<'_>>)| {
        database
            .transaction(|transaction| {
                run(&MediaAnalysisStorage::with_source(transaction)?);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    };
    in_transaction(&|storage| {
        storage.save(&analysis("/a", "1", "x")).unwrap();
        let found = storage.get_many(&[key]).unwrap();
        assert!(matches!(found[..], [Ok(Some(_))]), "{found:?}");
        storage.save(&analysis("/b", "2", "x")).unwrap();
    });
    assert_eq!(store.storage.count(&AnalysisFilter::default()).unwrap(), 2);
}
