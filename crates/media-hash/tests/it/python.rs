//! The canonical form beside that of a `python3`, for documents made up here.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use media_hash::{CanonicalJsonError, canonicalize_json};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const PYTHON: &str = include_str!("canonical.py");
const DOCUMENTS: usize = 2_000;

/// Text that is JSON or nearly so.
fn document() -> impl Strategy<Value = String> {
    let string = "\"([ -!#-\\[\\]-~]|é|\u{7f}|\u{ffff}|🎧|\\\\u[0-9a-fA-F]{4}|\\\\ud8[0-9a-f]{2}|\\\\udc[0-9a-f]{2}|\\\\[nrtbf\"/\\\\]){0,5}\"";
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?";
    let leaf = prop_oneof![
        4 => number,
        4 => string,
        2 => "null|true|false",
        1 => "NaN|-Infinity|01|1\\.|\\.5|\"\t\"|'a'|nul|\u{feff}1|",
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let member = (string, inner.clone()).prop_map(|(key, value)| format!("{key} : {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(" ,"))),
            prop::collection::vec(member, 0..5)
                .prop_map(|members| format!("{{{}\n}}", members.join(","))),
        ]
    })
}

/// What Python makes of each document, `None` where it refuses.
fn python(documents: &[String]) -> Option<Vec<Option<String>>> {
    let mut child = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let answers = documents.iter().map(|document| {
        let len = u32::try_from(document.len()).unwrap();
        input.write_all(&len.to_le_bytes()).unwrap();
        input.write_all(document.as_bytes()).unwrap();
        let mut len = [0; 4];
        output.read_exact(&mut len).unwrap();
        let len = u32::from_le_bytes(len);
        (len != u32::MAX).then(|| {
            let mut canonical = vec![0; usize::try_from(len).unwrap()];
            output.read_exact(&mut canonical).unwrap();
            String::from_utf8(canonical).unwrap()
        })
    });
    let answers = answers.collect();
    drop(input);
    assert!(child.wait().unwrap().success());
    Some(answers)
}

#[test]
fn documents_are_as_python_writes_them() {
    let mut runner = TestRunner::default();
    let strategy = document();
    let mut documents: Vec<_> = (0..DOCUMENTS)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    // Refused by both, though the value is forgotten.
    documents.push(r#"{"a": NaN, "a": [1]}"#.to_owned());
    let Some(theirs) = python(&documents) else {
        assert!(
            std::env::var_os("REQUIRE_TEST_PROGRAMS").is_none(),
            "install python3"
        );
        println!("not run: there is no python3");
        return;
    };
    let mut canonical = 0;
    for (document, theirs) in documents.iter().zip(theirs) {
        let ours = canonicalize_json(document);
        assert!(!matches!(ours, Err(CanonicalJsonError::TooDeep { .. })));
        canonical += usize::from(ours.is_ok());
        assert_eq!(ours.ok(), theirs, "{document}");
    }
    assert!(canonical > DOCUMENTS / 4, "only {canonical}");
}
