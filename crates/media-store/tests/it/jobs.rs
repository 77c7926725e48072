//! `jobs`.

use std::collections::BTreeMap;
use std::fs;

use rusqlite::Connection;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::{Home, fixture};

/// The rows that a file of the Python library holds, newest first.
fn expected(generation: &str, table: &str) -> Vec<BTreeMap<String, Value>> {
    let text = fs::read_to_string(fixture(&format!("{generation}.rows.json"))).unwrap();
    let tables: Value = serde_json::from_str(&text).unwrap();
    let mut rows: Vec<BTreeMap<String, Value>> =
        serde_json::from_value(tables[table].clone()).unwrap();
    rows.sort_by_key(|row| std::cmp::Reverse(row["id"].as_i64()));
    rows
}

/// Compares a line with a row, value for value; JSON columns by their text.
fn assert_row(line: &str, row: &BTreeMap<String, Value>) {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(line).unwrap();
    let raw_columns = fields.keys().filter(|name| name.ends_with("_raw")).count();
    assert_eq!(fields.len(), row.len() + raw_columns, "{line}");
    for (name, value) in row {
        let field = fields[name].get();
        match (&**name, value) {
            ("ranges" | "metadata" | "parameters", Value::String(stored)) => {
                if serde_json::from_str::<&RawValue>(stored).is_ok()
                    && serde_json::from_str::<Value>(stored).is_ok()
                {
                    assert_eq!(field, stored);
                } else {
                    assert_eq!(field, "null");
                    let raw = fields[&format!("{name}_raw")].get();
                    assert_eq!(serde_json::from_str::<String>(raw).unwrap(), *stored);
                }
            }
            ("created_at", seconds) => {
                let field: f64 = field.parse().unwrap();
                assert_eq!(field.to_bits(), seconds.as_f64().unwrap().to_bits());
            }
            _ => assert_eq!(
                serde_json::from_str::<Value>(field).unwrap(),
                *value,
                "{name}"
            ),
        }
    }
}

#[test]
fn python_files_are_listed_whole_as_they_are_and_adopted() {
    for generation in ["python-g1", "python-g2"] {
        let db = format!("{generation}.db");
        let home = Home::with_fixture(&db);
        for adopted in [false, true] {
            for kind in ["analysis", "processing"] {
                let rows = expected(generation, &format!("{kind}_jobs"));
                let ran = home.run(&["jobs", kind, "--db", &db]);
                assert_eq!((ran.status, &*ran.stderr), (0, ""));
                assert_eq!(ran.lines().len(), rows.len());
                for (line, row) in ran.lines().into_iter().zip(&rows) {
                    assert_row(line, row);
                }
            }
            if !adopted {
                let untouched = fs::read(fixture(&db)).unwrap();
                assert!(fs::read(home.path(&db)).unwrap() == untouched);
                assert_eq!(home.names(), [&*db]);
                assert_eq!(home.run(&["schema", "adopt", "--db", &db]).status, 0);
            }
        }
    }
}

#[test]
fn invalid_json_of_a_peer_comes_as_text_beside_a_null() {
    let home = Home::with_fixture("python-g1.db");
    let ran = home.run(&[
        "jobs",
        "analysis",
        "--db",
        "python-g1.db",
        "--path",
        "/media/nan.wav",
    ]);
    let row = &ran.objects()[0];
    assert_eq!(row["ranges"], Value::Null);
    assert_eq!(
        row["ranges_raw"],
        r#"[{"start": 0.0, "end": NaN, "label": "x"}]"#
    );
    assert_eq!(row["metadata_raw"], r#"{"peak": -Infinity}"#);
}

#[test]
fn shared_options_stand_before_or_after_the_command() {
    let home = Home::with_fixture("python-g1.db");
    let shared = ["--db", "python-g1.db", "--format", "csv", "--quiet"];
    let command = ["jobs", "processing", "--limit", "3"];
    let before = home.run(&[&shared[..], &command].concat());
    let after = home.run(&[&command[..], &shared].concat());
    let between = home.run(&[&command[..1], &shared, &command[1..]].concat());
    assert_eq!((before.status, before.lines().len()), (0, 4));
    assert_eq!(
        (&before.stdout, &before.stderr),
        (&after.stdout, &after.stderr)
    );
    assert_eq!(before.stdout, between.stdout);
    assert_eq!(before.stderr, "");
}

#[test]
fn filters_narrow_and_cursors_continue() {
    let home = Home::with_fixture("python-g1.db");
    let ids = |args: &[&str]| {
        let ran = home.run(&[&["--db", "python-g1.db", "jobs"], args].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let ids = ran
            .objects()
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect::<Vec<_>>();
        (ids, ran.stderr)
    };
    let found = |args: &[&str]| ids(args).0;
    assert_eq!(
        found(&["analysis", "--path", "/tmp/test_audio.mp3"]),
        [10, 2]
    );
    // Stored relative by a peer: the text as given is the key then.
    assert_eq!(found(&["analysis", "--path", "relative/clip.mkv"]), [8]);
    assert_eq!(found(&["analysis", "--config", "abc123"]), [8]);
    assert_eq!(found(&["analysis", "--hash", "not-a-hash"]), [8]);
    let hash = format!("SHA256:{}", "A".repeat(64));
    assert_eq!(found(&["analysis", "--hash", &hash]), [10, 2]);
    assert_eq!(
        found(&[
            "analysis",
            "--since",
            "1767225611",
            "--until",
            "1767225612.5"
        ]),
        [9]
    );
    assert_eq!(
        found(&["analysis", "--since", "2026-01-01T00:00:12Z"]),
        [10]
    );
    assert_eq!(found(&["processing", "--action", "convert"]), [1]);
    assert_eq!(
        found(&["processing", "--path", "/tmp/segment_10-20.wav"]),
        [3, 2]
    );

    let (first, said) = ids(&["processing", "--limit", "4"]);
    let (_, cursor) = said.trim().split_once("--after ").unwrap();
    let (second, said) = ids(&["processing", "--limit", "6", "--after", cursor]);
    assert_eq!([first, second].concat(), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(said, "");

    let ran = home.run(&["--db", "python-g1.db", "jobs", "analysis", "--after", "x"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("\"x\" is not a page cursor"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_without_the_table_is_an_empty_list() {
    let home = Home::new();
    Connection::open(home.path("media.db")).unwrap();
    media_analysis_store::MediaAnalysisStorage::open(home.path("media.db")).unwrap();
    let ran = home.run(&["jobs", "processing", "--db", "media.db"]);
    assert_eq!((ran.status, ran.text(), &*ran.stderr), (0, "", "no jobs\n"));
    let ran = home.run(&[
        "jobs",
        "processing",
        "--db",
        "media.db",
        "--format",
        "csv",
        "-q",
    ]);
    assert_eq!(ran.stderr, "");
    assert!(ran.text().starts_with("id,job_id,action,"));
}

#[test]
fn a_row_that_cannot_be_read_hides_no_other() {
    let home = Home::with_fixture("python-g1.db");
    let peer = Connection::open(home.path("python-g1.db")).unwrap();
    peer.execute(
        "UPDATE analysis_jobs SET created_at = 'noon' WHERE id = 5",
        [],
    )
    .unwrap();
    drop(peer);
    let ran = home.run(&["jobs", "analysis", "--db", "python-g1.db"]);
    assert_eq!((ran.status, ran.lines().len()), (2, 8));
    let expected = "error: analysis_jobs row 5: column created_at cannot be read: \
                    expected a finite number of seconds, found text\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn tables_keep_to_80_columns() {
    let home = Home::with_fixture("python-g1.db");
    for kind in ["analysis", "processing"] {
        let ran = home.run(&["jobs", kind, "--db", "python-g1.db", "--format", "table"]);
        assert_eq!(ran.status, 0);
        assert!(ran.lines()[0].starts_with("CREATED"));
        assert!(ran.text().contains("2026-01-01 00:00:"));
        assert!(!ran.text().contains('\x1b'), "no colour in a pipe");
        for line in ran.lines() {
            assert!(line.chars().count() <= 80, "{line}");
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
fn csv_has_the_same_columns() {
    let home = Home::with_fixture("python-g2.db");
    let args = [
        "jobs",
        "processing",
        "--db",
        "python-g2.db",
        "--limit",
        "1",
        "--format",
        "csv",
        "-q",
    ];
    let ran = home.run(&args);
    let mut lines = ran.text().lines();
    assert_eq!(
        lines.next().unwrap(),
        "id,job_id,action,input_path,input_hash,output_path,output_hash,parameters,metadata,\
         created_at,config_hash"
    );
    assert!(
        lines
            .next()
            .unwrap()
            .contains(r#""{""lufs"": -14.0}","{""true_peak"": NaN}",1767225617.5,"#)
    );
}
