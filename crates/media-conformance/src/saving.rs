//! One row at a time: saved, read, replaced, removed.

use media_schema::{AnalysisKey, ProcessingKey, Saved, StoreError, TimeRange, Timestamp};

use crate::samples::{
    analysis, at, config, counts, get_analysis, get_job, job, jobs, results, sha,
};
use crate::{Fixture, Suite};

/// A result comes back as it was saved, under its path and configuration.
pub fn a_result_comes_back<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let ranges = [TimeRange::new(0.1, 2.0, "speech")];
    let new = analysis("/a.wav", "a", "x")
        .with_ranges(&ranges)
        .and_then(|new| new.with_metadata_json(r#"{ "by": "me" }"#))
        .unwrap()
        .with_created_at(at(1_767_225_602.5));
    assert_eq!(results(&backend).save(&new).unwrap(), Saved::Inserted);
    let row = get_analysis(&backend, "/a.wav", "x").unwrap();
    assert_eq!(row.file_path, "/a.wav");
    assert_eq!(row.file_hash.as_str(), sha("a").as_str());
    assert_eq!(row.config_hash.as_str(), config("x").as_str());
    assert_eq!(row.ranges.as_ref(), new.ranges());
    assert_eq!(row.time_ranges().unwrap(), ranges);
    assert_eq!(row.metadata.as_ref().unwrap().as_str(), r#"{ "by": "me" }"#);
    assert_eq!(row.created_at, at(1_767_225_602.5));
    assert_eq!(get_analysis(&backend, "/a.wav", "y"), None);
    assert_eq!(get_analysis(&backend, "/b.wav", "x"), None);
}

/// A job comes back as it was saved, under its name.
pub fn a_job_comes_back<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new = job("job-1", "cut", "talk", "clip")
        .with_parameters_json(r#"{"end": 2, "start": 1}"#)
        .and_then(|new| new.with_metadata_json("{}"))
        .unwrap()
        .with_created_at(at(-1.25));
    assert_eq!(jobs(&backend).save(&new).unwrap(), Saved::Inserted);
    let row = get_job(&backend, "job-1").unwrap();
    assert_eq!((row.job_id.as_str(), row.action.as_str()), ("job-1", "cut"));
    assert_eq!(row.input_path, "/talk");
    assert_eq!(row.input_hash.as_str(), sha("talk").as_str());
    assert_eq!(row.output_path, "/clip");
    assert_eq!(row.output_hash.as_str(), sha("clip").as_str());
    assert_eq!(row.parameters.as_ref(), new.parameters());
    assert_eq!(row.metadata.as_ref(), new.metadata());
    assert_eq!(row.created_at, at(-1.25));
    assert_eq!(get_job(&backend, "job-2"), None);
}

/// A JSON column that was not set is not one that is empty.
pub fn nothing_is_not_empty<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    results(&backend)
        .save(&analysis("/none", "a", "x"))
        .unwrap();
    let empty = analysis("/empty", "a", "x").with_ranges(&[]).unwrap();
    let empty = empty.with_metadata_json("{}").unwrap();
    results(&backend).save(&empty).unwrap();
    let none = get_analysis(&backend, "/none", "x").unwrap();
    assert_eq!((none.ranges, none.metadata), (None, None));
    let empty = get_analysis(&backend, "/empty", "x").unwrap();
    assert_eq!(empty.ranges.unwrap().as_str(), "[]");
    assert_eq!(empty.metadata.unwrap().as_str(), "{}");

    jobs(&backend).save(&job("none", "cut", "a", "b")).unwrap();
    let empty = job("empty", "cut", "a", "b").with_parameters_json("{}");
    jobs(&backend).save(&empty.unwrap()).unwrap();
    assert_eq!(get_job(&backend, "none").unwrap().parameters, None);
    let empty = get_job(&backend, "empty").unwrap();
    assert_eq!(empty.parameters.unwrap().as_str(), "{}");
    assert_eq!(empty.metadata, None);
}

/// A result that is saved again has all of its new values, those that are not
/// set any more too, and keeps its `id`.
pub fn a_result_saved_again_keeps_its_id<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let first = analysis("/a", "a", "x").with_ranges(&[]).unwrap();
    results(&backend)
        .save(&first.with_created_at(at(5.0)))
        .unwrap();
    results(&backend).save(&analysis("/b", "b", "x")).unwrap();
    let before = get_analysis(&backend, "/a", "x").unwrap();
    let again = analysis("/a", "changed", "x")
        .with_metadata_json("{}")
        .unwrap()
        .with_created_at(at(3.0));
    assert_eq!(results(&backend).save(&again).unwrap(), Saved::Replaced);
    let after = get_analysis(&backend, "/a", "x").unwrap();
    assert_eq!(after.id, before.id);
    assert_eq!(after.file_hash.as_str(), sha("changed").as_str());
    assert_eq!(after.ranges, None);
    assert_eq!(after.metadata.unwrap().as_str(), "{}");
    assert_eq!(after.created_at, at(3.0));
    assert_eq!(counts(&backend), (2, 0));
}

/// Results are told apart by path and configuration, and by nothing else.
pub fn results_are_told_apart_by_their_key<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for (path, name) in [("/a", "x"), ("/a", "y"), ("/b", "x"), ("/b", "y")] {
        let saved = results(&backend)
            .save(&analysis(path, "same", name))
            .unwrap();
        assert_eq!(saved, Saved::Inserted, "{path} {name}");
    }
    let mut ids: Vec<_> = [("/a", "x"), ("/a", "y"), ("/b", "x"), ("/b", "y")]
        .iter()
        .map(|(path, name)| get_analysis(&backend, path, name).unwrap().id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

/// A `job_id` is taken once: the first record stays as it is, and the error
/// names the job and the database.
pub fn a_job_id_is_taken_once<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    jobs(&backend).save(&job("job-1", "cut", "a", "b")).unwrap();
    let before = get_job(&backend, "job-1");
    let error = jobs(&backend)
        .save(&job("job-1", "mix", "c", "d"))
        .unwrap_err();
    let StoreError::Conflict { job_id, database } = error else {
        panic!("{error:?}");
    };
    assert_eq!(job_id, "job-1");
    assert_eq!(database, media_schema::Backend::name(&backend));
    assert_eq!(get_job(&backend, "job-1"), before);
    assert_eq!(counts(&backend), (0, 1));
}

/// A row for which no time was set has the time of its saving.
pub fn the_time_is_that_of_saving<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let before = Timestamp::now().as_unix_seconds();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    jobs(&backend).save(&job("job-1", "cut", "a", "b")).unwrap();
    jobs(&backend)
        .save_many(&[job("job-2", "cut", "a", "b")])
        .unwrap();
    let after = Timestamp::now().as_unix_seconds();
    let times = [
        get_analysis(&backend, "/a", "x").unwrap().created_at,
        get_job(&backend, "job-1").unwrap().created_at,
        get_job(&backend, "job-2").unwrap().created_at,
    ];
    for time in times.map(Timestamp::as_unix_seconds) {
        // Whose clock it is, is the backend's choice.
        assert!((before - 5.0..=after + 5.0).contains(&time), "{time}");
    }
}

/// What is removed is gone, and nothing else is; its name is free again.
pub fn removing_removes_one_row<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for name in ["x", "y"] {
        results(&backend).save(&analysis("/a", "a", name)).unwrap();
        jobs(&backend).save(&job(name, "cut", "a", "b")).unwrap();
    }
    let hash = config("x");
    let key = AnalysisKey {
        file_path: "/a",
        config_hash: hash.as_str(),
    };
    assert!(results(&backend).remove(key).unwrap());
    assert!(!results(&backend).remove(key).unwrap());
    assert!(
        jobs(&backend)
            .remove(ProcessingKey { job_id: "x" })
            .unwrap()
    );
    assert!(
        !jobs(&backend)
            .remove(ProcessingKey { job_id: "x" })
            .unwrap()
    );
    assert_eq!(get_analysis(&backend, "/a", "x"), None);
    assert!(get_analysis(&backend, "/a", "y").is_some());
    assert!(get_job(&backend, "y").is_some());
    assert_eq!(counts(&backend), (1, 1));
    let saved = jobs(&backend).save(&job("x", "mix", "c", "d")).unwrap();
    assert_eq!(saved, Saved::Inserted);
}

/// Each new row has a higher `id` than those that were there.
pub fn ids_rise<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let mut last = (i64::MIN, i64::MIN);
    for number in 0..20 {
        let name = format!("{number}");
        results(&backend).save(&analysis(&name, "a", "x")).unwrap();
        jobs(&backend).save(&job(&name, "cut", "a", "b")).unwrap();
        let ids = (
            get_analysis(&backend, &name, "x").unwrap().id,
            get_job(&backend, &name).unwrap().id,
        );
        assert!(ids.0 > last.0 && ids.1 > last.1, "{ids:?} after {last:?}");
        // Neither a replaced row nor a refused one disturbs that.
        results(&backend).save(&analysis(&name, "b", "x")).unwrap();
        jobs(&backend)
            .save(&job(&name, "cut", "a", "b"))
            .unwrap_err();
        last = ids;
    }
}

/// What is saved and read back in one call is what a look-up finds.
pub fn saved_and_read_back<F: Fixture>(suite: &Suite<F>) {
    use media_schema::{AnalysisBackend, ProcessingBackend};
    let backend = suite.open();
    let new = analysis("/a", "a", "x").with_created_at(at(1.5));
    let (row, saved) = backend.save_and_get(&new, &[], None).unwrap();
    assert_eq!(saved, Saved::Inserted);
    assert_eq!(get_analysis(&backend, "/a", "x").as_ref(), Some(&row));
    let again = analysis("/a", "b", "x");
    let (replaced, saved) = backend.save_and_get(&again, &[], None).unwrap();
    assert_eq!((saved, replaced.id), (Saved::Replaced, row.id));
    assert_eq!(get_analysis(&backend, "/a", "x"), Some(replaced));

    let new = job("job-1", "cut", "a", "b").with_parameters_json("{ }");
    let new = new.unwrap();
    let (row, saved) = backend.record_and_get(&new, &[], None).unwrap();
    assert_eq!(saved, Saved::Inserted);
    assert_eq!(row.parameters.as_ref().unwrap().as_str(), "{ }");
    assert_eq!(get_job(&backend, "job-1"), Some(row));
    let error = backend.record_and_get(&new, &[], None).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

/// What one handle has saved, every other sees at once.
pub fn handles_see_each_other<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let (one, other) = (place.open(), place.open());
    for number in 0..10 {
        let name = format!("{number}");
        results(&one).save(&analysis(&name, "a", "x")).unwrap();
        assert!(get_analysis(&other, &name, "x").is_some());
        jobs(&other).save(&job(&name, "cut", "a", "b")).unwrap();
        assert!(get_job(&one, &name).is_some());
    }
    let row = get_analysis(&one, "3", "x");
    drop(one);
    assert_eq!(get_analysis(&place.open(), "3", "x"), row);
}

/// A table that is there is left as it is.
pub fn making_a_table_twice_changes_nothing<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    let row = get_analysis(&backend, "/a", "x");
    drop(place.open());
    assert_eq!(get_analysis(&backend, "/a", "x"), row);
}
