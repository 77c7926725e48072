//! JSON columns: a text is kept, not a value.

use media_schema::{Imported, JsonText, MediaAnalysisRow, MediaProcessingRow};

use crate::samples::{analysis, at, config, get_analysis, get_job, job, jobs, results, sha};
use crate::{Fixture, Suite};

/// Objects in valid JSON that a column of a JSON type would alter or refuse.
fn objects() -> Vec<String> {
    vec![
        r#"{"b":1,"a":2}"#.into(),
        r#"{"a":1,"a":2}"#.into(),
        " \t\n{ \"a\" :\r\n 1 } ".into(),
        r#"{"nul":"a\u0000b"}"#.into(),
        r#"{"pair":"\ud83c\udfac","escaped":"\u00e9\/"}"#.into(),
        r#"{"é":"🎬","":""}"#.into(),
        format!(r#"{{"digits":{}}}"#, "9".repeat(300)),
        r#"{"floats":[1.0,1.10,1e2,-0.0,1E+2,0.1e-7]}"#.into(),
        r#"{"precise":0.10000000000000000000000000000000000001}"#.into(),
        format!(r#"{{"deep":{}1{}}}"#, "[".repeat(100), "]".repeat(100)),
        format!(r#"{{"large":"{}"}}"#, "x".repeat(2 << 20)),
        r#"{"sql":"'; DROP TABLE analysis_jobs; --","tab":"\t","slash":"\\"}"#.into(),
        "{}".into(),
    ]
}

/// Texts that a peer may have stored, and that are no JSON: they can only be
/// imported.
fn peers() -> Vec<String> {
    vec![
        "NaN".into(),
        "[NaN, Infinity]".into(),
        r#"{"a": -Infinity}"#.into(),
        r#"{"lone":"\ud800"}"#.into(),
        r#"{"lone":"\udc00\ud800"}"#.into(),
        format!("[{}]", "8".repeat(400)),
        "{'single': 'quotes'}".into(),
        "{".into(),
        "[1,]".into(),
        "not JSON at all".into(),
        String::new(),
        " ".into(),
        "null".into(),
        "\"text\"".into(),
        "\u{feff}{}".into(),
        format!("{}{}", "[".repeat(1_000), "]".repeat(1_000)),
    ]
}

/// Valid JSON comes back verbatim: space, order, repeated keys, escapes and
/// every digit.
pub fn json_is_kept_verbatim<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for (number, text) in objects().into_iter().enumerate() {
        let name = format!("{number}");
        let ranges = format!("[{text}]");
        let new = analysis(&name, "a", "x")
            .with_ranges_json(ranges.clone())
            .and_then(|new| new.with_metadata_json(text.clone()))
            .unwrap();
        results(&backend).save(&new).unwrap();
        let row = get_analysis(&backend, &name, "x").unwrap();
        assert_eq!(row.ranges.as_ref().map(JsonText::as_str), Some(&*ranges));
        assert_eq!(row.metadata.as_ref().map(JsonText::as_str), Some(&*text));

        let new = job(&name, "cut", "a", "b")
            .with_parameters_json(text.clone())
            .and_then(|new| new.with_metadata_json(text.clone()))
            .unwrap();
        jobs(&backend).save_many(&[new]).unwrap();
        let row = get_job(&backend, &name).unwrap();
        assert_eq!(row.parameters.as_ref().map(JsonText::as_str), Some(&*text));
        assert_eq!(row.metadata.as_ref().map(JsonText::as_str), Some(&*text));
    }
}

/// What is imported comes back verbatim, be it JSON or not.
pub fn imported_text_is_kept_verbatim<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for (number, text) in objects().into_iter().chain(peers()).enumerate() {
        let name = format!("{number}");
        let column = Some(JsonText::from_stored(text.clone()));
        let result = MediaAnalysisRow::from_columns(
            7,
            name.clone(),
            [sha("a").into(), config("x").into()],
            [column.clone(), column.clone()],
            at(1.0),
        );
        let outcome = results(&backend).import(&[result]).unwrap();
        assert_eq!(outcome, [Imported::Inserted]);
        let row = get_analysis(&backend, &name, "x").unwrap();
        assert_eq!(
            (&row.ranges, &row.metadata),
            (&column, &column),
            "{text:.80}"
        );

        let job = MediaProcessingRow::from_columns(
            7,
            [name.clone(), "cut".into()],
            ("/a".into(), sha("a").into()),
            ("/b".into(), sha("b").into()),
            [column.clone(), column.clone()],
            at(1.0),
        );
        let outcome = jobs(&backend).import(&[job]).unwrap();
        assert_eq!(outcome, [Imported::Inserted]);
        let row = get_job(&backend, &name).unwrap();
        assert_eq!(
            (&row.parameters, &row.metadata),
            (&column, &column),
            "{text:.80}"
        );
    }
}

/// A row whose text is no JSON can be read; only asking for its value fails,
/// and the error names the row and the column.
pub fn what_is_no_json_is_an_error_of_its_value<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let row = MediaAnalysisRow::from_columns(
        0,
        "/a".into(),
        [sha("a").into(), config("x").into()],
        [Some(JsonText::from_stored("[NaN]".into())), None],
        at(1.0),
    );
    results(&backend).import(&[row]).unwrap();
    let row = get_analysis(&backend, "/a", "x").unwrap();
    let error = row.time_ranges().unwrap_err();
    assert_eq!((error.table, error.column), ("analysis_jobs", "ranges"));
    assert_eq!(error.row, row.id.to_string());
}

/// What stands in a hash column need not be a hash: it is kept, and found as it
/// is stored.
pub fn a_hash_column_keeps_any_text<F: Fixture>(suite: &Suite<F>) {
    use media_schema::{AnalysisFilter, AnalysisKey};
    let backend = suite.open();
    for text in ["not-a-hash", "SHA256:AB", "", "md5:", "é🎬", "sha256:'"] {
        let row = MediaAnalysisRow::from_columns(
            0,
            "/a".into(),
            [text.into(), text.into()],
            [None, None],
            at(1.0),
        );
        let outcome = results(&backend).import(&[row]).unwrap();
        assert_eq!(outcome, [Imported::Inserted], "{text:?}");
        let key = AnalysisKey {
            file_path: "/a",
            config_hash: text,
        };
        let row = results(&backend).get(key).unwrap().unwrap();
        assert_eq!(row.file_hash.as_str(), text);
        assert!(text == "SHA256:AB" || row.file_hash.parse().is_err());
        let filter = AnalysisFilter {
            file_hash: Some(text.into()),
            config_hash: Some(text.into()),
            ..AnalysisFilter::default()
        };
        assert_eq!(results(&backend).count(&filter).unwrap(), 1, "{text:?}");
    }
}
