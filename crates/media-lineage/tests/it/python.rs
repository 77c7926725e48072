//! The interchange formats, read by other people's libraries, where there is a
//! Python with those: `python -m pip install -r tests/python/requirements.txt`.

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use media_lineage::Start;

use crate::formats::intricate;

/// Names that Python.
const VARIABLE: &str = "MEDIA_LINEAGE_PYTHON";

#[test]
fn prov_and_openlineage_are_read_by_their_own_libraries() {
    let Some(python) = std::env::var_os(VARIABLE) else {
        // Where everything must be shown to hold, this must run.
        assert!(
            std::env::var_os("REQUIRE_TEST_PROGRAMS").is_none(),
            "set {VARIABLE}"
        );
        // Past the capture of output, so that it is seen.
        let line = format!("not run, for {VARIABLE} is not set: PROV and OpenLineage libraries");
        writeln!(io::stderr(), "\n{line}").unwrap();
        return;
    };
    let store = intricate();
    let start = Start::Path("/media/1".into());
    let lineage = store.trace(start, media_lineage::Direction::Both);
    let folder = tempfile::tempdir().unwrap();
    let [prov, events, jsonl] =
        ["prov.json", "events.jsonl", "lineage.jsonl"].map(|name| folder.path().join(name));
    let create = |path: &Path| std::fs::File::create(path).unwrap();
    lineage.write_prov(create(&prov)).unwrap();
    lineage.write_openlineage(create(&events)).unwrap();
    lineage.write_jsonl(create(&jsonl)).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/check.py");
    let output = Command::new(python)
        .arg(script)
        .args([prov, events, jsonl])
        .output()
        .unwrap();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problems}");
    let said = String::from_utf8(output.stdout).unwrap();
    let expected = format!(
        "{} entities, {} activities, {} events\n",
        lineage.contents.len(),
        lineage.jobs.len() + lineage.analyses.len(),
        lineage.jobs.len() + lineage.analyses.len(),
    );
    assert_eq!(said, expected);
}
