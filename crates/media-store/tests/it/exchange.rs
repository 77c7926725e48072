//! `export` and `import`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use rusqlite::Connection;

use crate::support::{Home, Ran, fixture};

/// A file of the Python library with an empty copy, and one of ours to come.
fn home(generation: &str) -> (Home, [String; 3]) {
    let db = format!("{generation}.db");
    let home = Home::with_fixture(&db);
    fs::copy(fixture(&db), home.path("emptied.db")).unwrap();
    Connection::open(home.path("emptied.db"))
        .unwrap()
        .execute_batch("DELETE FROM analysis_jobs; DELETE FROM processing_jobs")
        .unwrap();
    (home, [db, "emptied.db".into(), "ours.db".into()])
}

fn export(home: &Home, db: &str) -> Vec<u8> {
    let ran = home.run(&["export", "--db", db, "-q"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    ran.stdout
}

#[test]
fn what_python_stored_goes_through_files_of_either_kind() {
    for generation in ["python-g1", "python-g2"] {
        let (home, [from, emptied, ours]) = home(generation);
        let exported = export(&home, &from);
        home.write("backup.jsonl", &exported);
        for into in [emptied, ours.clone()] {
            let ran = home.run(&["import", "--db", &into, "backup.jsonl", "-q"]);
            assert_eq!((ran.status, &*ran.stderr), (0, ""));
            let once = export(&home, &into);
            if generation == "python-g1" || into != ours {
                assert!(once == exported, "{generation} into {into}");
            }
            let ran = home.run(&["import", "--db", &into, "backup.jsonl"]);
            let rows = std::str::from_utf8(&exported).unwrap().lines().count();
            assert_eq!(
                (ran.status, ran.stderr),
                (0, format!("{rows} rows done: {rows} there already\n"))
            );
            assert!(export(&home, &into) == once);
        }
        // What another generation has no column for is computed again.
        let between = export(&home, &ours);
        home.write("between.jsonl", between);
        let (back, [_, emptied, _]) = self::home(generation);
        fs::copy(home.path("between.jsonl"), back.path("between.jsonl")).unwrap();
        let ran = back.run(&["import", "--db", &emptied, "between.jsonl"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(export(&back, &emptied) == exported);
    }
}

#[test]
fn a_file_appears_complete_and_never_over_the_database() {
    let home = Home::with_fixture("python-g1.db");
    let db = ["--db", "python-g1.db"];
    let run = |args: &[&str]| home.run(&[&["export"], args, &db].concat());
    let ran = run(&["--to", "all.jsonl"]);
    assert_eq!(
        (ran.status, ran.text(), &*ran.stderr),
        (
            0,
            "",
            "exported analyses: 9, processing jobs: 10, audits: 0, checks: 0\n"
        )
    );
    assert_eq!(home.names(), ["all.jsonl", "python-g1.db"]);
    assert!(fs::read(home.path("all.jsonl")).unwrap() == export(&home, "python-g1.db"));

    fs::hard_link(home.path("python-g1.db"), home.path("link.db")).unwrap();
    fs::create_dir(home.path("folder")).unwrap();
    for (to, reason) in [
        ("python-g1.db", "belongs to the database"),
        ("link.db", "belongs to the database"),
        ("python-g1.db-journal", "belongs to the database"),
        ("folder", "is no regular file"),
        ("nowhere/all.jsonl", "cannot write"),
    ] {
        let ran = run(&["--to", to]);
        assert_eq!((ran.status, ran.text()), (2, ""));
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
    assert_eq!(
        home.names(),
        ["all.jsonl", "folder", "link.db", "python-g1.db"]
    );
    assert!(
        fs::read(home.path("python-g1.db")).unwrap() == fs::read(fixture("python-g1.db")).unwrap()
    );
    assert_eq!(run(&["--format", "csv"]).status, 2);
}

#[test]
fn what_sqlite_keeps_beside_the_database_is_not_written_over() {
    let home = Home::with_fixture("python-g1.db");
    assert_eq!(
        home.run(&["schema", "adopt", "--db", "python-g1.db"])
            .status,
        0
    );
    // There as soon as a file with a write-ahead log is open.
    for to in ["python-g1.db-wal", "python-g1.db-shm"] {
        let ran = home.run(&["export", "--db", "python-g1.db", "--to", to]);
        assert_eq!(ran.status, 2);
        assert!(
            ran.stderr.contains("belongs to the database"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(
        home.run(&["schema", "check", "--db", "python-g1.db"])
            .status,
        0
    );
}

#[cfg(unix)]
#[test]
fn a_link_and_the_rights_of_new_files_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let home = Home::with_fixture("python-g1.db");
    home.write("target.jsonl", "old");
    symlink("target.jsonl", home.path("link.jsonl")).unwrap();
    let ran = home.run(&["export", "--db", "python-g1.db", "--to", "link.jsonl"]);
    assert_eq!(ran.status, 0);
    assert!(home.path("link.jsonl").is_symlink());
    assert!(fs::read(home.path("target.jsonl")).unwrap().len() > 1_000);
    let mode = |name: &str| fs::metadata(home.path(name)).unwrap().permissions().mode();
    home.write("other", "");
    assert_eq!(mode("target.jsonl"), mode("other"));
}

#[test]
fn a_row_that_cannot_be_read_is_reported_and_the_rest_written() {
    let home = Home::with_fixture("python-g1.db");
    Connection::open(home.path("python-g1.db"))
        .unwrap()
        .execute_batch("UPDATE analysis_jobs SET created_at = 'noon' WHERE id = 5")
        .unwrap();
    let ran = home.run(&["export", "--db", "python-g1.db"]);
    assert_eq!((ran.status, ran.lines().len()), (2, 18));
    assert_eq!(
        ran.stderr,
        "error: analysis_jobs row 5: column created_at cannot be read: expected a finite number \
         of seconds, found text\nexported analyses: 8, processing jobs: 10, audits: 0, \
         checks: 0\nleft out: 1\n"
    );
}

#[test]
fn a_bad_line_is_named_and_what_stands_before_it_is_done() {
    let home = Home::with_fixture("python-g1.db");
    let exported = export(&home, "python-g1.db");
    let lines: Vec<_> = exported.split_inclusive(|byte| *byte == b'\n').collect();
    for (bad, reason) in [
        (
            &b"{\"table\":\n"[..],
            "not a JSON object: EOF while parsing a value at byte 9",
        ),
        (b"{\"table\":\"analysis_jobs\"}\n", "file_path is missing"),
        (b"{\"table\":\"\xff\"}\n", "text is not UTF-8"),
        (b"[1]\n", "not a JSON object"),
        (
            b"{\"table\":\"analysis_jobs\",\"file_path\":\"/a\\u0000b\"}\n",
            "file_path holds a NUL character",
        ),
    ] {
        let mended = lines.concat();
        let broken = [&lines[..3].concat()[..], b"\n", bad, &lines[3..].concat()].concat();
        home.write("broken.jsonl", broken);
        home.write("mended.jsonl", mended);
        let ran = home.run(&["import", "--db", "new.db", "broken.jsonl"]);
        assert_eq!(ran.status, 2);
        let said: Vec<_> = ran.stderr.lines().collect();
        assert!(said[0].starts_with("created the database"));
        assert_eq!(said[1], "3 rows done: 3 new");
        assert!(
            said[2].contains("\"broken.jsonl\" line 5 was not imported"),
            "{}",
            said[2]
        );
        assert!(said[2].contains(reason), "{}", said[2]);
        let ran = home.run(&["import", "--db", "new.db", "mended.jsonl"]);
        assert_eq!(ran.stderr, "19 rows done: 16 new, 3 there already\n");
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(home.path(format!("new.db{suffix}")));
        }
    }
}

#[test]
fn what_was_done_before_an_error_of_the_database_is_counted() {
    let home = Home::with_fixture("python-g1.db");
    home.write("backup.jsonl", export(&home, "python-g1.db"));
    Connection::open(home.path("python-g1.db"))
        .unwrap()
        .execute_batch(
            "DELETE FROM analysis_jobs; DELETE FROM processing_jobs; \
             CREATE TRIGGER refuse BEFORE INSERT ON processing_jobs \
             BEGIN SELECT RAISE(ABORT, 'refused'); END",
        )
        .unwrap();
    let ran = home.run(&["import", "--db", "python-g1.db", "backup.jsonl"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.starts_with("9 rows done: 9 new\n"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("refused"), "{}", ran.stderr);
}

#[test]
fn another_job_of_the_same_name_is_reported_by_its_line() {
    let home = Home::with_fixture("python-g1.db");
    let exported = export(&home, "python-g1.db");
    let changed = String::from_utf8(exported)
        .unwrap()
        .replace("/tmp/clean.wav", "/tmp/other.wav");
    home.write("changed.jsonl", changed);
    let ran = home.run(&["import", "--db", "python-g1.db", "changed.jsonl"]);
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.stderr,
        "error: line 12: another job \"job_den_001\" is recorded already, and stays\n\
         19 rows done: 18 there already, 1 in conflict with what is there\n"
    );
    let shown = home.run(&["jobs", "processing", "--db", "python-g1.db"]);
    assert!(shown.text().contains("/tmp/clean.wav") && !shown.text().contains("/tmp/other.wav"));
}

#[test]
fn what_audits_found_moves_too() {
    let home = Home::new();
    home.write("gone.wav", "sound");
    let row = format!(
        "{{\"table\":\"analysis_jobs\",\"file_path\":{:?},\"file_hash\":\"sha256:{}\",\
         \"config_hash\":\"c\",\"ranges\":null,\"metadata\":null,\"created_at\":5.0}}\n",
        home.path("gone.wav"),
        "0".repeat(64),
    );
    home.write("row.jsonl", row);
    let import = |db: &str, file: &str| home.run(&["import", "--db", db, file]);
    assert_eq!(import("from.db", "row.jsonl").status, 0);
    assert_eq!(home.run(&["verify", "--db", "from.db", "-q"]).status, 1);
    fs::remove_file(home.path("gone.wav")).unwrap();
    assert_eq!(home.run(&["verify", "--db", "from.db", "-q"]).status, 1);
    let ran = home.run(&["export", "--db", "from.db", "--to", "all.jsonl"]);
    assert_eq!(
        ran.stderr,
        "exported analyses: 1, processing jobs: 0, audits: 2, checks: 2\n"
    );
    let ran = import("into.db", "all.jsonl");
    assert!(
        ran.stderr.ends_with("5 rows done: 5 new\n"),
        "{}",
        ran.stderr
    );
    assert!(export(&home, "into.db") == fs::read(home.path("all.jsonl")).unwrap());
    let ran = import("into.db", "all.jsonl");
    assert_eq!(ran.stderr, "5 rows done: 5 there already\n");
    for args in [["show", "gone.wav"], ["stats", "-q"]] {
        let told = |db: &str| {
            let ran = home.run(&[&args[..], &["--db", db]].concat());
            let lines = ran.text().lines().map(|line| line.replace(db, ""));
            let of_audits = |line: &String| line.contains("missing") || line.contains("changed");
            lines.filter(of_audits).collect::<Vec<_>>()
        };
        assert!(!told("from.db").is_empty());
        assert_eq!(told("from.db"), told("into.db"));
    }

    // Without the lines of the audits there is nothing that the checks are part of.
    let text = fs::read_to_string(home.path("all.jsonl")).unwrap();
    let lines = text.split_inclusive('\n');
    let of_checks = lines.filter(|line| line.contains("fixity_checks"));
    home.write("checks.jsonl", of_checks.collect::<String>());
    let ran = import("other.db", "checks.jsonl");
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr
            .contains("line 2: the audit of this check is not recorded")
            && ran
                .stderr
                .ends_with("2 rows done: 2 in conflict with what is there\n"),
        "{}",
        ran.stderr
    );
    // A check whose audit was deleted is reported.
    Connection::open(home.path("into.db"))
        .unwrap()
        .execute_batch("DELETE FROM fixity_audits WHERE id = 1")
        .unwrap();
    let ran = home.run(&["export", "--db", "into.db"]);
    assert_eq!((ran.status, ran.lines().len()), (2, 3));
    assert!(
        ran.stderr.starts_with(
            "error: fixity_checks row 1: column audit_id cannot be read: expected the number \
             of an audit, found one that no audit has\n"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn standard_input_is_read_and_nothing_creates_nothing() {
    let home = Home::with_fixture("python-g2.db");
    let exported = export(&home, "python-g2.db");
    let mut child = home
        .command(&["import", "--db", "new.db", "-q", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&exported).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(export(&home, "new.db").len() > 1_000);

    let home = Home::new();
    let ran = Ran::of(&mut home.command(&["import", "--db", "new.db", "-"]));
    assert_eq!((ran.status, &*ran.stderr), (0, "0 rows done\n"));
    let ran = home.run(&["import", "--db", "new.db", "none.jsonl"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("cannot read \"none.jsonl\""),
        "{}",
        ran.stderr
    );
    let ran = home.run(&["export", "--db", "new.db"]);
    assert_eq!(ran.status, 2);
    assert!(home.names().is_empty());
}

#[test]
fn a_byte_order_mark_is_passed_over_at_the_beginning_only() {
    let home = Home::with_fixture("python-g1.db");
    let exported = export(&home, "python-g1.db");
    let marked = [b"\xef\xbb\xbf", &*exported].concat();
    fs::write(home.path("marked.jsonl"), &marked).unwrap();
    let import = || home.run(&["import", "--db", "new.db", "marked.jsonl"]);
    assert_eq!(import().status, 0);
    assert_eq!(export(&home, "new.db"), exported);

    fs::write(home.path("marked.jsonl"), [exported, marked].concat()).unwrap();
    let ran = import();
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("not a JSON object"), "{}", ran.stderr);
}

/// More than one transaction takes.
#[test]
fn many_rows_come_in_the_order_they_had() {
    let home = Home::new();
    let line = |n: u32| {
        format!(
            "{{\"table\":\"analysis_jobs\",\"file_path\":\"/{n}\",\"file_hash\":\"h\",\
             \"config_hash\":\"c\",\"ranges\":null,\"metadata\":null,\"created_at\":5.0}}\n"
        )
    };
    let lines = (0..5_000).map(line).collect::<String>();
    home.write("many.jsonl", &lines);
    let ran = home.run(&["import", "--db", "new.db", "many.jsonl", "-q"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(export(&home, "new.db") == lines.as_bytes());
}
