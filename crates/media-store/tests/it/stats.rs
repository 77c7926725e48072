//! `stats`.

use std::fs;

use rusqlite::Connection;

use crate::support::{Home, database, fixture};

#[test]
fn programs_get_one_object_with_every_number() {
    let home = Home::with_fixture("python-g1.db");
    let ran = home.run(&["stats", "--db", "python-g1.db"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    let [stats] = &ran.objects()[..] else {
        panic!("{}", ran.text());
    };
    assert_eq!(stats["analyses"], 9);
    assert_eq!(stats["jobs"], 10);
    assert_eq!(stats["top_actions"][0]["action"], "segment_audio");
    assert_eq!(stats["top_actions"][0]["rows"], 6);
    assert!(stats["audit"].is_null());

    let ran = home.run(&["stats", "--db", "python-g1.db", "--format", "csv"]);
    assert_eq!((ran.status, ran.lines().len()), (0, 2));
    assert!(ran.text().starts_with("path,analyses,analyses_oldest,"));
    let untouched = fs::read(fixture("python-g1.db")).unwrap();
    assert!(fs::read(home.path("python-g1.db")).unwrap() == untouched);
}

#[test]
fn people_get_what_fits_80_columns() {
    let home = Home::with_fixture("python-g2.db");
    let ran = home.run(&["stats", "--db", "python-g2.db", "--format", "table"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(
        ran.text()
            .contains("9 analysis results and 4 processing jobs")
    );
    assert!(ran.text().contains("\nRESULTS  NEWEST "));
    assert!(ran.text().contains("\nJOBS  NEWEST "));
    for line in &ran.lines()[1..] {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn nothing_recorded_is_nothing_and_no_database_is_an_error() {
    let home = Home::new();
    let ran = home.run(&["stats", "--db", "media.db"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert_eq!(home.names(), [""; 0]);

    database(&home.path("media.db"), &[], &[]);
    let ran = home.run(&["stats", "--db", "media.db", "--format", "table"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert!(
        ran.text()
            .contains("0 analysis results and 0 processing jobs")
    );
}

#[test]
fn people_are_told_how_many_groups_they_do_not_see() {
    let home = Home::new();
    database(&home.path("media.db"), &[], &[]);
    let connection = Connection::open(home.path("media.db")).unwrap();
    for (number, more) in [
        (5, ""),
        (6, "\nand 1 configuration more\n"),
        (7, "\nand 2 configurations more\n"),
    ] {
        connection
            .execute(
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
                 INSERT OR IGNORE INTO analysis_jobs
                 (file_path, file_hash, config_hash, created_at) SELECT '/a', 'h', n, 1.5 FROM n",
                [number],
            )
            .unwrap();
        let ran = home.run(&["stats", "--db", "media.db", "--format", "table"]);
        assert_eq!(
            ran.text().contains(" more\n"),
            !more.is_empty(),
            "{}",
            ran.text()
        );
        assert!(ran.text().contains(more), "{}", ran.text());
    }
}
