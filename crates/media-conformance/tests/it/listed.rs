//! Every case is in the list.

use std::fs;
use std::path::Path;

/// A case that is written and not listed would never run.
#[test]
fn every_case_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let list = fs::read_to_string(folder.join("suite.rs")).unwrap();
    let listed: Vec<_> = list.split([' ', '\n', ';']).collect();
    let mut cases = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let Some(rest) = line.strip_prefix("pub fn ") else {
                continue;
            };
            let Some((name, _)) = rest.split_once("<F: Fixture>(suite: ") else {
                continue;
            };
            assert!(listed.contains(&name), "{name} of {}", path.display());
            cases += 1;
        }
    }
    assert!(cases > 100, "{cases}");
}
