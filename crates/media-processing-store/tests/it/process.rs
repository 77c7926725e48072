//! Asking once for an output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use media_hash::{Sha256, hash_bytes};
use media_processing_store::{
    MediaProcessingStorage, Outcome, ProcessError, ProcessOptions, Processed, Reason, Recipe,
};
use media_schema::ProcessingFilter;
use serde_json::{Value, json};

use crate::{Fresh, fresh, python_file};

impl Fresh {
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn input(&self) -> PathBuf {
        let input = self.at("in.txt");
        fs::write(&input, "abc").unwrap();
        input
    }

    pub(crate) fn jobs(&self) -> u64 {
        self.storage.count(&ProcessingFilter::default()).unwrap()
    }

    /// What lies in the folder, but for the database's files.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with("media.db"))
            .collect();
        names.sort();
        names
    }
}

/// Turns a text's letters into upper case, and says how many bytes it has.
pub(crate) fn shout(input: &Path, output: &Path) -> io::Result<Value> {
    let text = fs::read_to_string(input)?.to_uppercase();
    fs::write(output, &text)?;
    Ok(json!({"bytes": text.len()}))
}

pub(crate) fn recipe<'a>(
    input: &'a Path,
    output: &'a Path,
    parameters: &'a Value,
) -> Recipe<'a, Value> {
    Recipe {
        action: "shout",
        input,
        output,
        parameters,
    }
}

pub(crate) fn ask_for(
    storage: &MediaProcessingStorage,
    input: &Path,
    output: &Path,
    parameters: &Value,
) -> Processed {
    let recipe = recipe(input, output, parameters);
    storage.get_or_process(&recipe, shout).unwrap()
}

pub(crate) fn ask(store: &Fresh, input: &Path, output: &Path) -> Processed {
    ask_for(&store.storage, input, output, &json!({"loud": true}))
}

/// Asks with a processor that must not be run.
pub(crate) fn refused(store: &Fresh, input: &Path, output: &Path) -> ProcessError<io::Error> {
    let parameters = json!({});
    let never = |_: &Path, _: &Path| -> io::Result<()> { panic!("it was run") };
    let recipe = recipe(input, output, &parameters);
    store.storage.get_or_process(&recipe, never).unwrap_err()
}

pub(crate) fn made(reason: Reason) -> Outcome {
    Outcome::Made(reason)
}

#[test]
fn an_output_is_made_once() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let first = ask(&store, &input, &output);
    assert_eq!(first.outcome, made(Reason::New));
    assert_eq!(fs::read(&output).unwrap(), b"ABC");
    let row = &first.row;
    assert_eq!(row.action, "shout");
    assert_eq!(row.input_path, input.to_str().unwrap());
    assert_eq!(row.input_hash, hash_bytes::<Sha256>("abc"));
    assert_eq!(row.output_path, output.to_str().unwrap());
    assert_eq!(row.output_hash, hash_bytes::<Sha256>("ABC"));
    assert_eq!(
        row.parameters.as_ref().unwrap().as_str(),
        r#"{"loud":true}"#
    );
    assert_eq!(row.metadata_as().unwrap(), Some(json!({"bytes": 3})));

    let second = ask(&store, &input, &output);
    assert_eq!(second.outcome, Outcome::Reused);
    assert_eq!(second.row, first.row);
    assert_eq!(store.jobs(), 1);
    assert_eq!(store.names(), ["in.txt", "out.txt"]);
}

#[test]
fn why_it_was_made() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    assert_eq!(ask(&store, &input, &output).outcome, made(Reason::New));

    fs::write(&output, "ABD").unwrap();
    assert_eq!(
        ask(&store, &input, &output).outcome,
        made(Reason::OutputChanged)
    );
    fs::remove_file(&output).unwrap();
    assert_eq!(
        ask(&store, &input, &output).outcome,
        made(Reason::OutputMissing)
    );
    store
        .stranger()
        .execute_batch("UPDATE processing_jobs SET output_hash = 'md4:00'")
        .unwrap();
    assert_eq!(
        ask(&store, &input, &output).outcome,
        made(Reason::Unverifiable)
    );

    let other = ask_for(&store.storage, &input, &output, &json!({"loud": false}));
    assert_eq!(other.outcome, made(Reason::OtherParameters));
    fs::write(&input, "abcd").unwrap();
    assert_eq!(
        ask(&store, &input, &output).outcome,
        made(Reason::InputChanged)
    );
    assert_eq!(fs::read(&output).unwrap(), b"ABCD");

    let parameters = json!({"loud": true});
    let options = ProcessOptions {
        force: true,
        ..ProcessOptions::default()
    };
    let recipe = recipe(&input, &output, &parameters);
    let forced = store.storage.get_or_process_with(&recipe, options, shout);
    assert_eq!(forced.unwrap().outcome, made(Reason::Forced));
    assert_eq!(store.jobs(), 7);
}

#[test]
fn wherever_the_input_lies() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let first = ask(&store, &input, &output);
    let moved = store.at("moved.txt");
    fs::rename(&input, &moved).unwrap();
    let second = ask(&store, &moved, &output);
    assert_eq!((second.outcome, second.row), (Outcome::Reused, first.row));
}

#[test]
fn an_output_elsewhere_is_copied() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let first = ask(&store, &input, &output);
    let other = store.at("other.txt");
    fs::write(&other, "older").unwrap();
    let parameters = json!({"loud": true});
    let never = |_: &Path, _: &Path| -> io::Result<()> { panic!("it was run") };
    let recipe = recipe(&input, &other, &parameters);
    let copied = store.storage.get_or_process(&recipe, never).unwrap();
    let from = output.to_str().unwrap();
    assert_eq!(copied.outcome, Outcome::Copied { from: from.into() });
    assert_eq!(copied.outcome.as_str(), "cached");
    assert_eq!(copied.outcome.reason(), format!("copied from {from}"));
    assert_eq!(fs::read(&other).unwrap(), b"ABC");
    assert_ne!(copied.row.job_id, first.row.job_id);
    assert_eq!(copied.row.output_path, other.to_str().unwrap());
    assert_eq!(copied.row.output_hash, first.row.output_hash);
    assert_eq!(copied.row.metadata, first.row.metadata);
    assert_eq!(copied.row.parameters, first.row.parameters);

    // Each is found at its place from now on.
    for place in [&output, &other] {
        assert_eq!(ask(&store, &input, place).outcome, Outcome::Reused);
    }
    assert_eq!(store.jobs(), 2);
    assert_eq!(store.names(), ["in.txt", "other.txt", "out.txt"]);
}

#[test]
fn one_place_has_many_spellings() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    ask(&store, &input, &output);
    fs::create_dir(store.at("folder")).unwrap();
    let spelt = store.at("folder/../out.txt");
    assert_eq!(ask(&store, &input, &spelt).outcome, Outcome::Reused);
    assert_eq!(store.jobs(), 1);
}

#[test]
fn the_path_to_write_to_is_free_and_has_the_outputs_name() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    fs::write(&output, "older").unwrap();
    let recipe = Recipe {
        action: "touch",
        input: &input,
        output: &output,
        parameters: &(),
    };
    let answer = store.storage.get_or_process(&recipe, |input, path| {
        assert!(!path.exists());
        assert_eq!(path.file_name(), output.file_name());
        assert_eq!(path.parent().unwrap().parent(), output.parent());
        fs::write(path.with_extension("log"), "what programs leave behind")?;
        fs::copy(input, path).map(drop)
    });
    let row = answer.unwrap().row;
    assert_eq!((row.parameters, row.metadata), (None, None));
    assert_eq!(store.names(), ["in.txt", "out.txt"]);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_outputs_place_is_replaced_and_not_followed() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    fs::write(store.at("kept.txt"), "kept").unwrap();
    std::os::unix::fs::symlink(store.at("kept.txt"), &output).unwrap();
    ask(&store, &input, &output);
    assert_eq!(fs::read(store.at("kept.txt")).unwrap(), b"kept");
    assert!(fs::symlink_metadata(&output).unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn an_output_has_the_rights_that_the_processor_gave_it() {
    use std::os::unix::fs::PermissionsExt;

    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    fs::write(store.at("any.txt"), "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    ask(&store, &input, &output);
    assert_eq!(mode(&output), mode(&store.at("any.txt")));

    let (parameters, output) = (json!({}), store.at("read only.txt"));
    let answer =
        store
            .storage
            .get_or_process(&recipe(&input, &output, &parameters), |input, output| {
                shout(input, output)?;
                fs::set_permissions(output, fs::Permissions::from_mode(0o440))
            });
    answer.unwrap();
    assert_eq!(mode(&output) & 0o777, 0o440);
}

#[test]
fn one_step_may_ask_for_another() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let middle = store.at("middle.txt");
    let parameters = json!({});
    let outer = Recipe {
        action: "outer",
        ..recipe(&input, &output, &parameters)
    };
    let inner = recipe(&input, &middle, &parameters);
    let answer = store.storage.get_or_process(&outer, |_, output| {
        let made = store.storage.get_or_process(&inner, shout).unwrap();
        fs::copy(&made.row.output_path, output).map(drop)
    });
    assert_eq!(answer.unwrap().outcome, made(Reason::New));
    assert_eq!(
        ask_for(&store.storage, &input, &middle, &parameters).outcome,
        Outcome::Reused
    );
    assert_eq!(store.jobs(), 2);
}

/// Waits until the file system's clock has left the file's times behind.
#[cfg(unix)]
fn settle(path: &Path) {
    let fingerprint = media_hash::Fingerprint::of_path(path).unwrap();
    while !fingerprint.is_settled(std::time::SystemTime::now()) {
        std::thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn what_lies_still_is_not_read() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    settle(&input);
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let parameters = json!({});
    let ask = || {
        let options = ProcessOptions {
            progress: Some(&progress),
            ..ProcessOptions::default()
        };
        let recipe = recipe(&input, &output, &parameters);
        let answer = store.storage.get_or_process_with(&recipe, options, shout);
        (answer.unwrap().outcome, read.swap(0, Ordering::Relaxed))
    };
    // The input before, the output after.
    assert_eq!(ask(), (made(Reason::New), 6));
    settle(&output);
    // Moving it has set its time of change.
    assert_eq!(ask(), (Outcome::Reused, 3));
    assert_eq!(ask(), (Outcome::Reused, 0));

    // Looking without asking remembers what it read, too.
    let known = || {
        let sql = "SELECT count(*) FROM file_hashes";
        let count = store.stranger().query_row(sql, [], |row| row.get(0));
        count.unwrap_or(0_i64)
    };
    let content = hash_bytes::<Sha256>("abc");
    let forget = || {
        store
            .stranger()
            .execute_batch("DELETE FROM file_hashes")
            .unwrap();
    };
    forget();
    let found = store.storage.find_reusable("shout", &content, &parameters);
    assert_eq!((found.unwrap().is_some(), known()), (true, 1));
    forget();
    let wanted = [(&parameters, &output)];
    let found = store
        .storage
        .find_reusable_at("shout", &content, &wanted, None);
    assert_eq!((found.unwrap()[0].is_some(), known()), (true, 1));

    // Damage shows, with size and mtime as they were.
    let times = fs::metadata(&output).unwrap().modified().unwrap();
    let damage = |bytes: &[u8]| {
        fs::write(&output, bytes).unwrap();
        let file = fs::File::options().write(true).open(&output).unwrap();
        file.set_modified(times).unwrap();
    };
    damage(b"ABD");
    assert_eq!(ask().0, made(Reason::OutputChanged));
    let times = fs::metadata(&output).unwrap().modified().unwrap();
    settle(&output);
    assert_eq!(ask().0, Outcome::Reused);
    fs::write(&output, "A").unwrap();
    let file = fs::File::options().write(true).open(&output).unwrap();
    file.set_modified(times).unwrap();
    assert_eq!(ask().0, made(Reason::OutputChanged));
    assert_eq!(fs::read(&output).unwrap(), b"ABC");
}

#[cfg(unix)]
#[test]
fn an_input_whose_processing_failed_is_not_read_again() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    settle(&input);
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let options = ProcessOptions {
        progress: Some(&progress),
        ..ProcessOptions::default()
    };
    let parameters = json!({});
    let fail = |_: &Path, _: &Path| Err::<(), _>(io::Error::other("no encoder"));
    for _ in 0..2 {
        let recipe = recipe(&input, &output, &parameters);
        let answer = store.storage.get_or_process_with(&recipe, options, fail);
        assert!(matches!(answer, Err(ProcessError::Processor { .. })));
        assert_eq!(read.load(Ordering::Relaxed), 3);
    }
}

#[test]
fn the_second_generation_keeps_one_job_for_each_key() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let storage = MediaProcessingStorage::open(python_file(store.folder.path(), 2)).unwrap();
    let jobs = || {
        let filter = ProcessingFilter {
            action: Some("shout".into()),
            ..ProcessingFilter::default()
        };
        storage.count(&filter).unwrap()
    };
    let parameters = json!({"loud": true});
    let ask = |output: &Path| ask_for(&storage, &input, output, &parameters);
    let first = ask(&output);
    assert_eq!(first.outcome, made(Reason::New));
    assert_eq!(
        first.row.config_hash.unwrap(),
        media_hash::config_hash(&parameters).unwrap()
    );
    assert_eq!(ask(&output).outcome, Outcome::Reused);
    fs::write(&output, "ABD").unwrap();
    assert_eq!(ask(&output).outcome, made(Reason::OutputChanged));
    // A copy takes the row over; both places stay right.
    let other = store.at("other.txt");
    for place in [&other, &output, &other] {
        let answer = ask(place);
        assert!(matches!(answer.outcome, Outcome::Copied { .. }));
        assert_eq!(answer.row.output_path, place.to_str().unwrap());
        assert_eq!(ask(place).outcome, Outcome::Reused);
        assert_eq!(fs::read(place).unwrap(), b"ABC");
        assert_eq!(jobs(), 1);
    }
}
