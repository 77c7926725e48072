//! `show`.

use media_hash::{Sha256, hash_bytes};
use media_schema::{NewAnalysis, NewProcessing, TimeRange, Timestamp};
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Home, Ran, database};

/// `talk.wav` with two results, cut into `clip.wav`.
fn recorded(home: &Home) {
    let content = hash_bytes::<Sha256>(b"talk");
    let at = |seconds| Timestamp::from_unix_seconds(seconds).unwrap();
    let result = |config: &str, ranges: &[TimeRange], seconds| {
        let config = hash_bytes::<Sha256>(config);
        NewAnalysis::new(home.path("talk.wav"), content.clone(), config)
            .unwrap()
            .with_ranges(ranges)
            .unwrap()
            .with_created_at(at(seconds))
    };
    let ranges = [
        TimeRange::new(0.0, 5.0, "speech"),
        TimeRange::new(5.0, 10.0, "music"),
    ];
    let cut = NewProcessing::new(
        "job-1",
        "cut",
        (home.path("talk.wav"), content.clone()),
        (home.path("clip.wav"), hash_bytes::<Sha256>(b"clip")),
    )
    .unwrap()
    .with_parameters_json(r#"{"start":5}"#)
    .unwrap()
    .with_created_at(at(1_767_225_700.0));
    database(
        &home.path("media.db"),
        &[
            result("a", &ranges, 1_767_225_600.0),
            result("b", &[], 1_767_225_650.0),
        ],
        &[cut],
    );
}

fn show(home: &Home, args: &[&str]) -> Ran {
    let mut command = home.command(&[&["show", "--db", "media.db"], args].concat());
    Ran::of(command.env("LC_ALL", "C.UTF-8"))
}

fn kinds(ran: &Ran) -> Vec<String> {
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    let kind = |object: &Value| object["kind"].as_str().unwrap().to_owned();
    ran.objects().iter().map(kind).collect()
}

#[test]
fn a_file_a_content_and_a_job_are_found_by_name() {
    let home = Home::new();
    recorded(&home);
    let hash = hash_bytes::<Sha256>(b"talk");
    let upper = hash.as_str().replace("sha256", "SHA256");
    let absolute = home.path("talk.wav");
    for name in [
        "talk.wav",
        "./a/../talk.wav",
        absolute.to_str().unwrap(),
        hash.as_str(),
        &upper,
    ] {
        let ran = show(&home, &[name]);
        assert_eq!(kinds(&ran)[..3], ["analysis", "analysis", "job"], "{name}");
        let objects = ran.objects();
        assert_eq!(objects[0]["created_at"], 1_767_225_650.0, "newest first");
        assert_eq!(objects[1]["ranges"][1]["label"], "music");
        assert_eq!(objects[2]["job_id"], "job-1");
    }
    let ran = show(&home, &["job-1"]);
    assert_eq!(kinds(&ran)[..1], ["job"]);
    assert_eq!(ran.objects()[0]["parameters"]["start"], 5);
    assert_eq!(kinds(&show(&home, &["clip.wav"]))[..1], ["job"]);

    let ran = show(&home, &["other.wav"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert!(
        ran.stderr.contains("nothing is recorded of \"other.wav\""),
        "{}",
        ran.stderr
    );
    let ran = show(&home, &["job-1", "--format", "csv"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
}

#[test]
fn a_name_that_means_several_things_is_shown_as_each() {
    let home = Home::new();
    recorded(&home);
    let path = home.path("job-1").to_str().unwrap().to_owned();
    Connection::open(home.path("media.db"))
        .unwrap()
        .execute(
            "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at)
             VALUES (?1, 'job-1', 'c', 1.5)",
            [&path],
        )
        .unwrap();
    let ran = show(&home, &["job-1"]);
    let found = kinds(&ran)
        .into_iter()
        .filter(|kind| kind == "analysis" || kind == "job");
    assert_eq!(found.collect::<Vec<_>>(), ["job", "analysis", "analysis"]);
    let ran = show(&home, &["job-1", "--format", "table"]);
    let lines = ran.lines();
    let titles = lines
        .iter()
        .filter(|line| ["job job-1", "content job-1"].contains(line) || line.starts_with("file /"));
    assert_eq!(titles.count(), 3, "{}", ran.text());
}

#[test]
fn people_see_ranges_over_time() {
    let home = Home::new();
    recorded(&home);
    let ran = show(&home, &["talk.wav", "--format", "table"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    let text = ran.text();
    assert!(text.starts_with("file /"), "{text}");
    assert!(text.contains("\nresult of 2026-01-01 00:00:50\n"), "{text}");
    let bar = |label: &str| {
        let lines = ran.lines();
        let line = lines
            .iter()
            .find(|line| line.starts_with(label) && line.contains(" in 1"));
        line.unwrap().matches('█').count()
    };
    assert!(bar("speech ") > 20);
    assert!(bar("speech ").abs_diff(bar("music ")) <= 1);
    assert!(text.contains("       0.000      5.000  speech\n"), "{text}");
    assert!(text.contains("\njobs\nCREATED "), "{text}");
    assert!(text.contains("\naudits\nnever audited"), "{text}");
    assert!(!text.contains('\x1b'), "no colour in a pipe");
    for line in &ran.lines()[1..] {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let plain = home
        .command(&["show", "--db", "media.db", "talk.wav", "--format", "table"])
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let plain = String::from_utf8(plain.stdout).unwrap();
    assert!(plain.contains("speech  ####"), "{plain}");
}

#[test]
fn what_it_was_made_from_and_what_was_made_from_it() {
    let home = Home::new();
    recorded(&home);
    audited(&home, "changed");
    let talk = hash_bytes::<Sha256>(b"talk");
    let clip = hash_bytes::<Sha256>(b"clip");
    for (name, kind, relative) in [
        ("talk.wav", "descendant", &clip),
        ("clip.wav", "ancestor", &talk),
    ] {
        let ran = show(&home, &[name]);
        let relatives: Vec<_> = ran
            .objects()
            .into_iter()
            .filter(|object| object["kind"] == "ancestor" || object["kind"] == "descendant")
            .collect();
        let [found] = &relatives[..] else {
            panic!("{}", ran.text());
        };
        assert_eq!(
            (&found["kind"], &found["hash"]),
            (&kind.into(), &relative.as_str().into())
        );
        assert_eq!(found["depth"], 1);
        assert_eq!(found["changed"], kind == "ancestor");
        assert_eq!(found["changed_ancestor"].is_null(), kind == "ancestor");
    }
    let ran = show(&home, &["clip.wav", "--format", "table"]);
    let (_, lineage) = ran.text().split_once("\nlineage\n").unwrap();
    assert!(lineage.contains("cut  sha256:"), "{lineage}");
}

#[test]
fn what_audits_found_is_told() {
    let home = Home::new();
    recorded(&home);
    audited(&home, "missing");
    for (name, checks) in [("talk.wav", 1), ("job-1", 1), ("clip.wav", 0)] {
        let found = kinds(&show(&home, &[name]));
        let found = found.iter().filter(|kind| *kind == "check").count();
        assert_eq!(found, checks, "{name}");
    }
    let ran = show(&home, &[hash_bytes::<Sha256>(b"talk").as_str()]);
    let check = ran
        .objects()
        .into_iter()
        .find(|object| object["kind"] == "check")
        .unwrap();
    assert_eq!(
        (&check["verdict"], &check["actual"]),
        (&"missing".into(), &Value::Null)
    );
    let ran = show(&home, &["talk.wav", "--format", "table"]);
    assert!(ran.text().contains("\nmissing  2026-01-"), "{}", ran.text());
}

#[test]
fn people_are_told_how_many_results_they_do_not_see() {
    let home = Home::new();
    recorded(&home);
    let connection = Connection::open(home.path("media.db")).unwrap();
    connection
        .execute_batch(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1203)
             INSERT INTO analysis_jobs (file_path, file_hash, config_hash, created_at)
             SELECT file_path, file_hash, n, n FROM analysis_jobs, n WHERE id = 1",
        )
        .unwrap();
    let ran = show(&home, &["talk.wav", "--format", "table"]);
    let results = ran.text().matches("\nresult of ").count();
    assert_eq!(results, 3, "{}", ran.text());
    assert!(
        ran.text().contains("\nand 1,202 older results\n"),
        "{}",
        ran.text()
    );
    let ran = show(&home, &["talk.wav"]);
    let all = kinds(&ran).into_iter().filter(|kind| kind == "analysis");
    assert_eq!(all.count(), 1205, "programs get all");
}

#[test]
fn people_are_told_of_checks_that_they_do_not_see() {
    let home = Home::new();
    recorded(&home);
    let table = |name| show(&home, &[name, "--format", "table"]);
    for (checks, has_more) in [(10, false), (11, true)] {
        for _ in 0..checks {
            audited(&home, "intact");
        }
        for name in ["talk.wav", "job-1"] {
            let ran = table(name);
            let rows = ran
                .lines()
                .iter()
                .filter(|line| line.starts_with("intact  "))
                .count();
            assert_eq!(rows, 10, "{}", ran.text());
            assert_eq!(
                ran.text().ends_with("\nand more: see `--format jsonl`\n"),
                has_more
            );
        }
        let connection = Connection::open(home.path("media.db")).unwrap();
        connection.execute("DELETE FROM fixity_checks", []).unwrap();
    }
}

/// Writes down that an audit found `talk.wav` so.
fn audited(home: &Home, verdict: &str) {
    let connection = Connection::open(home.path("media.db")).unwrap();
    let sql = media_schema::Ddl::newest("fixity_checks").unwrap().sql;
    connection.execute_batch(sql).unwrap();
    connection
        .execute(
            "INSERT INTO fixity_checks (audit_id, path, expected, verdict, checked_at)
             SELECT 1, file_path, file_hash, ?1, 1767312000 FROM analysis_jobs LIMIT 1",
            [verdict],
        )
        .unwrap();
}

#[test]
fn peers_rows_are_shown_as_far_as_they_go() {
    let home = Home::with_fixture("python-g1.db");
    let db = ["--db", "python-g1.db"];
    let ran = home.run(&[&["show", "/media/nan.wav", "--format", "table"], &db[..]].concat());
    assert_eq!(ran.status, 0);
    assert!(
        ran.text().contains("ranges  analysis_jobs row "),
        "{}",
        ran.text()
    );
    // Stored relative by a peer.
    let ran = home.run(&[&["show", "relative/clip.mkv"], &db[..]].concat());
    assert_eq!(kinds(&ran)[..1], ["analysis"]);

    let peer = Connection::open(home.path("python-g1.db")).unwrap();
    peer.execute(
        "UPDATE analysis_jobs SET created_at = 'noon' WHERE file_path = '/media/nan.wav'",
        [],
    )
    .unwrap();
    drop(peer);
    let ran = home.run(&[&["show", "/media/nan.wav"], &db[..]].concat());
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("created_at cannot be read"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1, "once: {}", ran.stderr);
}
