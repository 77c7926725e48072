//! What the log is told.

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
