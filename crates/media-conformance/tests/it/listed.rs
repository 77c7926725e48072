//! Every case is in the list.

use std::fs;
use std::path::Path;

/// A case that is written and not listed, under its own module, would never run.
#[test]
fn every_case_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (modules, list) = (read("lib.rs"), read("suite.rs"));
    let mut cases = 0;
    // What the list names is in a module that is public.
    for module in modules.split("\npub mod ").skip(1) {
        let (module, _) = module.split_once(';').unwrap();
        // Only its part of the list: another module may have a case of that name.
        let part = list.split_once(&format!(" {module}:\n"));
        let part = part.and_then(|(_, part)| part.split_once(';'));
        let listed: Vec<_> = part
            .map_or("", |(part, _)| part)
            .split_whitespace()
            .collect();
        let text = read(&format!("{module}.rs"));
        for function in text.split("\npub fn ").skip(1) {
            // The arguments may be on lines of their own.
            let (function, _) = function.split_once('(').unwrap();
            if let Some(name) = function.strip_suffix("<F: Fixture>") {
                assert!(listed.contains(&name), "{name} of {module}");
                cases += 1;
            }
        }
    }
    assert!(cases > 100, "{cases}");
}
