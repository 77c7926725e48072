//! `cargo xtask schema …`, as a process.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

use media_analysis_store::MediaAnalysisStorage;

const FIXTURE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/media-sqlite/tests/fixtures/python-g1.db"
);

fn schema(arguments: &[impl AsRef<OsStr>]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("schema")
        .args(arguments)
        .output()
}

fn diff(file: &Path) -> io::Result<Output> {
    schema(&[OsStr::new("diff"), file.as_os_str()])
}

#[test]
fn the_repository_passes() {
    let output = schema(&["check"]).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.lines().all(|line| line.starts_with("ok ")), "{text}");
}

#[test]
fn a_file_that_was_never_adopted_differs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("python.db");
    fs::copy(FIXTURE, &file).unwrap();
    let before = fs::read(&file).unwrap();

    let output = diff(&file).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().next(), Some("user_version is 0, expected 1"));
    assert!(lines.contains("\nidx_analysis_created_at is missing\n"));
    let summary = String::from_utf8(output.stderr).unwrap();
    assert!(summary.contains("Python, generation 1, version 0, 11 differences"));

    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_of_ours_does_not_differ() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("media.db");
    drop(MediaAnalysisStorage::open(&file).unwrap());
    let output = diff(&file).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db");
    let output = diff(&file).unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: no database at "), "{text}");
    assert!(text.contains("none.db"), "{text}");
    assert!(!file.exists());
}
