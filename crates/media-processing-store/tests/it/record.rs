//! Recording and finding again.

use std::sync::Barrier;
use std::thread;

use media_schema::{
    JobStore, NewProcessing, ProcessingFilter, ProcessingJob, ProcessingKey, Query, Saved,
    StoreError,
};
use proptest::prelude::*;
use serde_json::json;

use crate::{content, fresh, job};

#[test]
fn a_conversion_and_a_cut() {
    let store = fresh();
    let conversion = job(
        "job_conv_001",
        "convert",
        "/tmp/source.mkv",
        "/tmp/output.mp4",
    )
    .with_parameters(&json!({"output_format": "mp4", "codec": "h264"}))
    .unwrap()
    .with_metadata(&json!({"duration": 120.5}))
    .unwrap();
    let cut = job(
        "job_ext_001",
        "extract_segment",
        "/tmp/source.mkv",
        "/tmp/segment.wav",
    )
    .with_parameters(&json!({"start": 10.0, "end": 20.0}))
    .unwrap();
    assert_eq!(store.storage.save(&conversion).unwrap(), Saved::Inserted);
    assert_eq!(store.storage.save(&cut).unwrap(), Saved::Inserted);

    let row = store
        .storage
        .get_by_job_id("job_conv_001")
        .unwrap()
        .unwrap();
    assert_eq!(row.action, "convert");
    assert_eq!(row.input_hash, content("/tmp/source.mkv"));
    assert_eq!(
        row.parameters_as().unwrap(),
        Some(json!({"output_format": "mp4", "codec": "h264"}))
    );
    assert_eq!(row.metadata_as().unwrap(), Some(json!({"duration": 120.5})));
    assert_eq!(row.config_hash, None);

    let rows = store
        .storage
        .list_jobs(&Query::default())
        .unwrap()
        .into_rows()
        .unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.job_id.as_str()).collect();
    assert_eq!(names, ["job_ext_001", "job_conv_001"]);
    assert!(store.storage.get_by_job_id("job_none").unwrap().is_none());
}

#[test]
fn a_name_is_taken_once_and_the_first_record_stays() {
    let store = fresh();
    store
        .storage
        .save(&job("j", "convert", "/a", "/b"))
        .unwrap();
    let first = store.storage.get_by_job_id("j").unwrap().unwrap();
    for again in [job("j", "convert", "/a", "/b"), job("j", "cut", "/c", "/d")] {
        let error = store.storage.save(&again).unwrap_err();
        let StoreError::Conflict { job_id, database } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(job_id, "j");
        assert_eq!(database, store.path().to_str().unwrap());
    }
    assert_eq!(store.storage.get_by_job_id("j").unwrap().unwrap(), first);

    // The same work under another name is another record.
    store
        .storage
        .save(&job("k", "convert", "/a", "/b"))
        .unwrap();
    assert_eq!(
        store.storage.count(&ProcessingFilter::default()).unwrap(),
        2
    );
}

#[test]
fn many_are_recorded_together_or_not_at_all() {
    let store = fresh();
    let batch: Vec<_> = (0..100)
        .map(|number| job(&format!("j{number}"), "cut", "/a", "/b"))
        .collect();
    assert_eq!(
        store.storage.save_many(&batch).unwrap(),
        [Saved::Inserted; 100]
    );

    let batch = [job("new", "cut", "/a", "/b"), job("j7", "cut", "/a", "/b")];
    let error = store.storage.save_many(&batch).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { job_id, .. } if job_id == "j7"));
    assert!(store.storage.get_by_job_id("new").unwrap().is_none());
}

#[test]
fn of_threads_that_race_for_a_name_one_wins() {
    let store = fresh();
    let start = Barrier::new(8);
    let won = thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let (storage, start) = (&store.storage, &start);
                scope.spawn(move || {
                    let new = job("j", "cut", &format!("/{racer}"), "/b");
                    start.wait();
                    match storage.save(&new) {
                        Ok(_) => Some(racer),
                        Err(StoreError::Conflict { .. }) => None,
                        Err(other) => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        racers
            .into_iter()
            .filter_map(|racer| racer.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(won.len(), 1);
    let row = store.storage.get_by_job_id("j").unwrap().unwrap();
    assert_eq!(row.input_path, format!("/{}", won[0]));
}

#[test]
fn removing_and_the_contract_behind_a_pointer() {
    let store = fresh();
    let any: Box<dyn JobStore<ProcessingJob>> = Box::new(store.storage);
    any.save(&job("j", "cut", "/a", "/b")).unwrap();
    let key = ProcessingKey { job_id: "j" };
    assert_eq!(any.get(key).unwrap().unwrap().output_path, "/b");
    assert!(any.remove(key).unwrap());
    assert!(!any.remove(key).unwrap());
}

#[test]
fn values_that_no_column_takes() {
    let hash = || content("x");
    assert!(NewProcessing::new("a\0b", "cut", ("/a", hash()), ("/b", hash())).is_err());
    assert!(NewProcessing::new("j", "c\0t", ("/a", hash()), ("/b", hash())).is_err());
    assert!(NewProcessing::new("j", "cut", ("/a\0", hash()), ("/b", hash())).is_err());
    assert!(NewProcessing::new("j", "cut", ("/a", hash()), ("/b\0", hash())).is_err());
    let new = || job("j", "cut", "/a", "/b");
    assert!(new().with_parameters(&[1, 2]).is_err());
    assert!(new().with_parameters_json("[]").is_err());
    assert!(new().with_metadata_json("{\"a\": NaN}").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_recorded_comes_back(
        texts in prop::array::uniform4("[^\\x00]*"),
        parameters in prop::option::of(prop::collection::btree_map(
            any::<String>(),
            any::<f64>().prop_filter("finite", |float| float.is_finite()),
            0..5,
        )),
        metadata in prop::option::of(prop::collection::btree_map(any::<String>(), any::<i64>(), 0..5)),
    ) {
        let store = fresh();
        let [job_id, action, input, output] = &texts;
        let mut new = NewProcessing::new(
            job_id, action, (input, content(input)), (output, content(output)),
        ).unwrap();
        if let Some(parameters) = &parameters {
            new = new.with_parameters(parameters).unwrap();
        }
        if let Some(metadata) = &metadata {
            new = new.with_metadata(metadata).unwrap();
        }
        store.storage.save(&new).unwrap();
        let row = store.storage.get_by_job_id(job_id).unwrap().unwrap();
        prop_assert_eq!([&row.job_id, &row.action, &row.input_path, &row.output_path], [job_id, action, input, output]);
        prop_assert_eq!(&row.input_hash, &content(input));
        prop_assert_eq!(&row.output_hash, &content(output));
        prop_assert_eq!(row.parameters_as().unwrap(), parameters);
        prop_assert_eq!(row.metadata_as().unwrap(), metadata);
    }
}
