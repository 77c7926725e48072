//! Rows as lines of JSON and back.

use media_schema::{AnyRow, JsonText, MediaAnalysisRow, MediaProcessingRow, StoredHash, Timestamp};
use proptest::prelude::*;

fn line(row: &AnyRow) -> String {
    let mut line = Vec::new();
    match row {
        AnyRow::Analysis(row) => row.write_json_line(&mut line).unwrap(),
        AnyRow::Processing(row) => row.write_json_line(&mut line).unwrap(),
        AnyRow::Audit(audit) => audit.write_json_line(&mut line).unwrap(),
        AnyRow::Check(check) => check.write_json_line(&mut line).unwrap(),
    }
    String::from_utf8(line).unwrap()
}

fn row_with(ranges: Option<&str>) -> AnyRow {
    let ranges = ranges.map(|text| JsonText::from_stored(text.to_owned()));
    AnyRow::Analysis(MediaAnalysisRow::from_columns(
        0,
        "/a \"b\".wav".into(),
        ["sha256:00".into(), "not-a-hash".into()],
        [ranges, None],
        Timestamp::from_unix_seconds(1_767_225_602.5).unwrap(),
    ))
}

#[test]
fn json_stands_as_it_is_stored_or_beside_its_text() {
    let around = |json: &str| {
        format!(
            "{{\"table\":\"analysis_jobs\",\"file_path\":\"/a \\\"b\\\".wav\",\
             \"file_hash\":\"sha256:00\",\"config_hash\":\"not-a-hash\",\"ranges\":{json},\
             \"metadata\":null,\"created_at\":1767225602.5}}\n"
        )
    };
    assert_eq!(line(&row_with(None)), around("null"));
    for (stored, expected) in [
        (r#"[1e-07,  {"a":1,"a":2}]"#, r#"[1e-07,  {"a":1,"a":2}]"#),
        ("[NaN]", r#"null,"ranges_raw":"[NaN]""#),
        ("[1,\r\n2]", r#"[1,  2],"ranges_raw":"[1,\r\n2]""#),
        (" [1]", r#" [1],"ranges_raw":" [1]""#),
        ("[1]\t", "[1]\t,\"ranges_raw\":\"[1]\\t\""),
        ("null", r#"null,"ranges_raw":"null""#),
        ("", r#"null,"ranges_raw":"""#),
        (r#"["\ud800"]"#, r#"null,"ranges_raw":"[\"\\ud800\"]""#),
        // An escape is no NUL.
        (r#"["\u0000"]"#, r#"["\u0000"]"#),
        (
            r#" ["\u0000"]"#,
            r#" ["\u0000"],"ranges_raw":" [\"\\u0000\"]""#,
        ),
    ] {
        let row = row_with(Some(stored));
        assert_eq!(line(&row), around(expected));
        assert_eq!(AnyRow::from_json_line(&line(&row)).unwrap(), row);
    }
}

#[test]
fn depth_and_length_survive() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let long = format!("[{}]", "9".repeat(400));
    for text in [deep, long] {
        let row = row_with(Some(&text));
        assert_eq!(AnyRow::from_json_line(&line(&row)).unwrap(), row);
    }
}

#[test]
fn what_is_no_row_is_said() {
    let analysis = |rest: &str| {
        format!(
            "{{\"table\":\"analysis_jobs\",\"file_path\":\"/a\",\"file_hash\":\"h\",\
             \"config_hash\":\"c\",\"ranges\":[],{rest}}}"
        )
    };
    for (line, expected) in [
        (
            String::new(),
            "not a JSON object: EOF while parsing a value at byte 1",
        ),
        (
            "[]".into(),
            "not a JSON object: invalid type: sequence, expected an object at byte 1",
        ),
        (
            r#"{"table":"analysis_jobs""#.into(),
            "not a JSON object: EOF while parsing an object at byte 24",
        ),
        (
            r#"{"id":1}"#.into(),
            "not a row: \"table\" must be \"analysis_jobs\", \"processing_jobs\", \
             \"fixity_audits\" or \"fixity_checks\", and is missing",
        ),
        (
            r#"{"table":"file_hashes"}"#.into(),
            "not a row: \"table\" must be \"analysis_jobs\", \"processing_jobs\", \
             \"fixity_audits\" or \"fixity_checks\", and is file_hashes",
        ),
        (analysis(r#""created_at":1"#), "metadata is missing"),
        (
            analysis(r#""metadata":{},"created_at":"noon""#),
            "created_at takes a finite number of seconds",
        ),
        (
            analysis(r#""metadata":{},"created_at":1e999"#),
            "created_at takes a finite number of seconds",
        ),
        (
            analysis(r#""metadata":5,"created_at":1"#),
            "metadata takes JSON other than a number, which a database would not keep as text",
        ),
        (
            analysis(r#""metadata":null,"metadata_raw":" 5.e1 ","created_at":1"#),
            "metadata takes JSON other than a number, which a database would not keep as text",
        ),
        (
            analysis(r#""metadata":null,"metadata_raw":[],"created_at":1"#),
            "metadata_raw takes text",
        ),
        (
            analysis(r#""metadata":{},"created_at":1"#).replace("/a", r"/a\u0000"),
            "file_path holds a NUL character: no backend keeps that",
        ),
        (
            analysis(r#""metadata":{},"created_at":1"#).replace("\"h\"", r#""\u0000""#),
            "file_hash holds a NUL character: no backend keeps that",
        ),
        (
            analysis(r#""metadata":null,"metadata_raw":"{\u0000}","created_at":1"#),
            "metadata holds a NUL character: no backend keeps that",
        ),
        (
            r#"{"table":"analysis_jobs\u0000"}"#.into(),
            "not a row: \"table\" must be \"analysis_jobs\", \"processing_jobs\", \
             \"fixity_audits\" or \"fixity_checks\", and is \
             analysis_jobs\0",
        ),
        (
            analysis(r#""metadata":{},"created_at":1,"job_id":"j""#),
            "\"job_id\" is no column of this table",
        ),
        (
            analysis(r#""metadata":{},"created_at":1,"file_path":"/b""#),
            "\"file_path\" stands there twice",
        ),
    ] {
        let error = AnyRow::from_json_line(&line).unwrap_err();
        assert_eq!(error.to_string(), expected, "{line}");
    }
}

#[test]
fn what_audits_found_is_a_line() {
    let audit = r#"{"table":"fixity_audits","scope":"all","started_at":1767225602.5,"finished_at":null,"files":3,"bytes":9,"intact":1,"changed":2,"missing":0,"moved":0,"unreadable":0,"unverifiable":0,"unreadable_rows":4}"#;
    let check = r#"{"table":"fixity_checks","audit_scope":"all","audit_started_at":1767225602.5,"path":"/a \"b\"\n","expected":"sha256:00","actual":null,"verdict":"moved","found_at":"/é","problem":null,"checked_at":1.0}"#;
    for text in [audit, check] {
        let row = AnyRow::from_json_line(text).unwrap();
        assert_eq!(line(&row), format!("{text}\n"));
    }
    let finished = audit.replace("null", "5.5");
    let row = AnyRow::from_json_line(&finished).unwrap();
    assert_eq!(line(&row), format!("{finished}\n"));
    for (text, from, to, expected) in [
        (audit, ",\"finished_at\":null", "", "finished_at is missing"),
        (
            audit,
            "null",
            "\"noon\"",
            "finished_at takes a finite number of seconds, or null",
        ),
        (
            audit,
            "\"bytes\":9",
            "\"bytes\":-9",
            "bytes takes a whole number that is not negative",
        ),
        (
            audit,
            "\"files\":3",
            "\"files\":9223372036854775808",
            "files takes a whole number that is not negative",
        ),
        (
            audit,
            "\"files\":3",
            "\"files\":3,\"last_place\":1",
            "\"last_place\" is no column of this table",
        ),
        (check, "\"all\"", "null", "audit_scope takes text"),
        (check, "\"/é\"", "5", "found_at takes text, or null"),
        (check, ",\"problem\":null", "", "problem is missing"),
        (
            check,
            "\"/é\"",
            "\"/\\u0000\"",
            "found_at holds a NUL character: no backend keeps that",
        ),
        (
            check,
            "\"actual\"",
            "\"audit_id\":1,\"actual\"",
            "\"audit_id\" is no column of this table",
        ),
    ] {
        let error = AnyRow::from_json_line(&text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn keys_come_in_any_order_and_an_id_is_passed_over() {
    let line = r#"{"created_at":5,"id":7,"metadata":{},"ranges":null,"config_hash":"c",
        "file_hash":"h","file_path":"/a","table":"analysis_jobs"}"#;
    let AnyRow::Analysis(row) = AnyRow::from_json_line(line).unwrap() else {
        panic!("not an analysis");
    };
    assert_eq!((row.id, &*row.file_path), (0, "/a"));
}

/// Text of all kinds: of any characters but NUL, JSON, and what peers take for
/// JSON.
fn text() -> impl Strategy<Value = String> {
    let any = proptest::collection::vec(any::<char>(), 0..20)
        .prop_map(|chars| chars.into_iter().filter(|c| *c != '\0').collect::<String>());
    let pieces = vec![
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\u{1}",
        "null",
        "NaN",
        "-Infinity",
        "1e400",
        "-0.0",
        "\"a\"",
        r"\ud800",
        r#""\u0000""#,
        "\u{2028}",
        "夜",
        "_raw",
    ];
    let pieces = proptest::collection::vec(proptest::sample::select(pieces), 0..12)
        .prop_map(|pieces| pieces.concat());
    let json = proptest::sample::select(vec![
        "[]",
        "{\n  \"a\": [1,\r 2]\n}",
        r#"{"a":1,"a":2}"#,
        r#"{"n":"\ud83d"}"#,
        "[1234567890123456789012345678901234567890]",
        "\t[true]\n",
        "\"text\"",
        "true",
    ])
    .prop_map(str::to_owned);
    prop_oneof![any, pieces, json]
}

/// A JSON column, which never holds the text of a number.
fn json() -> impl Strategy<Value = Option<JsonText>> {
    let stored = text().prop_filter("a number", |text| text.trim().parse::<f64>().is_err());
    proptest::option::of(stored.prop_map(JsonText::from_stored))
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<f64>().prop_filter_map("finite", Timestamp::from_unix_seconds)
}

fn row() -> impl Strategy<Value = AnyRow> {
    let hash = || text().prop_map(StoredHash::from);
    let analysis = (text(), [hash(), hash()], [json(), json()], time()).prop_map(
        |(path, hashes, json, time)| {
            AnyRow::Analysis(MediaAnalysisRow::from_columns(0, path, hashes, json, time))
        },
    );
    let processing = (
        [text(), text()],
        (text(), hash()),
        (text(), hash()),
        [json(), json()],
        time(),
        proptest::option::of(hash()),
    )
        .prop_map(|(names, input, output, json, time, config_hash)| {
            let mut row = MediaProcessingRow::from_columns(0, names, input, output, json, time);
            row.config_hash = config_hash;
            AnyRow::Processing(row)
        });
    prop_oneof![analysis, processing]
}

proptest! {
    #[test]
    fn every_row_is_one_line_and_reads_back_as_it_was(row in row()) {
        let line = line(&row);
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert!(!line.contains('\r'));
        prop_assert_eq!(AnyRow::from_json_line(&line).unwrap(), row);
    }
}
