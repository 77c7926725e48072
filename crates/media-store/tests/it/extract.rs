//! `extract`.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::Home;

/// A folder with a clip, and its analysis.
fn analysed() -> Home {
    let home = Home::new();
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-silence/samples/archive.wav");
    fs::copy(sample, home.path("talk.wav")).unwrap();
    assert_eq!(home.run(&["analyze", "talk.wav"]).status, 0);
    home
}

#[test]
fn each_range_is_a_clip_and_a_job() {
    let home = analysed();
    let all = home.run(&["extract", "talk.wav", "--output-dir", "clips"]);
    assert_eq!(all.status, 0, "{}", all.stderr);
    let analysis = &home.run(&["jobs", "analysis"]).objects()[0];
    let ranges = analysis["ranges"].as_array().unwrap();
    assert_eq!(all.lines().len(), ranges.len());
    for (job, range) in all.objects().iter().zip(ranges) {
        assert_eq!(job["action"], "extract_segment");
        assert_eq!(job["input_path"], home.path("talk.wav").to_str().unwrap());
        assert_eq!(job["input_hash"], analysis["file_hash"]);
        for field in ["start", "end", "label"] {
            assert_eq!(job["parameters"][field], range[field]);
        }
        let output = Path::new(job["output_path"].as_str().unwrap());
        assert!(output.starts_with(home.path("clips")));
    }
    let listed = home.run(&["jobs", "processing", "--path", "talk.wav"]);
    assert_eq!(listed.lines().len(), ranges.len());

    // What is there is listed, and not cut again.
    let count = ranges.len();
    let said = format!("clips: {count} cut, 0 there already\n");
    assert!(all.stderr.ends_with(&said), "{}", all.stderr);
    let again = home.run(&["extract", "talk.wav", "--output-dir", "clips"]);
    assert_eq!(again.stdout, all.stdout);
    let said = format!("clips: 0 cut, {count} there already\n");
    assert_eq!((again.status, again.stderr), (0, said));

    let sound = home.run(&["extract", "--label", "sound", "talk.wav"]);
    let labels: Vec<_> = sound
        .objects()
        .iter()
        .map(|job| job["parameters"]["label"].clone())
        .collect();
    assert!(!labels.is_empty() && labels.len() < ranges.len());
    assert!(labels.iter().all(|label| *label == json!("sound")));
    assert_eq!(home.run(&["verify"]).status, 0);

    let none = home.run(&["extract", "--label", "music", "talk.wav"]);
    assert_eq!(
        (none.status, none.text(), &*none.stderr),
        (0, "", "no such ranges\n")
    );
}

#[test]
fn without_an_analysis_of_this_content_nothing_is_cut() {
    let home = Home::new();
    home.write("talk.wav", "x");
    let ran = home.run(&["extract", "talk.wav"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert_eq!(home.names(), ["talk.wav"]);

    let home = analysed();
    let other = home.run(&["extract", "other.wav"]);
    assert_eq!(other.status, 2);
    assert!(
        other.stderr.contains("media-store analyze"),
        "{}",
        other.stderr
    );

    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-silence/samples/rain.flac");
    fs::copy(sample, home.path("talk.wav")).unwrap();
    let changed = home.run(&["extract", "talk.wav"]);
    assert_eq!(changed.status, 2);
    assert!(
        changed.stderr.contains("analyse it again"),
        "{}",
        changed.stderr
    );
    let jobs = home.run(&["jobs", "processing", "-q"]);
    assert_eq!((jobs.status, jobs.text()), (0, ""));
}
