//! `analyze`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Home, Ran};

/// A folder with a short spoken clip in it.
fn home() -> Home {
    let home = Home::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-silence/samples");
    for name in ["archive.wav", "rain.flac"] {
        fs::copy(samples.join(name), home.path(name)).unwrap();
    }
    home
}

fn outcome(ran: &Ran) -> [Value; 2] {
    assert_eq!((ran.status, ran.lines().len()), (0, 1), "{}", ran.stderr);
    let object = &ran.objects()[0];
    ["outcome", "reason"].map(|key| object[key].clone())
}

#[test]
fn a_result_is_computed_once_for_a_content_and_options() {
    let home = home();
    let analyze = |args: &[&str]| home.run(&[&["analyze", "archive.wav"], args].concat());
    let first = analyze(&[]);
    assert_eq!(outcome(&first), ["computed", "new"]);
    let object = &first.objects()[0];
    let path = home.path("archive.wav");
    assert_eq!(object["file_path"], path.to_str().unwrap());
    assert!(object["ranges"].as_array().unwrap().len() > 1);
    assert_eq!(object["metadata"]["sample_rate"], 16_000);
    let cached = analyze(&[]);
    assert_eq!(outcome(&cached), ["cached", "unchanged"]);
    assert_eq!(cached.objects()[0]["ranges"], object["ranges"]);
    assert_eq!(cached.objects()[0]["id"], object["id"]);

    assert_eq!(outcome(&analyze(&["--force"])), ["computed", "forced"]);
    let other = ["--threshold-db", "-20.5"];
    assert_eq!(outcome(&analyze(&other)), ["computed", "other config"]);
    assert_eq!(outcome(&analyze(&other)), ["cached", "unchanged"]);
    fs::copy(home.path("rain.flac"), &path).unwrap();
    assert_eq!(outcome(&analyze(&[])), ["computed", "file changed"]);

    let listed = home.run(&["jobs", "analysis", "--path", "archive.wav"]);
    assert_eq!(listed.lines().len(), 2);
    let verified = home.run(&["verify", "--path", "archive.wav"]);
    assert_eq!(
        verified.status, 1,
        "the other options were used on other content"
    );
}

#[test]
fn the_database_is_created_and_that_is_said_once() {
    let home = home();
    let ran = home.run(&["analyze", "archive.wav"]);
    assert!(
        ran.stderr.starts_with("created the database "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.ends_with("media.db\n"));
    assert_eq!(home.run(&["analyze", "archive.wav"]).stderr, "");
    let ran = home.run(&["analyze", "archive.wav", "--db", "here.db", "-q"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(home.path("here.db").exists());

    let ran = home.run(&["analyze", "archive.wav", "--db", "nowhere/here.db"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
    assert!(!home.path("nowhere").exists());
}

#[test]
fn a_file_that_fails_does_not_stop_the_others() {
    let home = home();
    home.write("notes.txt", "no audio");
    let ran = home.run(&["analyze", "-q", "missing.wav", "notes.txt", "rain.flac"]);
    assert_eq!((ran.status, ran.lines().len()), (2, 1));
    let errors: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("missing.wav") && errors[1].contains("notes.txt"));
    assert_eq!(home.run(&["jobs", "analysis"]).lines().len(), 1);
}

#[test]
fn options_that_make_no_sense_create_nothing() {
    let home = home();
    let ran = home.run(&["analyze", "--window", "0", "archive.wav"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert!(ran.stderr.contains("window is 0"), "{}", ran.stderr);
    assert_eq!(home.names(), ["archive.wav", "rain.flac"]);
}

#[test]
fn people_see_the_ranges_and_whence_they_come() {
    let home = home();
    let table = |name: &str| {
        let ran = home.run(&["analyze", "--format", "table", name]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran
    };
    let first = table("archive.wav");
    let lines = first.lines();
    assert_eq!(lines[0], home.path("archive.wav").to_str().unwrap());
    assert!(
        lines[1].starts_with("  computed (new): 3.7 s, "),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "       0.000      2.930  sound");
    assert!(lines[3].ends_with("  silence"), "{}", lines[3]);
    assert_eq!(table("archive.wav").lines()[2..], lines[2..]);

    fs::rename(home.path("archive.wav"), home.path("moved.wav")).unwrap();
    let moved = table("moved.wav");
    let from = home.path("archive.wav");
    let expected = format!("  cached (moved from {}): ", from.display());
    assert!(
        moved.lines()[1].starts_with(&expected),
        "{}",
        moved.lines()[1]
    );
    assert_eq!(moved.lines()[2..], lines[2..]);
}

#[test]
fn nothing_to_read_creates_no_database() {
    let home = Home::new();
    let ran = home.run(&["analyze", "nothere.wav", "."]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
    assert_eq!(home.names(), [""; 0]);
}
