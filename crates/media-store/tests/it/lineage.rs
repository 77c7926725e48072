//! `lineage`.

use media_hash::{ContentHash, Sha256, config_hash, hash_bytes};
use media_schema::{NewAnalysis, NewProcessing};
use rusqlite::Connection;

use crate::support::{Home, Ran, database};

fn sha(text: &str) -> ContentHash {
    hash_bytes::<Sha256>(text)
}

/// A talk, a clip of it, and a transcription of the clip; the talk was analysed.
fn home() -> Home {
    let home = Home::new();
    let file = |name: &str| (home.path(name), sha(name));
    let (talk, clip, text) = (file("talk.mkv"), file("clip.wav"), file("clip.txt"));
    let analyses = [NewAnalysis::new(
        &talk.0,
        talk.1.clone(),
        config_hash(&[1]).unwrap(),
    )];
    let jobs = [
        NewProcessing::new("job-1", "extract_segment", talk, clip.clone()),
        NewProcessing::new("job-2", "transcribe", clip, text),
    ];
    database(
        &home.path("media.db"),
        &analyses.map(Result::unwrap),
        &jobs.map(Result::unwrap),
    );
    home
}

fn lineage(home: &Home, args: &[&str]) -> Ran {
    home.run(&[&["lineage", "--db", "media.db"], args].concat())
}

/// The names of the files of the contents, in their order.
fn names(ran: &Ran) -> Vec<String> {
    let objects = ran.objects();
    let contents = objects.iter().filter(|object| object["kind"] == "content");
    let path = |content: &serde_json::Value| {
        let path = content["files"][0]["path"].as_str().unwrap();
        path.rsplit(['/', '\\']).next().unwrap().to_owned()
    };
    contents.map(path).collect()
}

#[test]
fn paths_hashes_and_jobs_are_where_it_starts() {
    let home = home();
    let hash = sha("clip.wav").to_string();
    let all = ["clip.wav", "talk.mkv", "clip.txt"];
    for start in ["clip.wav", "./clip.wav", &hash, &hash.to_uppercase()] {
        let ran = lineage(&home, &[start]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{start}");
        assert_eq!(names(&ran), all, "{start}");
        assert_eq!(ran.lines().len(), 6);
    }
    assert_eq!(names(&lineage(&home, &["--up", "clip.wav"])), all[..2]);
    let down = lineage(&home, &["clip.wav", "--down"]);
    assert_eq!(names(&down), ["clip.wav", "clip.txt"]);
    assert_eq!(
        names(&lineage(&home, &["job-2"])),
        ["clip.wav", "talk.mkv", "clip.txt"]
    );

    let ran = lineage(&home, &["elsewhere.wav"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert!(ran.stderr.contains("\"elsewhere.wav\""), "{}", ran.stderr);
    assert_eq!(lineage(&home, &["--up", "--down", "clip.wav"]).status, 2);
    assert_eq!(home.run(&["lineage", "--db", "none.db", "x"]).status, 2);
}

#[test]
fn the_format_may_stand_before_or_after_the_name() {
    let home = home();
    for (format, beginning) in [
        ("tree", "made from:\n"),
        ("table", "made from:\n"),
        ("jsonl", "{\"kind\":\"content\""),
        ("dot", "digraph lineage {\n"),
        ("mermaid", "flowchart LR\n"),
        ("prov", "{\n\"prefix\":{"),
        ("openlineage", "{\"event"),
    ] {
        let before = [
            "--format", format, "--db", "media.db", "lineage", "clip.wav",
        ];
        let before = home.run(&before);
        let after = lineage(&home, &["clip.wav", "--format", format]);
        assert_eq!((before.status, &*before.stderr), (0, ""), "{format}");
        assert!(before.text().starts_with(beginning), "{}", before.text());
        assert_eq!(before.stdout, after.stdout);
        // Other commands list.
        if !matches!(format, "table" | "jsonl") {
            for args in [
                ["--format", format, "jobs", "analysis"],
                ["jobs", "analysis", "--format", format],
            ] {
                let ran = home.run(&[&args[..], &["--db", "media.db"]].concat());
                assert_eq!((ran.status, ran.text()), (2, ""), "{args:?}");
                assert!(ran.stderr.contains(format), "{}", ran.stderr);
            }
        }
    }
    for args in [
        ["--format", "csv", "lineage", "x"],
        ["lineage", "x", "--format", "csv"],
    ] {
        let ran = home.run(&args);
        assert_eq!((ran.status, ran.text()), (2, ""));
        assert!(ran.stderr.contains("csv"), "{}", ran.stderr);
    }
    assert_eq!(lineage(&home, &["clip.wav", "--format", "svg"]).status, 2);
    let help = |command: &[&str]| home.run(&[command, &["--help"]].concat()).text().to_owned();
    assert!(help(&["jobs", "analysis"]).contains("[possible values: table, jsonl, csv]"));
    let of_lineage = "[possible values: tree, jsonl, dot, mermaid, prov, openlineage]";
    let text = help(&["lineage"])
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(text.contains(of_lineage), "{text}");
}

#[test]
fn what_an_audit_found_changed_is_marked() {
    let home = home();
    let connection = Connection::open(home.path("media.db")).unwrap();
    let ddl = media_schema::Ddl::newest("fixity_checks").unwrap();
    connection.execute_batch(ddl.sql).unwrap();
    connection
        .execute(
            "INSERT INTO fixity_checks (audit_id, path, expected, verdict, checked_at)
             VALUES (1, ?1, ?2, 'changed', 1.0)",
            [
                home.path("talk.mkv").to_str().unwrap(),
                sha("talk.mkv").as_str(),
            ],
        )
        .unwrap();
    drop(connection);
    let tree = lineage(&home, &["clip.txt", "--format", "tree"]);
    let marks: Vec<_> = tree
        .lines()
        .iter()
        .filter(|line| line.contains("changed"))
        .copied()
        .collect();
    assert_eq!(marks.len(), 4, "{}", tree.text());
    assert!(!tree.text().contains('\x1b'));
    assert!(tree.lines().iter().all(|line| line.chars().count() <= 80));
}

#[test]
fn a_row_that_cannot_be_read_is_reported() {
    let home = home();
    let connection = Connection::open(home.path("media.db")).unwrap();
    let sql = "UPDATE processing_jobs SET created_at = 'soon' WHERE job_id = 'job-2'";
    connection.execute(sql, []).unwrap();
    drop(connection);
    let ran = lineage(&home, &["clip.wav"]);
    assert_eq!(ran.status, 2);
    assert_eq!(names(&ran), ["clip.wav", "talk.mkv"]);
    assert!(ran.stderr.contains("created_at"), "{}", ran.stderr);
}
