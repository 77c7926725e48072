//! Whether a job's files are still what they were.

use std::fs;

use media_hash::Verification;
use media_schema::{NewProcessing, StoreError};

use crate::{content, fresh};

#[test]
fn input_and_output_each_by_itself() {
    let store = fresh();
    let [input, output] = ["in.wav", "out.wav"].map(|name| store.folder.path().join(name));
    fs::write(&input, "in").unwrap();
    fs::write(&output, "out").unwrap();
    let new = NewProcessing::new(
        "j",
        "convert",
        (&input, content("in")),
        (&output, content("out")),
    );
    store.storage.save(&new.unwrap()).unwrap();
    let verify = || {
        (
            store.storage.verify_input("j").unwrap().unwrap(),
            store.storage.verify_output("j").unwrap().unwrap(),
        )
    };
    assert_eq!(verify(), (Verification::Intact, Verification::Intact));

    fs::write(&output, "damaged").unwrap();
    let changed = Verification::Changed {
        expected: content("out"),
        actual: content("damaged"),
    };
    assert_eq!(verify(), (Verification::Intact, changed.clone()));

    fs::remove_file(&input).unwrap();
    assert_eq!(verify(), (Verification::Missing, changed));
    assert_eq!(store.storage.verify_input("none").unwrap(), None);
    assert_eq!(store.storage.verify_output("none").unwrap(), None);
}

#[test]
fn what_cannot_be_verified_names_the_column() {
    let store = fresh();
    store
        .storage
        .save(&crate::job("j", "convert", "/a", "/b"))
        .unwrap();
    store
        .stranger()
        .execute_batch("UPDATE processing_jobs SET input_hash = 'x', output_hash = 'md4:00'")
        .unwrap();
    let input = store.storage.verify_input("j").unwrap_err();
    assert!(input.to_string().contains("column input_hash"), "{input}");
    let output = store.storage.verify_output("j").unwrap_err();
    assert!(matches!(output, StoreError::Verify { .. }), "{output:?}");
}
