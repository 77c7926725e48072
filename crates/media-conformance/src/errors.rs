//! Errors are typed, and say what is at fault and where.

use std::error::Error;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{
    AnalysisBackend, AnalysisKey, Backend, FixityBackend, InvalidValue, MediaBackend,
    ProcessingBackend, ProcessingKey, Prune, Query, Scope, StoreError,
};

use crate::samples::{
    analysis, config, counts, get_analysis, get_job, job, jobs, results, rows, walk,
};
use crate::{Fixture, Suite};

/// A database that takes no writes answers every question, and refuses every
/// change with an error that names it.
pub fn read_only_it_refuses_changes<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let backend = place.open();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    jobs(&backend).save(&job("j", "cut", "a", "b")).unwrap();
    let reader = place.open_read_only();
    assert_eq!(
        get_analysis(&reader, "/a", "x"),
        get_analysis(&backend, "/a", "x")
    );
    assert_eq!(get_job(&reader, "j"), get_job(&backend, "j"));
    assert_eq!(counts(&reader), (1, 1));
    assert_eq!(reader.statistics().unwrap().files, 2);
    assert!(reader.knows_path("/a").unwrap());
    assert!(reader.knows_input("cut", "/a").unwrap());
    let page = results(&reader).list(&Query::default()).unwrap();
    assert_eq!(page.rows.len(), 1);

    let name = reader.name().into_owned();
    let refused = |what: &str, error: StoreError| {
        let StoreError::ReadOnly { database, .. } = &error else {
            panic!("{what}: {error:?}");
        };
        assert_eq!(*database, name, "{what}");
        assert!(error.to_string().contains(&name), "{what}");
    };
    let new = analysis("/b", "b", "x");
    let other = job("k", "cut", "a", "b");
    let (of_results, of_jobs) = (results(&reader), jobs(&reader));
    refused("save", of_results.save(&new).unwrap_err());
    refused("save", of_jobs.save(&other).unwrap_err());
    let batch = std::slice::from_ref(&new);
    refused("save_many", of_results.save_many(batch).unwrap_err());
    let batch = std::slice::from_ref(&other);
    refused("save_many", of_jobs.save_many(batch).unwrap_err());
    let error = reader.save_and_get(&new, &[], None).unwrap_err();
    refused("save_and_get", error);
    let error = reader.record_and_get(&other, &[], None).unwrap_err();
    refused("record_and_get", error);
    let x = config("x");
    let key = AnalysisKey {
        file_path: "/a",
        config_hash: x.as_str(),
    };
    refused("remove", of_results.remove(key).unwrap_err());
    let key = ProcessingKey { job_id: "j" };
    refused("remove", of_jobs.remove(key).unwrap_err());
    let found = rows(of_results);
    refused("import", of_results.import(&found).unwrap_err());
    let found = walk(of_jobs);
    let old = Prune {
        older_than: Some(crate::samples::at(1e300)),
        ..Prune::default()
    };
    let error = of_jobs.prune_rows(found, &old, true).unwrap_err();
    refused("prune_rows", error);
    assert_eq!(counts(&backend), (1, 1));
    // An audit has no history then, which is no error.
    let is_kept = reader.prepare_audits().unwrap();
    assert!(
        !is_kept
            || reader
                .begin_audit(Some(Scope::All), false)
                .unwrap()
                .is_none()
    );
}

/// A dry run changes nothing, and can be asked of a database that takes no
/// writes.
pub fn read_only_it_can_be_pruned_dry<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    results(&place.open())
        .save(&analysis("/a", "a", "x"))
        .unwrap();
    let reader = MediaAnalysisStorage::with_source(place.open_read_only()).unwrap();
    let dry = Prune {
        older_than: Some(crate::samples::at(1e300)),
        dry_run: true,
        ..Prune::default()
    };
    let pruned = reader.prune(&dry, |_| Ok::<_, StoreError>(())).unwrap();
    assert_eq!(pruned.rows, 1);
}

/// A conflict names the job and the database, and says what to do.
pub fn a_conflict_names_the_job<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new = job("job-1 'é'", "cut", "a", "b");
    jobs(&backend).save(&new).unwrap();
    let name = backend.name().into_owned();
    let store = MediaProcessingStorage::with_source(&backend).unwrap();
    let errors = [
        store.save(&new).unwrap_err(),
        store.save_many(std::slice::from_ref(&new)).unwrap_err(),
        backend.record_and_get(&new, &[], None).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("job-1 'é'") && text.contains(&name), "{text}");
    }
}

/// A path that no column takes is refused, with the job and the reason.
pub fn an_invalid_path_is_refused<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let store = MediaAnalysisStorage::with_source(&backend).unwrap();
    let error = store.get_cached("a\0b", config("x")).unwrap_err();
    let StoreError::Invalid { job, source } = &error else {
        panic!("{error:?}");
    };
    assert!(job.contains('a'), "{job:?}");
    assert!(matches!(source, InvalidValue::Nul { offset: 1, .. }));
    assert!(error.source().is_some());
}

/// The name of a database is a text of one line that every handle has in common
/// with all others on it.
pub fn a_database_has_a_name<F: Fixture>(suite: &Suite<F>) {
    let place = suite.create();
    let (one, other) = (place.open(), place.open());
    let name = one.name().into_owned();
    assert!(!name.is_empty() && !name.contains('\n'), "{name:?}");
    assert_eq!(other.name(), name);
    assert_eq!(place.open_read_only().name(), name);
    assert_ne!(suite.open().name(), name);
}
