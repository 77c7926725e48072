//! `doctor`.

use std::fs;
use std::path::Path;

use media_sqlite::FindingKind;
use serde_json::Value;

use crate::support::{Home, database, fixture};

#[test]
fn nothing_wrong_is_status_0_and_leaves_nothing_behind() {
    let home = Home::new();
    database(&home.path("media.db"), &[], &[]);
    let before = fs::read(home.path("media.db")).unwrap();
    let ran = home.run(&["doctor", "--db", "media.db"]);
    assert_eq!(ran.status, 0, "{}", ran.text());
    assert!(
        ran.stderr.ends_with("media.db: nothing is wrong\n"),
        "{}",
        ran.stderr
    );
    for line in ran.objects() {
        assert_eq!(line["severity"], "ok", "{line}");
        assert_eq!(line["advice"], Value::Null);
    }
    let kinds: Vec<_> = ran
        .objects()
        .iter()
        .map(|line| line["kind"].clone())
        .collect();
    assert_eq!(kinds, ["file", "journal", "schema", "integrity", "rows"]);
    assert_eq!(home.names(), ["media.db"]);
    assert!(fs::read(home.path("media.db")).unwrap() == before);
    assert_eq!(home.run(&["doctor", "-q", "--db", "media.db"]).stderr, "");
}

#[test]
fn notes_are_no_difference_and_the_rest_is() {
    let home = Home::with_fixture("python-g2.db");
    let ran = home.run(&["doctor", "--db", "python-g2.db"]);
    assert_eq!(ran.status, 0);
    assert!(
        ran.stderr.ends_with("python-g2.db: 2 notes\n"),
        "{}",
        ran.stderr
    );
    assert!(
        fs::read(home.path("python-g2.db")).unwrap() == fs::read(fixture("python-g2.db")).unwrap()
    );

    home.write("notes.txt", "not a database");
    let ran = home.run(&["doctor", "--db", "notes.txt"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.ends_with("notes.txt: 1 error\n"),
        "{}",
        ran.stderr
    );
    let error = ran.objects().pop().unwrap();
    assert_eq!(
        (&error["kind"], &error["severity"]),
        (&"not-a-database".into(), &"error".into())
    );
    assert!(error["advice"].is_string());

    let ran = home.run(&["doctor", "--db", "."]);
    assert_eq!(
        (ran.status, &ran.objects()[0]["kind"]),
        (1, &"not-a-file".into())
    );
}

#[test]
fn no_file_is_an_error() {
    let home = Home::new();
    let ran = home.run(&["doctor", "--db", "media.db"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert!(ran.stderr.contains("no database at"), "{}", ran.stderr);
    assert_eq!(home.names(), [""; 0]);
}

#[test]
fn people_read_what_to_do_under_what_is_wrong() {
    let home = Home::new();
    home.write("media.db", "");
    let ran = home.run(&["doctor", "--db", "media.db", "--format", "table"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.lines(),
        [
            "warning  the file is empty",
            "         → the first save makes a database of it; if there was one, restore a",
            "         backup",
        ]
    );
}

#[test]
fn every_kind_is_described() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    for kind in FindingKind::ALL {
        assert!(page.contains(&format!("| `{kind}` |")), "{kind}");
    }
}
