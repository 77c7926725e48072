//! `prune`.

use std::fs;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Home, fixture};

const DB: [&str; 2] = ["--db", "python-g1.db"];

fn run(home: &Home, args: &[&str]) -> crate::support::Ran {
    home.run(&[&["prune"], args, &DB].concat())
}

#[test]
fn a_dry_run_lists_and_changes_nothing_and_the_real_run_does_the_same() {
    let home = Home::with_fixture("python-g1.db");
    let args = ["--older-than", "2026-01-01T00:00:06Z"];
    let ran = run(&home, &[&args[..], &["--dry-run"]].concat());
    let rows = ran.objects();
    let paths: Vec<_> = rows
        .iter()
        .map(|row| row["file_path"].as_str().unwrap())
        .collect();
    assert_eq!((ran.status, paths.len()), (0, 3));
    assert_eq!(rows[0]["table"], "analysis_jobs");
    assert_eq!(rows[0]["reason"], "old");
    assert_eq!(rows[0]["job_id"], Value::Null);
    let bytes: i64 = rows.iter().map(|row| row["bytes"].as_i64().unwrap()).sum();
    assert_eq!(
        ran.stderr,
        format!("would remove 3 rows with {bytes} bytes of text\n")
    );
    assert!(
        fs::read(home.path("python-g1.db")).unwrap() == fs::read(fixture("python-g1.db")).unwrap()
    );
    assert_eq!(home.names(), ["python-g1.db"]);

    let ran = run(&home, &args);
    assert_eq!((ran.status, ran.text()), (0, ""));
    assert_eq!(
        ran.stderr,
        format!("removed 3 rows with {bytes} bytes of text\n")
    );
    let ran = run(&home, &args);
    assert_eq!(ran.stderr, "removed 0 rows with 0 bytes of text\n");
}

#[test]
fn missing_files_go_and_relative_paths_stay() {
    let home = Home::with_fixture("python-g1.db");
    let ran = run(&home, &["--missing", "--keep-latest", "1", "--dry-run"]);
    // Of the analyses, one path has two; the others are the latest of theirs.
    assert_eq!(ran.lines().len(), 1);
    assert_eq!(ran.objects()[0]["reason"], "missing, superseded");
    let ran = run(&home, &["--missing", "--dry-run"]);
    assert!(ran.lines().len() > 10);
    assert!(!ran.text().contains("relative/clip.mkv"));
    let ran = run(&home, &["--missing"]);
    assert_eq!(ran.status, 0);
    let left = home.run(&["jobs", "analysis", "--db", "python-g1.db"]);
    let left: Vec<_> = left
        .objects()
        .iter()
        .map(|row| row["file_path"].clone())
        .collect();
    assert_eq!(left, ["relative/clip.mkv"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_hides_its_files() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::with_fixture("python-g1.db");
    let hidden = home.write("hidden/clip.wav", "samples");
    let folder = hidden.parent().unwrap();
    Connection::open(home.path("python-g1.db"))
        .unwrap()
        .execute(
            "UPDATE analysis_jobs SET file_path = ?1 WHERE id = 2",
            [hidden.to_str().unwrap()],
        )
        .unwrap();
    fs::remove_file(&hidden).unwrap();
    let goes = |home: &Home| {
        let ran = run(home, &["--missing", "--dry-run"]);
        ran.text().contains("hidden/clip.wav")
    };
    assert!(goes(&home));
    let set_mode = |mode| fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o000);
    // Nothing is hidden from the superuser.
    let is_hidden =
        fs::metadata(folder.join("x")).unwrap_err().kind() == std::io::ErrorKind::PermissionDenied;
    let goes = goes(&home);
    set_mode(0o755);
    assert_eq!(goes, !is_hidden);
}

#[test]
fn a_criterion_and_a_database_are_needed() {
    let home = Home::new();
    for args in [&["prune"][..], &["prune", "--dry-run"]] {
        let ran = home.run(&[args, &["--db", "none.db"]].concat());
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("--older-than"), "{}", ran.stderr);
    }
    for dry in [&["--dry-run"][..], &[]] {
        let ran = home.run(&[&["prune", "--missing", "--db", "none.db"], dry].concat());
        assert_eq!(ran.status, 2);
    }
    assert!(home.names().is_empty());
}

#[test]
fn a_table_is_for_people_and_csv_for_programs() {
    let home = Home::with_fixture("python-g1.db");
    let ran = run(
        &home,
        &[
            "--older-than",
            "2030-01-01",
            "--dry-run",
            "--format",
            "table",
        ],
    );
    assert!(ran.lines()[0].starts_with("CREATED"));
    assert_eq!(ran.lines().len(), 20);
    assert!(
        ran.lines().iter().all(|line| line.chars().count() <= 80),
        "{}",
        ran.text()
    );
    let ran = run(
        &home,
        &["--older-than", "2030-01-01", "--dry-run", "--format", "csv"],
    );
    assert_eq!(ran.lines().len(), 20);
    assert!(ran.text().starts_with("table,id,file_path,"));
}

#[test]
fn a_row_that_cannot_be_read_is_reported_and_stays() {
    let home = Home::with_fixture("python-g1.db");
    Connection::open(home.path("python-g1.db"))
        .unwrap()
        .execute_batch("UPDATE analysis_jobs SET created_at = 'noon' WHERE id = 5")
        .unwrap();
    let ran = run(&home, &["--older-than", "2030-01-01"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("row 5: column created_at"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("removed 18 rows"), "{}", ran.stderr);
}
