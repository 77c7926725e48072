//! Values in canonical JSON, as `serde_json` sees them.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use media_hash::{
    CanonicalJsonError, JsonPlace, canonical_json, canonicalize_json, config_hash, config_hash_json,
};
use proptest::prelude::*;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Every shape of serde's data model.
#[derive(Debug, Clone)]
enum Tree {
    Unit,
    None,
    Bool(bool),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Display(String),
    Bytes(Vec<u8>),
    Some(Box<Tree>),
    Raw(Box<RawValue>),
    Seq(Vec<Tree>),
    Map(Vec<(Key, Tree)>),
    Struct(Box<Struct>),
    Enum(Box<Enum>),
    Flat(Box<Flat>),
}

#[derive(Debug, Clone)]
enum Key {
    Str(String),
    Char(char),
    Bool(bool),
    I8(i8),
    U64(u64),
    I128(i128),
    Float(f64),
    Variant,
    Newtype(Box<Key>),
}

#[derive(Debug, Clone, Serialize)]
struct Struct {
    zebra: Tree,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    apple: (Tree, u8),
    #[serde(rename = "été")]
    summer: Unit,
    newtype: Newtype,
    pair: Pair,
}

#[derive(Debug, Clone, Serialize)]
struct Unit;

#[derive(Debug, Clone, Serialize)]
struct Newtype(Tree);

#[derive(Debug, Clone, Serialize)]
struct Pair(i16, u32);

#[derive(Debug, Clone, Serialize)]
enum Enum {
    Unit,
    Newtype(Tree),
    Tuple(Tree, Tree),
    Struct { b: Tree, a: Tree },
}

/// Its map's keys may be those of the struct.
#[derive(Debug, Clone, Serialize)]
struct Flat {
    b: u8,
    a: Tree,
    #[serde(flatten)]
    rest: HashMap<String, Tree>,
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::None => serializer.serialize_none(),
            Self::Bool(value) => value.serialize(serializer),
            Self::I64(value) => value.serialize(serializer),
            Self::U64(value) => value.serialize(serializer),
            Self::I128(value) => value.serialize(serializer),
            Self::U128(value) => value.serialize(serializer),
            Self::F32(value) => value.serialize(serializer),
            Self::F64(value) => value.serialize(serializer),
            Self::Char(value) => value.serialize(serializer),
            Self::Str(value) => value.serialize(serializer),
            Self::Display(value) => serializer.collect_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Raw(value) => value.serialize(serializer),
            Self::Seq(value) => value.serialize(serializer),
            Self::Map(members) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::Struct(value) => value.serialize(serializer),
            Self::Enum(value) => value.serialize(serializer),
            Self::Flat(value) => value.serialize(serializer),
        }
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Str(value) => value.serialize(serializer),
            Self::Char(value) => value.serialize(serializer),
            Self::Bool(value) => value.serialize(serializer),
            Self::I8(value) => value.serialize(serializer),
            Self::U64(value) => value.serialize(serializer),
            Self::I128(value) => value.serialize(serializer),
            Self::Float(value) => value.serialize(serializer),
            Self::Variant => serializer.serialize_unit_variant("Key", 0, "Variant"),
            Self::Newtype(key) => serializer.serialize_newtype_struct("Key", key),
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,2}",
        "[a-z\"\\\\\n\u{7f}é夜🎧\u{ffff}]{0,6}",
        any::<String>()
    ]
}

fn key() -> impl Strategy<Value = Key> {
    let key = prop_oneof![
        4 => text().prop_map(Key::Str),
        1 => any::<char>().prop_map(Key::Char),
        1 => any::<bool>().prop_map(Key::Bool),
        1 => any::<i8>().prop_map(Key::I8),
        1 => any::<u64>().prop_map(Key::U64),
        1 => any::<i128>().prop_map(Key::I128),
        1 => (-1e6..1e6).prop_map(Key::Float),
        1 => Just(Key::Variant),
    ];
    (key, any::<bool>()).prop_map(|(key, wrapped)| {
        if wrapped {
            Key::Newtype(Box::new(key))
        } else {
            key
        }
    })
}

fn leaf() -> impl Strategy<Value = Tree> {
    let finite = any::<f64>().prop_filter("finite", |float| float.is_finite());
    let small = any::<f32>().prop_filter("finite", |float| float.is_finite());
    prop_oneof![
        Just(Tree::Unit),
        Just(Tree::None),
        any::<bool>().prop_map(Tree::Bool),
        any::<i64>().prop_map(Tree::I64),
        any::<u64>().prop_map(Tree::U64),
        any::<i128>().prop_map(Tree::I128),
        any::<u128>().prop_map(Tree::U128),
        small.prop_map(Tree::F32),
        (-1e6f32..1e6).prop_map(Tree::F32),
        finite.prop_map(Tree::F64),
        (-1e18..1e18).prop_map(Tree::F64),
        (-1e-3..1e-3).prop_map(Tree::F64),
        (-999_999i32..999_999).prop_map(|n| Tree::F64(f64::from(n) / 1e3)),
        any::<char>().prop_map(Tree::Char),
        text().prop_map(Tree::Str),
        text().prop_map(Tree::Display),
        any::<Vec<u8>>().prop_map(Tree::Bytes),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_recursive(5, 60, 6, |inner| {
        let raw = inner.clone().prop_map(|tree| {
            let json = serde_json::to_string_pretty(&tree).unwrap();
            Tree::Raw(RawValue::from_string(json).unwrap())
        });
        let a_struct = (inner.clone(), inner.clone(), inner.clone(), any::<i16>()).prop_map(
            |(zebra, apple, newtype, number)| {
                Tree::Struct(Box::new(Struct {
                    zebra,
                    skipped: None,
                    apple: (apple, 0),
                    summer: Unit,
                    newtype: Newtype(newtype),
                    pair: Pair(number, 1),
                }))
            },
        );
        let an_enum = prop_oneof![
            Just(Enum::Unit),
            inner.clone().prop_map(Enum::Newtype),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Enum::Tuple(a, b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Enum::Struct { b, a }),
        ];
        let flat = (
            inner.clone(),
            prop::collection::hash_map("[a-d]", inner.clone(), 0..4),
        )
            .prop_map(|(a, rest)| Tree::Flat(Box::new(Flat { b: 0, a, rest })));
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Some(Box::new(tree))),
            raw,
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Seq),
            prop::collection::vec((key(), inner), 0..6).prop_map(Tree::Map),
            a_struct,
            an_enum.prop_map(|value| Tree::Enum(Box::new(value))),
            flat,
        ]
    })
}

proptest! {
    #[test]
    fn a_value_is_as_its_json(tree in tree()) {
        let json = serde_json::to_string(&tree).unwrap();
        let canonical = canonical_json(&tree).unwrap();
        prop_assert_eq!(&canonical, &canonicalize_json(&json).unwrap());
        prop_assert_eq!(&canonical, &canonicalize_json(&canonical).unwrap());
        prop_assert_eq!(config_hash(&tree), config_hash_json(&json));
    }
}

/// A number as `serde_json` holds it with its feature `arbitrary_precision`.
struct Number(&'static str);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = "$serde_json::private::Number";
        let mut number = serializer.serialize_struct(name, 1)?;
        number.serialize_field(name, self.0)?;
        number.end()
    }
}

#[test]
fn numbers_of_arbitrary_precision_are_numbers() {
    for (number, expected) in [
        (
            "123456789012345678901234567890",
            "123456789012345678901234567890",
        ),
        ("-0", "0"),
        ("1E5", "100000.0"),
        ("0.1000", "0.1"),
        ("1e-7", "1e-07"),
    ] {
        assert_eq!(canonical_json(&Number(number)).unwrap(), expected);
        let nested = BTreeMap::from([("n", [Number(number)])]);
        let nested_expected = format!("{{\"n\":[{expected}]}}");
        assert_eq!(canonical_json(&nested).unwrap(), nested_expected);
    }
    assert_eq!(config_hash(&Number("-0.0")), config_hash_json("{}"));
    let error = canonical_json(&BTreeMap::from([("n", Number("1e400"))])).unwrap_err();
    assert!(
        matches!(error, CanonicalJsonError::NonFinite { .. }),
        "{error}"
    );
}

#[test]
fn what_is_empty_is_an_empty_config() {
    let empty = config_hash_json("{}").unwrap();
    assert_eq!(config_hash(&()).unwrap(), empty);
    assert_eq!(config_hash(&None::<u8>).unwrap(), empty);
    assert_eq!(config_hash(&false).unwrap(), empty);
    assert_eq!(config_hash(&0u8).unwrap(), empty);
    assert_eq!(config_hash(&-0.0).unwrap(), empty);
    assert_eq!(config_hash("").unwrap(), empty);
    assert_eq!(config_hash::<[u8]>(&[]).unwrap(), empty);
    assert_ne!(config_hash(&[0]).unwrap(), empty);
    assert_eq!(canonical_json(&()).unwrap(), "null");
}

fn path(error: &CanonicalJsonError) -> &str {
    match error {
        CanonicalJsonError::NonFinite { place, .. }
        | CanonicalJsonError::TooDeep { place, .. }
        | CanonicalJsonError::InvalidKey { place, .. } => match place {
            JsonPlace::Value { path } => path,
            place => panic!("{place}"),
        },
        error => panic!("{error}"),
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    #[derive(Serialize)]
    struct Config {
        before: BTreeMap<u8, u8>,
        thresholds: Vec<f32>,
    }
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let config = Config {
            before: BTreeMap::from([(1, 2)]),
            thresholds: vec![0.5, 1.0, bad],
        };
        let error = canonical_json(&[config]).unwrap_err();
        assert_eq!(path(&error), "$[0].thresholds[2]");
        assert!(
            matches!(error, CanonicalJsonError::NonFinite { number, .. } if number == bad.to_string())
        );
    }
    let error = canonical_json(&f64::NAN).unwrap_err();
    assert_eq!(path(&error), "$");
    let error = canonical_json(&Tree::Map(vec![(Key::Float(f64::NAN), Tree::Unit)])).unwrap_err();
    assert!(matches!(error, CanonicalJsonError::NonFinite { .. }));
    let raw = RawValue::from_string(r#"{"b":[1e999]}"#.to_owned()).unwrap();
    let error = canonical_json(&BTreeMap::from([("a", raw)])).unwrap_err();
    assert_eq!(path(&error), "$.a.b[0]");
}

#[test]
fn keys_that_are_not_text_are_refused() {
    let key = |key: fn() -> Result<String, CanonicalJsonError>| match key() {
        Err(error @ CanonicalJsonError::InvalidKey { kind, .. }) => {
            assert_eq!(path(&error), "$");
            kind
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(key(|| canonical_json(&BTreeMap::from([((), 1)]))), "a unit");
    assert_eq!(
        key(|| canonical_json(&BTreeMap::from([(vec![1], 1)]))),
        "a sequence"
    );
    assert_eq!(
        key(|| canonical_json(&BTreeMap::from([((1, 2), 1)]))),
        "a tuple"
    );
    assert_eq!(
        key(|| canonical_json(&BTreeMap::from([(None::<u8>, 1)]))),
        "nothing"
    );
    assert_eq!(
        key(|| canonical_json(&BTreeMap::from([(BTreeMap::from([(1, 1)]), 1)]))),
        "a map"
    );
    assert_eq!(
        canonical_json(&BTreeMap::from([(Some(7), 1)])).unwrap(),
        r#"{"7":1}"#
    );
}

#[test]
fn float_keys_are_printed_as_floats() {
    let map = [(1e-7, "e"), (1e16, "d"), (0.5, "c"), (-0.0, "b")]
        .map(|(key, value)| (Key::Float(key), Tree::Str(value.to_owned())));
    assert_eq!(
        canonical_json(&Tree::Map(map.to_vec())).unwrap(),
        r#"{"-0.0":"b","0.5":"c","1e+16":"d","1e-07":"e"}"#
    );
}

#[test]
fn a_value_that_refuses_says_why() {
    struct Refusal;
    impl Serialize for Refusal {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let error = canonical_json(&Refusal).unwrap_err();
    assert_eq!(error.to_string(), "not today");
}

#[test]
fn depth_is_bounded() {
    struct Nested(usize);
    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                0 => serializer.serialize_unit(),
                depth => serializer.collect_seq([Self(depth - 1)]),
            }
        }
    }
    assert_eq!(canonical_json(&Nested(127)).unwrap().len(), 2 * 127 + 4);
    for depth in [128, 1_000_000] {
        let error = canonical_json(&Nested(depth)).unwrap_err();
        assert!(path(&error).starts_with("$[0][0]"), "{error}");
        assert!(error.to_string().len() < 400);
    }
    // What is held as text counts with what is around it.
    let raw = |depth| RawValue::from_string("[".repeat(depth) + &"]".repeat(depth)).unwrap();
    assert!(canonical_json(&[raw(126)]).is_ok());
    let error = canonical_json(&[[raw(126)]]).unwrap_err();
    assert!(matches!(error, CanonicalJsonError::TooDeep { .. }));
}

#[test]
fn length_is_bounded() {
    struct Long;
    impl fmt::Display for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&"x".repeat(1024 * 1024))
        }
    }
    struct Endless;
    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(std::iter::repeat_with(|| Long.to_string()))
        }
    }
    assert_eq!(canonical_json(&Endless), Err(CanonicalJsonError::TooLong));
}
