//! JSON text in its canonical form, and what is not JSON.

use std::collections::BTreeSet;

use media_hash::{
    CanonicalJsonError, JsonPlace, canonical_config_json, canonicalize_json, config_hash_json,
};
use proptest::prelude::*;

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(canonicalize_json(input).unwrap(), expected);
    assert_eq!(canonicalize_json(expected).unwrap(), expected);
}

#[test]
fn numbers_as_python_prints_them() {
    for (input, expected) in [
        ("0", "0"),
        ("-0", "0"),
        ("-1", "-1"),
        ("0.0", "0.0"),
        ("-0.0", "-0.0"),
        ("-0e5", "-0.0"),
        ("1e0", "1.0"),
        ("1E+2", "100.0"),
        ("100e-2", "1.0"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1.5e-7", "1.5e-07"),
        ("-123e-100", "-1.23e-98"),
        ("123e-110", "1.23e-108"),
        ("1e15", "1000000000000000.0"),
        ("9999999999999998.0", "9999999999999998.0"),
        ("1e16", "1e+16"),
        ("12345678901234567.0", "1.2345678901234568e+16"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("2.2250738585072011e-308", "2.225073858507201e-308"),
        ("5e-324", "5e-324"),
        ("1e-400", "0.0"),
        ("2e23", "2e+23"),
        ("9007199254740993.0", "9007199254740992.0"),
        // Two texts are as short and as near: the even digit is taken.
        ("140737488355328.625", "140737488355328.62"),
        ("140737488355328.125", "140737488355328.12"),
        ("140737488355328.375", "140737488355328.38"),
        // At a power of two, the nearest text of that length is another number's.
        ("9.007199254740993e15", "9007199254740992.0"),
        ("5.684341886080802e-14", "5.684341886080802e-14"),
        // Halfway between two doubles.
        (
            "0.500000000000000166533453693773481063544750213623046875",
            "0.5000000000000002",
        ),
        ("3.14159265358979323846264338327950288", "3.141592653589793"),
    ] {
        check(input, expected);
    }
    let long = format!("-{}", "1234567890".repeat(1000));
    check(&long, &long);
    check(&format!("{}.5", "1".repeat(30)), "1.111111111111111e+29");
    check(&format!("0.{}1", "0".repeat(20_000)), "0.0");
}

#[test]
fn strings_in_ascii() {
    for (input, expected) in [
        (r#""\u0041\/\b\f\n\r\t\"\\""#, r#""A/\b\f\n\r\t\"\\""#),
        (
            "\"\u{7f}~ é\u{ffff}\u{10000}\"",
            r#""\u007f~ \u00e9\uffff\ud800\udc00""#,
        ),
        (r#""\uD83D\uDE00 \u00E9""#, r#""\ud83d\ude00 \u00e9""#),
        // Surrogates without their other half.
        (r#""\ud800""#, r#""\ud800""#),
        (r#""\udc00\ud800""#, r#""\udc00\ud800""#),
        (
            r#""\ud800\ud800\udc00 \ud800x""#,
            r#""\ud800\ud800\udc00 \ud800x""#,
        ),
        (r#""\u0000\u001F""#, r#""\u0000\u001f""#),
    ] {
        check(input, expected);
    }
}

#[test]
fn keys_by_code_point() {
    check(
        r#"{"b":1,"a":{"d":[{"f":2,"e":3}],"c":4},"":5}"#,
        r#"{"":5,"a":{"c":4,"d":[{"e":3,"f":2}]},"b":1}"#,
    );
    check(
        r#"{"😀":0,"\uffff":1,"\ud800":2,"\udfff":3,"\ud7ff":4,"\ud800\udc00":5,"a":6}"#,
        r#"{"a":6,"\ud7ff":4,"\ud800":2,"\udfff":3,"\uffff":1,"\ud800\udc00":5,"\ud83d\ude00":0}"#,
    );
    // By what an escape stands for, not by the backslash.
    check(
        r#"{"z":0,"\"":1,"\n":2,"A":3,"\\":4,"\u007f":5,"]":6,"!":7}"#,
        r#"{"\n":2,"!":7,"\"":1,"A":3,"\\":4,"]":6,"z":0,"\u007f":5}"#,
    );
    check(
        r#"{"ab":0,"a":1,"a\u0000":2}"#,
        r#"{"a":1,"a\u0000":2,"ab":0}"#,
    );
}

#[test]
fn the_last_of_equal_keys_stays() {
    check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#);
    check(
        r#"{"b":0,"a":[1,2],"\u0061":{"d":1,"c":2},"b":{}}"#,
        r#"{"a":{"c":2,"d":1},"b":{}}"#,
    );
    check(
        r#"{"a":1,"a":{"x":1,"x":{"b":1,"a":2,"a":3}}}"#,
        r#"{"a":{"x":{"a":3,"b":1}}}"#,
    );
}

#[test]
fn white_space_is_dropped() {
    check(
        " \t\r\n[ 1 ,\n{ \"a\" :\t[ ] , \"b\" : { } } ]\n",
        r#"[1,{"a":[],"b":{}}]"#,
    );
}

#[test]
fn what_is_empty_is_an_empty_config() {
    for empty in [
        "null", "false", "0", "-0", "0.0", "-0.0", "0e9", "1e-400", "\"\"", "[]", "{}", " [ ] ",
    ] {
        assert_eq!(canonical_config_json(empty).unwrap(), "{}", "{empty}");
        assert_eq!(config_hash_json(empty), config_hash_json("{}"), "{empty}");
    }
    for other in ["true", "1", "\"0\"", "[null]", "{\"\":0}", "[[]]"] {
        assert_eq!(canonical_config_json(other).unwrap(), other);
    }
    assert_eq!(canonicalize_json("null").unwrap(), "null");
}

/// The text, where it stops being JSON, and what was expected there.
const NOT_JSON: &[(&str, (usize, usize), &str)] = &[
    ("", (1, 1), "a value"),
    ("  \n ", (2, 2), "a value"),
    ("\u{feff}{}", (1, 1), "a value"),
    ("\u{a0}1", (1, 1), "a value"),
    ("nul", (1, 1), "a value"),
    ("True", (1, 1), "a value"),
    ("'a'", (1, 1), "a value"),
    ("+1", (1, 1), "a value"),
    (".5", (1, 1), "a value"),
    ("nulll", (1, 5), "the end of the document"),
    ("1 2", (1, 3), "the end of the document"),
    ("01", (1, 2), "the end of the document"),
    ("[1]]", (1, 4), "the end of the document"),
    ("-", (1, 2), "a digit"),
    ("-a", (1, 2), "a digit"),
    ("1.", (1, 3), "a digit"),
    ("1.e5", (1, 3), "a digit"),
    ("1e", (1, 3), "a digit"),
    ("1e+", (1, 4), "a digit"),
    ("[1\n,\n]", (3, 1), "a value"),
    ("[", (1, 2), "a value"),
    ("[1", (1, 3), "',' or ']'"),
    ("[1 2]", (1, 4), "',' or ']'"),
    ("[1}", (1, 3), "',' or ']'"),
    ("{", (1, 2), "a key in double quotes"),
    ("{a:1}", (1, 2), "a key in double quotes"),
    ("{1:1}", (1, 2), "a key in double quotes"),
    ("{\"é\":1,}", (1, 8), "a key in double quotes"),
    ("{\"a\"}", (1, 5), "':'"),
    ("{\"a\":}", (1, 6), "a value"),
    ("{\"a\":1", (1, 7), "',' or '}'"),
    ("\"abc", (1, 5), "a closing '\"'"),
    ("\"a\nb\"", (1, 3), "an escape for this control character"),
    ("\"\u{0}\"", (1, 2), "an escape for this control character"),
    ("\"\\", (1, 2), "an escape that JSON has"),
    ("\"\\'\"", (1, 2), "an escape that JSON has"),
    ("\"\\é\"", (1, 2), "an escape that JSON has"),
    ("\"\\u12\"", (1, 2), "four hexadecimal digits after '\\u'"),
    ("\"\\u+123\"", (1, 2), "four hexadecimal digits after '\\u'"),
    ("\"\\u00é\"", (1, 2), "four hexadecimal digits after '\\u'"),
    (
        "\"\\ud800\\u12\"",
        (1, 8),
        "four hexadecimal digits after '\\u'",
    ),
];

#[test]
fn what_is_not_json_is_refused_where_it_stops() {
    for &(text, (line, column), expected) in NOT_JSON {
        let Err(CanonicalJsonError::Syntax { place, expected: e }) = canonicalize_json(text) else {
            panic!("{text:?}");
        };
        let JsonPlace::Text {
            line: l, column: c, ..
        } = place
        else {
            panic!("{place:?}");
        };
        assert_eq!((l, c, e), (line, column, expected), "{text:?}");
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for (text, literal) in [
        ("[1,\nNaN]", "NaN"),
        ("[1,\nInfinity]", "Infinity"),
        ("[1,\n-Infinity]", "-Infinity"),
        ("[1,\n1e400]", "1e400"),
        ("[1,\n-1.5E+309]", "-1.5E+309"),
    ] {
        let Err(CanonicalJsonError::NonFinite { place, number }) = canonicalize_json(text) else {
            panic!("{text}");
        };
        assert_eq!(
            (place.to_string().as_str(), number.as_str()),
            ("line 2, column 1", literal)
        );
    }
    let huge = format!("{}e400", "1".repeat(1_000_000));
    assert!(canonicalize_json(&huge).unwrap_err().to_string().len() < 400);
}

#[test]
fn depth_is_bounded() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(canonicalize_json(&nested(127)).unwrap(), nested(127));
    for text in [
        nested(128),
        "[".repeat(1_000_000),
        "{\"\":".repeat(1_000_000),
    ] {
        let error = canonicalize_json(&text).unwrap_err();
        assert!(
            matches!(error, CanonicalJsonError::TooDeep { .. }),
            "{error}"
        );
    }
}

#[test]
fn length_is_bounded() {
    let text = " ".repeat(64 * 1024 * 1024 + 1);
    assert_eq!(canonicalize_json(&text), Err(CanonicalJsonError::TooLong));
    // Short enough, but not when escaped.
    let text = format!("\"{}\"", "é".repeat(11 * 1024 * 1024));
    assert_eq!(canonicalize_json(&text), Err(CanonicalJsonError::TooLong));
}

/// A document as a list of members, so that it can be written in any order.
#[derive(Debug, Clone)]
enum Document {
    Text(String),
    Array(Vec<Document>),
    Object(Vec<(String, Document)>),
}

impl Document {
    fn write(&self, reversed: bool, space: &str, out: &mut String) {
        let list = |out: &mut String, items: Vec<String>, brackets: [char; 2]| {
            out.push(brackets[0]);
            out.push_str(&items.join(&format!("{space},{space}")));
            out.push(brackets[1]);
        };
        let text = |document: &Self| {
            let mut text = String::new();
            document.write(reversed, space, &mut text);
            text
        };
        match self {
            Self::Text(json) => out.push_str(json),
            Self::Array(items) => list(out, items.iter().map(text).collect(), ['[', ']']),
            Self::Object(members) => {
                let mut members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("{key}{space}:{space}{}", text(value)))
                    .collect();
                if reversed {
                    members.reverse();
                }
                list(out, members, ['{', '}']);
            }
        }
    }
}

fn string() -> impl Strategy<Value = String> {
    "\"([ -!#-\\[\\]-~]|é|夜|🎧|\\\\u[0-9a-f]{4}|\\\\ud8[0-9a-f]{2}|\\\\udc[0-9a-f]{2}|\\\\[nrtbf\"/\\\\]){0,6}\""
}

fn document() -> impl Strategy<Value = Document> {
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?";
    let leaf = prop_oneof![number, string(), "null|true|false"].prop_map(Document::Text);
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Document::Array),
            prop::collection::btree_map(string(), inner, 0..6).prop_map(|members| {
                // Of two spellings of one key, the order decides which stays.
                let mut seen = BTreeSet::new();
                let members = members
                    .into_iter()
                    .filter(|(key, _)| seen.insert(canonicalize_json(key).unwrap()))
                    .collect();
                Document::Object(members)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn order_and_space_do_not_matter(document in document(), space in "[ \t\r\n]{0,3}") {
        let (mut plain, mut reversed) = (String::new(), String::new());
        document.write(false, "", &mut plain);
        document.write(true, &space, &mut reversed);
        let canonical = canonicalize_json(&plain).unwrap();
        prop_assert_eq!(&canonical, &canonicalize_json(&reversed).unwrap());
        prop_assert_eq!(&canonical, &canonicalize_json(&canonical).unwrap());
        prop_assert!(canonical.is_ascii());
        prop_assert_eq!(config_hash_json(&plain), config_hash_json(&reversed));
    }

    #[test]
    fn any_text_is_answered(text in "[\\[\\]{}\",:0-9.eE+\\- \\\\untrfalsxNI\u{e9}\n]{0,30}") {
        let ours = canonicalize_json(&text);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        if theirs.is_ok() {
            prop_assert!(ours.is_ok(), "{:?}", ours);
        }
    }
}
