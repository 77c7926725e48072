//! The front door for outputs, on any backend.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use media_processing_store::{
    MediaProcessingStorage, Outcome, ProcessError, ProcessOptions, Processed, Reason, Recipe,
};
use media_schema::{ProcessingBackend, ProcessingFilter, Query};

use crate::home::Home;
use crate::samples::sha;
use crate::{Fixture, Suite};

/// Asks for `output` to be what `input` says, in capitals, with a suffix.
fn shout<B: ProcessingBackend + Sync>(
    store: &MediaProcessingStorage<B>,
    home: &Home,
    (input, output): (&str, &str),
    suffix: &str,
    options: ProcessOptions<'_>,
) -> Processed {
    let recipe = Recipe {
        action: "shout",
        input: &home.path(input),
        output: &home.path(output),
        parameters: &BTreeMap::from([("suffix", suffix)]),
    };
    let answer = store.get_or_process_with(&recipe, options, |input, output| {
        let text = fs::read_to_string(input)?.to_uppercase();
        fs::write(output, text + suffix)
    });
    answer.unwrap()
}

/// An output that lies intact at its place is left there, by whatever handle it
/// is asked for; one that lies elsewhere is copied, and recorded.
pub fn made_once_then_reused_and_copied<F: Fixture>(suite: &Suite<F>) {
    let (place, home) = (suite.create(), Home::new());
    home.write("in", "hello");
    let one = MediaProcessingStorage::with_source(place.open()).unwrap();
    let other = MediaProcessingStorage::with_source(place.open()).unwrap();
    let plain = ProcessOptions::default;
    let made = shout(&one, &home, ("in", "out"), "!", plain());
    assert_eq!(made.outcome, Outcome::Made(Reason::New));
    assert_eq!(fs::read_to_string(home.path("out")).unwrap(), "HELLO!");
    assert_eq!(made.row.output_hash, sha("HELLO!"));
    for store in [&one, &other] {
        let again = shout(store, &home, ("in", "out"), "!", plain());
        assert_eq!((again.outcome, &again.row), (Outcome::Reused, &made.row));
    }
    let copied = shout(&other, &home, ("in", "copy"), "!", plain());
    let from = home.text("out");
    assert_eq!(copied.outcome, Outcome::Copied { from });
    assert_eq!(fs::read_to_string(home.path("copy")).unwrap(), "HELLO!");
    assert_ne!(copied.row.job_id, made.row.job_id);
    assert_eq!(other.count(&ProcessingFilter::default()).unwrap(), 2);
}

/// What does not hold any more is made anew, and the reason is said.
pub fn what_does_not_hold_is_made<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    home.write("in", "hello");
    let store = MediaProcessingStorage::with_source(suite.open()).unwrap();
    let ask = |suffix: &str, options: ProcessOptions<'_>| {
        let answer = shout(&store, &home, ("in", "out"), suffix, options);
        let Outcome::Made(reason) = answer.outcome else {
            panic!("{answer:?}");
        };
        reason
    };
    let plain = ProcessOptions::default;
    assert_eq!(ask("!", plain()), Reason::New);
    assert_eq!(ask("?", plain()), Reason::OtherParameters);
    home.write("out", "damaged");
    assert_eq!(ask("?", plain()), Reason::OutputChanged);
    fs::remove_file(home.path("out")).unwrap();
    assert_eq!(ask("?", plain()), Reason::OutputMissing);
    home.write("in", "good bye");
    assert_eq!(ask("?", plain()), Reason::InputChanged);
    let force = ProcessOptions {
        force: true,
        ..plain()
    };
    assert_eq!(ask("?", force), Reason::Forced);
    let count = store.count(&ProcessingFilter::default()).unwrap();
    assert_eq!(count, 6);
}

/// If the processor fails nothing is recorded, and nothing is at the place.
pub fn a_failure_records_nothing<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    home.write("in", "hello");
    let store = MediaProcessingStorage::with_source(suite.open()).unwrap();
    let recipe = Recipe {
        action: "fail",
        input: &home.path("in"),
        output: &home.path("out"),
        parameters: &(),
    };
    let failed = store.get_or_process(&recipe, |_, output| {
        fs::write(output, "half")?;
        Err::<(), _>(io::Error::other("broken"))
    });
    let error = failed.unwrap_err();
    assert!(matches!(error, ProcessError::Processor { .. }), "{error:?}");
    assert_eq!(store.count(&ProcessingFilter::default()).unwrap(), 0);
    assert!(!home.path("out").exists());
}

/// The newest job whose output still holds is found, by parameters that may be
/// written otherwise.
pub fn the_reusable_job_is_found<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    home.write("in", "hello");
    let store = MediaProcessingStorage::with_source(suite.open()).unwrap();
    let plain = ProcessOptions::default;
    let first = shout(&store, &home, ("in", "out"), "!", plain());
    let copy = shout(&store, &home, ("in", "copy"), "!", plain());
    let content = sha("hello");
    let find = |suffix: &str| {
        let parameters = BTreeMap::from([("suffix", suffix)]);
        let found = store.find_reusable("shout", &content, &parameters);
        found.unwrap()
    };
    assert_eq!(find("!"), Some(copy.row));
    assert_eq!(find("?"), None);
    home.write("copy", "damaged");
    assert_eq!(find("!").as_ref(), Some(&first.row));
    let places = [
        (BTreeMap::from([("suffix", "!")]), home.path("out")),
        (BTreeMap::from([("suffix", "!")]), home.path("copy")),
        (BTreeMap::from([("suffix", "?")]), home.path("out")),
    ];
    let found = store.find_reusable_at("shout", &content, &places, None);
    assert_eq!(found.unwrap(), [Some(first.row), None, None]);
    fs::remove_file(home.path("out")).unwrap();
    assert_eq!(find("!"), None);
}

/// The store verifies, lists and removes by the backend it is on.
pub fn the_store_does_the_rest<F: Fixture>(suite: &Suite<F>) {
    let home = Home::new();
    home.write("in", "hello");
    let store = MediaProcessingStorage::with_source(suite.open()).unwrap();
    let made = shout(&store, &home, ("in", "out"), "!", ProcessOptions::default());
    let job_id = &made.row.job_id;
    assert_eq!(
        store.get_by_job_id(job_id).unwrap().as_ref(),
        Some(&made.row)
    );
    assert!(store.verify_input(job_id).unwrap().unwrap().is_intact());
    home.write("out", "damaged");
    assert!(!store.verify_output(job_id).unwrap().unwrap().is_intact());
    assert!(store.verify_output("none").unwrap().is_none());
    let page = store.list_jobs(&Query::default()).unwrap();
    assert_eq!(page.into_rows().unwrap(), std::slice::from_ref(&made.row));
    assert!(store.remove(job_id).unwrap());
    assert!(!store.remove(job_id).unwrap());
}
