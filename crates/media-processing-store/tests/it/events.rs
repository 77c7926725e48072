//! What the log is told.

use std::fs;
use std::path::Path;

use media_processing_store::Recipe;

use crate::collector::{event, heard};
use crate::fresh;

fn job(job_id: &str) -> media_schema::NewProcessing {
    crate::job(job_id, "convert", "/in.wav", "/out.wav")
}

#[test]
fn a_job_is_one_event_and_so_are_many() {
    let store = fresh();
    let said = heard(|| store.storage.save(&job("one")).unwrap());
    let fields = [
        ("job_id", "one"),
        ("action", "convert"),
        ("input_path", "/in.wav"),
        ("output_path", "/out.wav"),
        ("saved", "inserted"),
    ];
    assert_eq!(said, [event("DEBUG", "recorded a job", &fields)]);

    let said = heard(|| store.storage.save(&job("one")).unwrap_err());
    assert_eq!(said, [], "nothing was recorded");

    let batch = [job("two"), job("three")];
    let said = heard(|| store.storage.save_many(&batch).unwrap());
    let fields = [("rows", "2"), ("elapsed_ms", "some")];
    assert_eq!(said, [event("DEBUG", "recorded jobs", &fields)]);
}

#[test]
fn an_output_made_and_one_that_is_there() {
    let store = fresh();
    let [input, output] = ["in", "out"].map(|name| store.folder.path().join(name));
    fs::write(&input, "abc").unwrap();
    let recipe = Recipe {
        action: "copy",
        input: &input,
        output: &output,
        parameters: &(),
    };
    let ask = || {
        let copy = |input: &Path, output: &Path| fs::copy(input, output).map(drop);
        store.storage.get_or_process(&recipe, copy).unwrap()
    };
    let mut job_id = String::new();
    let said = heard(|| job_id = ask().row.job_id);
    let job = [
        ("job_id", job_id.as_str()),
        ("action", "copy"),
        ("input_path", input.to_str().unwrap()),
        ("output_path", output.to_str().unwrap()),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&job[..], more].concat();
    let recorded = with(&[("saved", "inserted")]);
    let made = with(&[
        ("outcome", "computed"),
        ("reason", "new"),
        ("elapsed_ms", "some"),
    ]);
    let said: Vec<_> = said
        .into_iter()
        .filter(|said| said["level"] == "DEBUG" && said.contains_key("action"))
        .collect();
    assert_eq!(
        said,
        [
            event("DEBUG", "recorded a job", &recorded),
            event("DEBUG", "made an output", &made),
        ]
    );

    let said = heard(ask);
    let there = with(&[("outcome", "cached"), ("reason", "unchanged")]);
    assert_eq!(said, [event("DEBUG", "output was there already", &there)]);
}
