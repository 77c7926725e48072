//! The formats, on a lineage that has everything.

use media_lineage::{Direction, Start, TreeStyle};
use rusqlite::params;
use serde_json::Value;

use crate::support::{Store, hash, path};

/// A chain with a branch, a diamond, a cycle and a self loop, unusual names,
/// analyses, several files for a content, and changed ones.
pub(crate) fn intricate() -> Store {
    let edges = [(5, 1), (1, 2), (1, 3), (2, 4), (3, 4), (4, 1), (2, 2)];
    let store = Store::new(&edges, &[(1, 1), (4, 1), (4, 2)]);
    let insert = "INSERT INTO processing_jobs
        (job_id, action, input_path, input_hash, output_path, output_hash, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let uuid = "0198c2d4-7777-7000-8000-000000000001";
    let one = hash(1);
    let one = one.as_str();
    let strange = "say \"hi\" \\N <b>`x`</b>\n#35; ]|";
    for (job_id, action, path, output, time) in [
        (uuid, "convert", "/media/夜の歌.flac", "sha256:night", 1e300),
        (strange, strange, strange, strange, -1e15),
        ("", "", "", "", 2.5),
        ("-a.b:c/d", "a", "/media/a%20b", "a%3Ab:c", 3.5),
    ] {
        store.write(|connection| {
            connection.execute(
                insert,
                params![job_id, action, "/copy of 1", one, path, output, time],
            )
        });
    }
    store.check(&path(5), hash(5).as_str(), "changed");
    store.check(&path(3), hash(3).as_str(), "missing");
    store
}

fn lineage() -> media_lineage::Lineage {
    intricate().trace(Start::Path(path(1)), Direction::Both)
}

fn text(write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_tree_shows_each_content_once_and_marks_cycles() {
    let store = Store::new(
        &[(5, 1), (1, 2), (1, 3), (2, 4), (3, 4), (4, 1), (4, 6)],
        &[(4, 9), (5, 9)],
    );
    store.check(&path(5), hash(5).as_str(), "changed");
    let lineage = store.trace(Start::Path(path(1)), Direction::Both);
    let tree = text(|out| lineage.write_tree(out, TreeStyle::default()));
    let expected = "\
made from:
sha256:6b86…  /media/1  from changed sha256:ef2d…
├─ convert  sha256:ef2d…  /media/5  changed
│  └─ analysis  config sha256:1958…
└─ convert  sha256:4b22…  /media/4  from changed sha256:ef2d…
   ├─ convert  sha256:d473…  /media/2  from changed sha256:ef2d…
   │  └─ convert  sha256:6b86…  /media/1  from changed sha256:ef2d…  (cycle)
   └─ convert  sha256:4e07…  /media/3  from changed sha256:ef2d…
      └─ convert  sha256:6b86…  /media/1  from changed sha256:ef2d…  (cycle)
made into:
sha256:6b86…  /media/1  from changed sha256:ef2d…
├─ convert  sha256:d473…  /media/2  from changed sha256:ef2d…
│  └─ convert  sha256:4b22…  /media/4  from changed sha256:ef2d…
│     ├─ analysis  config sha256:1958…
│     ├─ convert  sha256:6b86…  /media/1  from changed sha256:ef2d…  (cycle)
│     └─ convert  sha256:e7f6…  /media/6  from changed sha256:ef2d…
└─ convert  sha256:4e07…  /media/3  from changed sha256:ef2d…
   └─ convert  sha256:4b22…  /media/4  from changed sha256:ef2d…  (see above)
";
    assert_eq!(tree, expected);
}

/// There is nothing above to see.
#[test]
fn a_tree_refers_to_no_content_on_which_nothing_hangs() {
    let lineage = Store::new(&[(1, 2), (1, 2)], &[]).around(1);
    let tree = text(|out| lineage.write_tree(out, TreeStyle::default()));
    let expected = "\
made from: nothing that is recorded
sha256:6b86…  /media/1
made into:
sha256:6b86…  /media/1
├─ convert  sha256:d473…  /media/2
└─ convert  sha256:d473…  /media/2
";
    assert_eq!(tree, expected);
}

#[test]
fn the_tree_of_a_long_chain_fits() {
    let edges: Vec<_> = (0..200).map(|n| (n, n + 1)).collect();
    let store = Store::new(&edges, &[]);
    let lineage = store.around(100);
    for width in [80, 60] {
        let style = TreeStyle {
            width,
            color: false,
        };
        let tree = text(|out| lineage.write_tree(out, style));
        assert_eq!(tree.lines().count(), 204);
        for line in tree.lines() {
            assert!(line.chars().count() <= width, "{line}");
        }
        assert!(tree.contains("/media/200"));
    }
}

#[test]
fn only_a_tree_in_colour_has_escape_sequences() {
    let lineage = lineage();
    let tree = |color| text(|out| lineage.write_tree(out, TreeStyle { width: 80, color }));
    assert!(!tree(false).contains('\x1b'));
    let plain = tree(true)
        .replace("\x1b[31m", "")
        .replace("\x1b[33m", "")
        .replace("\x1b[0m", "");
    assert_ne!(plain, tree(true));
    assert_eq!(plain, tree(false));
}

#[test]
fn json_lines_have_every_content_job_and_analysis() {
    let lineage = lineage();
    let lines = text(|out| lineage.write_jsonl(out));
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!(count("content"), lineage.contents.len());
    assert_eq!(count("job"), lineage.jobs.len());
    assert_eq!(count("analysis"), 3);
    let first = &lines[0];
    assert_eq!(first["hash"], hash(1).as_str());
    assert_eq!(
        (&first["above"], &first["below"]),
        (&Value::from(0), &Value::from(0))
    );
    assert_eq!(first["files"][0]["path"], "/copy of 1");
    assert_eq!(first["changed_ancestor"], hash(5).as_str());
    let changed = lines.iter().find(|line| line["changed"] == true).unwrap();
    assert_eq!(changed["files"][0]["verdict"], "changed");
    assert_eq!(changed["files"][0]["actual"], "sha256:now");
}

#[test]
fn quotes_and_markup_are_escaped_in_graphs() {
    let lineage = lineage();
    let dot = text(|out| lineage.write_dot(out));
    assert!(
        dot.contains(r#"label="say \"hi\" \\N <b>`x`</b>\l#35; ]|\l""#),
        "{dot}"
    );
    let mermaid = text(|out| lineage.write_mermaid(out));
    for line in mermaid.lines() {
        assert!(line.matches('"').count() % 2 == 0, "{line}");
        assert!(!line.contains(['`', '\\', '{']), "{line}");
    }
    assert!(
        mermaid.contains("say #34;hi#34; #92;N #60;b#62;"),
        "{mermaid}"
    );
    assert_eq!(mermaid.matches(" -->|").count(), lineage.jobs.len());
    assert_eq!(
        dot.matches(" [style=dashed]").count(),
        lineage.analyses.len()
    );
}
