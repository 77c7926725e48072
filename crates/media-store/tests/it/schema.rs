//! `schema`.

use std::fs;

use rusqlite::Connection;

use crate::support::{Home, database};

#[test]
fn what_is_shown_makes_a_database_that_passes() {
    let home = Home::new();
    let ran = home.run(&["schema", "show"]);
    assert_eq!(ran.status, 0);
    Connection::open(home.path("new.db"))
        .unwrap()
        .execute_batch(ran.text())
        .unwrap();
    let ran = home.run(&["schema", "check", "--db", "new.db"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(
        ran.text()
            .ends_with("new.db: native, schema version 1, as it should be\n")
    );
}

#[test]
fn a_line_for_each_difference_and_which_generation() {
    for (db, generation) in [
        ("python-g1.db", "generation 1"),
        ("python-g2.db", "generation 2"),
    ] {
        let home = Home::with_fixture(db);
        let ran = home.run(&["schema", "check", "--db", db]);
        assert_eq!(ran.status, 1);
        let lines = ran.lines();
        assert!(lines[0].contains(generation), "{}", lines[0]);
        assert_eq!(lines[1], "  user_version is 0, expected 1");
        assert_eq!(lines[2], "  idx_analysis_created_at is missing");
        assert!(
            ran.stderr.contains("run `media-store schema adopt --db "),
            "{}",
            ran.stderr
        );

        let ran = home.run(&["schema", "check", "--db", db, "--format", "jsonl"]);
        assert_eq!((ran.status, ran.lines().len()), (1, lines.len() - 1));
        for object in ran.objects() {
            assert_eq!(object["version"], 0);
            assert!(object["generation"].as_str().unwrap().contains(generation));
            assert!(object["difference"].is_string());
        }
    }
}

#[test]
fn a_python_file_is_adopted_once() {
    let home = Home::with_fixture("python-g2.db");
    let adopt = ["schema", "adopt", "--db", "python-g2.db"];
    let ran = home.run(&adopt);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(
        ran.lines()[0].ends_with("schema version 1, adopted"),
        "{}",
        ran.text()
    );
    assert_eq!(ran.lines()[1], "  user_version set to 1, was 0");
    assert!(ran.lines().contains(&"  idx_analysis_created_at created"));
    let ran = home.run(&adopt);
    assert_eq!((ran.status, ran.lines().len()), (0, 1));
    assert!(ran.text().contains("nothing to change"));
    let ran = home.run(&[
        "schema",
        "check",
        "--db",
        "python-g2.db",
        "--format",
        "jsonl",
    ]);
    assert_eq!(ran.status, 0);
    assert!(ran.objects()[0]["difference"].is_null());
}

#[test]
fn what_adopting_cannot_mend_is_said() {
    let home = Home::new();
    let make = |name: &str, sql: &str| {
        Connection::open(home.path(name))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    };
    make("other.db", "CREATE TABLE notes (text)");
    make("newer.db", "PRAGMA user_version = 7");
    make("empty.db", "");
    home.write("empty.db", "");
    make(
        "broken.db",
        "CREATE TABLE analysis_jobs (id INTEGER PRIMARY KEY)",
    );
    database(&home.path("index.db"), &[], &[]);
    make("index.db", "DROP INDEX idx_analysis_created_at");
    for (name, said, adopted) in [
        ("other.db", "another program's", 2),
        ("newer.db", "newer version", 2),
        ("empty.db", "is empty", 2),
        ("broken.db", "cannot be used as it is", 2),
        ("index.db", "run `media-store schema adopt", 0),
    ] {
        let ran = home.run(&["schema", "check", "--db", name]);
        assert_eq!(ran.status, 1, "{name}");
        assert!(ran.stderr.contains(said), "{name}: {}", ran.stderr);
        let ran = home.run(&["schema", "adopt", "--db", name]);
        assert_eq!(ran.status, adopted, "{name}: {}", ran.stderr);
    }
    assert_eq!(home.run(&["schema", "check", "--db", "index.db"]).status, 0);
}

#[test]
fn what_was_cut_off_is_undone_and_then_adopted() {
    let home = Home::with_fixture("python-g1.db");
    let writer = Connection::open(home.path("python-g1.db")).unwrap();
    writer
        .execute_batch(
            "PRAGMA cache_size = 2; BEGIN IMMEDIATE;
             UPDATE analysis_jobs SET file_hash = hex(zeroblob(5000)) || id;
             UPDATE processing_jobs SET input_hash = hex(zeroblob(5000)) || id;",
        )
        .unwrap();
    // As a program leaves it that is killed now.
    for suffix in ["", "-journal"] {
        let [from, into] = ["python-g1.db", "cut.db"].map(|name| format!("{name}{suffix}"));
        fs::copy(home.path(from), home.path(into)).unwrap();
    }
    for command in [&["stats"][..], &["schema", "check"]] {
        let ran = home.run(&[command, &["--db", "cut.db"]].concat());
        assert_eq!((ran.status, ran.text()), (2, ""));
        assert!(
            ran.stderr.contains("cut.db") && ran.stderr.contains("`media-store schema adopt`"),
            "{}",
            ran.stderr
        );
    }
    let ran = home.run(&["schema", "adopt", "--db", "cut.db"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("cut.db: undid the change"),
        "{}",
        ran.stderr
    );
    assert!(ran.lines()[0].ends_with("generation 1, schema version 1, adopted"));
    assert!(!home.path("cut.db-journal").exists());
    let hashes = |name: &str| -> Vec<String> {
        let reader = Connection::open(home.path(name)).unwrap();
        let mut statement = reader
            .prepare("SELECT file_hash FROM analysis_jobs ORDER BY id")
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    drop(writer);
    assert_eq!(hashes("cut.db"), hashes("python-g1.db"));
}
