//! Outputs that cannot be made: nothing is put in their place or recorded.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use media_processing_store::{ProcessError, ProcessOptions, Reason, Recipe};
use serde_json::json;

use crate::fresh;
use crate::process::{made, recipe, refused, shout};

#[test]
fn what_fails_leaves_nothing() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    fs::write(&output, "older").unwrap();
    let parameters = json!({});
    let recipe = recipe(&input, &output, &parameters);
    let run = |process: fn(&Path) -> io::Result<()>| {
        let answer = store
            .storage
            .get_or_process(&recipe, |_, output| process(output));
        assert_eq!(fs::read(&output).unwrap(), b"older");
        assert_eq!(store.names(), ["in.txt", "out.txt"]);
        let error = answer.unwrap_err();
        assert!(error.to_string().contains("out.txt"), "{error}");
        error
    };
    let failed = run(|output| {
        fs::write(output, "half")?;
        Err(io::Error::other("failed"))
    });
    assert!(
        matches!(failed, ProcessError::Processor { .. }),
        "{failed:?}"
    );
    let nothing = run(|_| Ok(()));
    assert!(
        matches!(nothing, ProcessError::NothingWritten { .. }),
        "{nothing:?}"
    );
    let folder = run(|output| fs::create_dir(output));
    assert!(
        matches!(folder, ProcessError::WroteNoFile { .. }),
        "{folder:?}"
    );
    #[cfg(unix)]
    {
        let link = run(|output| std::os::unix::fs::symlink("/dev/zero", output));
        assert!(matches!(link, ProcessError::WroteNoFile { .. }), "{link:?}");
        // Made in a hidden folder beside both.
        let link = run(|output| fs::hard_link(output.with_file_name("../in.txt"), output));
        assert!(
            link.to_string().starts_with("another name for the input"),
            "{link}"
        );
    }
    // Metadata that no column takes is refused before the output is moved.
    let numbers = store.storage.get_or_process(&recipe, |input, output| {
        shout(input, output).map(|_| [1, 2])
    });
    assert!(matches!(numbers, Err(ProcessError::Invalid { .. })));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store
            .storage
            .get_or_process(&recipe, |_, output| -> io::Result<()> {
                fs::write(output, "half").unwrap();
                panic!("as it was told")
            })
    }));
    assert!(panicked.is_err());
    assert_eq!(fs::read(&output).unwrap(), b"older");
    assert_eq!(store.names(), ["in.txt", "out.txt"]);
    assert_eq!(store.jobs(), 0);

    // And it does not keep the next one waiting.
    let answer = store.storage.get_or_process(&recipe, shout).unwrap();
    assert_eq!(answer.outcome, made(Reason::New));
}

#[test]
fn a_folder_that_goes_meanwhile_is_not_the_processors_fault() {
    let store = fresh();
    let (input, folder) = (store.input(), store.at("folder"));
    fs::create_dir(&folder).unwrap();
    let (output, parameters) = (folder.join("out.txt"), json!({}));
    let recipe = recipe(&input, &output, &parameters);
    let answer = store.storage.get_or_process(&recipe, |input, output| {
        shout(input, output)?;
        fs::remove_dir_all(&folder)
    });
    assert!(matches!(answer, Err(ProcessError::Write { .. })));
    assert_eq!(store.jobs(), 0);
}

#[test]
fn an_input_that_changes_meanwhile_is_an_error() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let parameters = json!({});
    let answer =
        store
            .storage
            .get_or_process(&recipe(&input, &output, &parameters), |input, output| {
                let metadata = shout(input, output)?;
                fs::write(input, "abd")?;
                Ok::<_, io::Error>(metadata)
            });
    assert!(matches!(answer, Err(ProcessError::InputChanged { .. })));
    assert!(!output.exists());
    assert_eq!(store.jobs(), 0);
}

/// Metadata whose writing tells that the output has been hashed.
struct Late(PathBuf);

impl serde::Serialize for Late {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fs::write(&self.0, "more of it").unwrap();
        serializer.serialize_unit()
    }
}

#[test]
fn an_output_that_is_still_being_written_is_an_error() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let parameters = json!({});
    let answer = store
        .storage
        .get_or_process(&recipe(&input, &output, &parameters), |input, output| {
            shout(input, output).map(|_| Late(output.to_owned()))
        });
    assert!(matches!(answer, Err(ProcessError::StillWritten { .. })));
    assert_eq!(store.names(), ["in.txt"]);
    assert_eq!(store.jobs(), 0);
}

#[test]
fn places_that_are_refused_before_anything_runs() {
    let store = fresh();
    let input = store.input();
    let over = |output: &Path| {
        let error = refused(&store, &input, output);
        matches!(error, ProcessError::OverInput { .. })
    };
    assert!(over(&input));
    fs::create_dir(store.at("folder")).unwrap();
    assert!(over(&store.at("folder/../in.txt")));
    #[cfg(unix)]
    {
        fs::hard_link(&input, store.at("hard link.txt")).unwrap();
        assert!(over(&store.at("hard link.txt")));
        std::os::unix::fs::symlink(&input, store.at("link.txt")).unwrap();
        assert!(over(&store.at("link.txt")));
        let database = refused(&store, &input, &store.path());
        assert!(
            matches!(database, ProcessError::InUse { .. }),
            "{database:?}"
        );
    }
    for no_file in [
        store.at("folder"),
        store.at(".."),
        PathBuf::from("/"),
        store.at("new/"),
    ] {
        let error = refused(&store, &input, &no_file);
        assert!(matches!(error, ProcessError::NotAFile { .. }), "{error:?}");
    }
    for nowhere in ["none/out.txt", "in.txt/out.txt"] {
        let error = refused(&store, &input, &store.at(nowhere));
        assert!(matches!(error, ProcessError::NoFolder { .. }), "{error:?}");
        assert!(error.to_string().contains("create it"), "{error}");
    }
    let missing = refused(&store, &store.at("none.txt"), &store.at("out.txt"));
    assert!(matches!(missing, ProcessError::File(_)), "{missing:?}");

    let output = store.at("out.txt");
    let list = Recipe {
        action: "cut",
        input: &input,
        output: &output,
        parameters: &[1, 2],
    };
    let answer = store
        .storage
        .get_or_process(&list, |_, _| -> io::Result<()> { panic!("it was run") });
    assert!(matches!(answer, Err(ProcessError::Invalid { .. })));
    assert_eq!(store.jobs(), 0);
}

#[test]
fn it_is_stopped_while_it_hashes() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let (parameters, cancel) = (json!({}), AtomicBool::new(false));
    let options = ProcessOptions {
        cancel: Some(&cancel),
        ..ProcessOptions::default()
    };
    let recipe = recipe(&input, &output, &parameters);
    let stopped = store
        .storage
        .get_or_process_with(&recipe, options, |input, output| {
            cancel.store(true, Ordering::Relaxed);
            shout(input, output)
        });
    assert!(matches!(stopped, Err(ProcessError::File(_))), "{stopped:?}");
    assert_eq!(store.names(), ["in.txt"]);
    assert_eq!(store.jobs(), 0);
}

#[test]
fn a_save_that_fails_says_that_the_output_is_there() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    store
        .stranger()
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON processing_jobs
             BEGIN SELECT RAISE(ABORT, 'refused'); END",
        )
        .unwrap();
    let parameters = json!({});
    let answer = store
        .storage
        .get_or_process(&recipe(&input, &output, &parameters), shout);
    let error = answer.unwrap_err();
    assert!(
        matches!(error, ProcessError::NotRecorded { .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().ends_with("is there and not recorded"),
        "{error}"
    );
    assert_eq!(fs::read(&output).unwrap(), b"ABC");
    assert_eq!(store.jobs(), 0);
}
