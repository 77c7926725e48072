//! `config-hash`.

use std::io::Write;
use std::process::Stdio;

use media_hash::config_hash_json;

use crate::support::Home;

#[test]
fn a_line_for_each_document() {
    let home = Home::new();
    home.write("a.json", r#"{"b": 1e-7, "a": "é"}"#);
    home.write("b.json", "[]");
    let hash = |text| config_hash_json(text).unwrap();
    let expected = format!("{}\n{}\n", hash(r#"{"a":"é","b":1e-07}"#), hash("{}"));
    let ran = home.run(&["config-hash", "a.json", "b.json"]);
    assert_eq!((ran.status, ran.text()), (0, &*expected));

    let ran = home.run(&["config-hash", "--canonical", "a.json", "b.json"]);
    assert_eq!(ran.text(), "{\"a\":\"\\u00e9\",\"b\":1e-07}\n{}\n");

    let ran = home.run(&["config-hash", "--format", "jsonl", "b.json"]);
    let object = &ran.objects()[0];
    assert_eq!(object["path"], "b.json");
    assert_eq!(object["config_hash"], hash("{}").as_str());
}

#[test]
fn standard_input_is_read_when_no_file_is_named() {
    let home = Home::new();
    for args in [&["config-hash"][..], &["config-hash", "-"]] {
        let mut child = home
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(b"{\"a\": 1}")
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let expected = format!("{}\n", config_hash_json(r#"{"a":1}"#).unwrap());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}

#[test]
fn what_is_wrong_is_said_and_the_rest_is_done() {
    let home = Home::new();
    home.write("bad.json", "{\"a\": NaN}");
    home.write("good.json", "{}");
    let ran = home.run(&["config-hash", "bad.json", "missing.json", "good.json"]);
    assert_eq!((ran.status, ran.lines().len()), (2, 1));
    let errors: Vec<_> = ran.stderr.lines().collect();
    assert!(
        errors[0].starts_with("error: bad.json has no config hash: "),
        "{errors:?}"
    );
    assert!(
        errors[1].starts_with("error: cannot read \"missing.json\": "),
        "{errors:?}"
    );
}
