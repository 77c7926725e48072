//! A line that is read as a row is written as one line that reads as the same
//! row; and any text without NUL in any column survives a line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media_schema::{AnyRow, JsonText, MediaAnalysisRow, StoredHash, Timestamp};

fuzz_target!(|text: &str| {
    if let Ok(row) = AnyRow::from_json_line(text) {
        assert_eq!(row, through_a_line(&row));
    }

    if text.contains('\0') {
        return;
    }
    // The parts of the text as columns.
    let mut parts = text.split('\u{1}');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (path, hashes) = (part(), [part(), part()].map(StoredHash::from));
    let json = [part(), part()].map(|text| (!text.is_empty()).then_some(text));
    if json.iter().flatten().any(|text| is_number(text)) {
        return;
    }
    let row = AnyRow::Analysis(MediaAnalysisRow::from_columns(
        0,
        path,
        hashes,
        json.map(|text| text.map(JsonText::from_stored)),
        Timestamp::from_unix_seconds(1.5).unwrap(),
    ));
    assert_eq!(row, through_a_line(&row));
});

/// A database keeps no such text in a JSON column: it makes a number of it.
fn is_number(text: &str) -> bool {
    text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}')
        .parse::<f64>()
        .is_ok()
}

fn through_a_line(row: &AnyRow) -> AnyRow {
    let mut line = Vec::new();
    match row {
        AnyRow::Analysis(row) => row.write_json_line(&mut line).unwrap(),
        AnyRow::Processing(row) => row.write_json_line(&mut line).unwrap(),
        AnyRow::Audit(audit) => audit.write_json_line(&mut line).unwrap(),
        AnyRow::Check(check) => check.write_json_line(&mut line).unwrap(),
    }
    let line = String::from_utf8(line).unwrap();
    assert_eq!(line.find('\n'), Some(line.len() - 1), "{line:?}");
    AnyRow::from_json_line(&line).unwrap()
}
