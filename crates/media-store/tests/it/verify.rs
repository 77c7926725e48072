//! `verify`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use media_hash::{ContentHash, Md5, Sha256, config_hash, hash_bytes};
use media_schema::{NewAnalysis, NewProcessing};
use rusqlite::Connection;

use crate::support::{Home, Ran, database};

fn analysis(path: &PathBuf, hash: ContentHash, config: u32) -> NewAnalysis {
    NewAnalysis::new(path, hash, config_hash(&[config]).unwrap()).unwrap()
}

/// Five files that come out in all ways, and one whose two hashes differ.
fn home() -> Home {
    let home = Home::new();
    let sha = |text: &str| hash_bytes::<Sha256>(text);
    let intact = home.write("intact", "abc");
    let changed = home.write("changed", "now");
    let output = home.write("output", "made");
    let missing = home.path("missing");
    let folder = home.path("folder");
    fs::create_dir(&folder).unwrap();
    let foreign: ContentHash = "tiger:00ff".parse().unwrap();
    let analyses = [
        analysis(&intact, sha("abc"), 1),
        analysis(&intact, sha("abc"), 2),
        analysis(&intact, hash_bytes::<Md5>("abc"), 3),
        analysis(&changed, sha("then"), 1),
        analysis(&missing, sha("gone"), 1),
        analysis(&folder, sha("folder"), 1),
        analysis(&output, foreign, 1),
    ];
    let jobs = [
        NewProcessing::new(
            "job-1",
            "convert",
            (&intact, sha("abc")),
            (&output, sha("made")),
        ),
        NewProcessing::new(
            "job-2",
            "convert",
            (&changed, sha("now")),
            (&missing, sha("gone")),
        ),
    ];
    database(&home.path("media.db"), &analyses, &jobs.map(Result::unwrap));
    home
}

/// The verdict of each path and role, sorted; the first character of the hash's
/// algorithm tells two of one role apart.
fn verdicts(home: &Home, ran: &Ran) -> Vec<(String, String)> {
    let root = home.path("");
    let mut verdicts: Vec<_> = ran
        .objects()
        .iter()
        .map(|object| {
            let text = |key: &str| object[key].as_str().unwrap().to_owned();
            let name = PathBuf::from(text("path"));
            let name = name.strip_prefix(&root).unwrap().display().to_string();
            let algorithm = text("expected").split_once(':').unwrap().0.to_owned();
            (
                format!("{name} {} {algorithm}", text("role")),
                text("verdict"),
            )
        })
        .collect();
    verdicts.sort();
    verdicts
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn every_recorded_hash_gets_its_verdict() {
    let home = home();
    let ran = home.run(&["verify", "--db", "media.db"]);
    assert_eq!(ran.status, 1);
    let expected = [
        ("changed input sha256", "intact"),
        ("changed source sha256", "changed"),
        ("folder source sha256", "unreadable"),
        ("intact input sha256", "intact"),
        ("intact source md5", "intact"),
        ("intact source sha256", "intact"),
        ("missing output sha256", "missing"),
        ("missing source sha256", "missing"),
        ("output output sha256", "intact"),
        ("output source tiger", "unverifiable"),
    ];
    assert_eq!(verdicts(&home, &ran), pairs(&expected));
    assert_eq!(
        ran.stderr,
        "5 files, 10 recorded hashes: \
         5 intact, 1 changed, 2 missing, 1 unreadable, 1 unverifiable\n\
         changed: restore it from a backup; if it was meant, analyse or make it again\n\
         missing: restore it from a backup\n\
         unreadable: mend what is said of it, and verify it again\n"
    );
    let objects = ran.objects();
    let find = |name: &str, role: &str| {
        let is_it = |object: &&serde_json::Value| {
            object["path"].as_str().unwrap().ends_with(name) && object["role"] == role
        };
        objects.iter().find(is_it).unwrap()
    };
    let changed = find("changed", "source");
    assert_eq!(changed["expected"], hash_bytes::<Sha256>("then").as_str());
    assert_eq!(changed["actual"], hash_bytes::<Sha256>("now").as_str());
    assert!(changed["problem"].is_null());
    assert!(find("missing", "source")["actual"].is_null());
    assert!(
        find("folder", "source")["problem"]
            .as_str()
            .unwrap()
            .contains("a directory")
    );
    assert_eq!(find("intact", "input")["jobs"][0]["job_id"], "job-1");
    let twice = objects
        .iter()
        .find(|object| object["jobs"].as_array().unwrap().len() == 2)
        .unwrap();
    let jobs: Vec<BTreeMap<String, serde_json::Value>> =
        serde_json::from_value(twice["jobs"].clone()).unwrap();
    assert_eq!(jobs[0]["table"], "analysis_jobs");
    assert_eq!(
        (jobs[0]["id"].as_i64(), jobs[1]["id"].as_i64()),
        (Some(1), Some(2))
    );
    assert!(objects.iter().all(|object| object["found_at"].is_null()));
}

#[test]
fn people_see_what_is_wrong() {
    let home = home();
    let ran = home.run(&["verify", "--db", "media.db", "--format", "table"]);
    assert_eq!(ran.status, 1);
    assert!(ran.lines()[0].starts_with("VERDICT"));
    assert_eq!(ran.lines().len(), 6);
    assert!(!ran.text().contains("\nintact"));
    assert!(
        ran.stderr.contains("\"tiger\" is not known here"),
        "{}",
        ran.stderr
    );
    for line in ran.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn a_part_can_be_verified() {
    let home = home();
    let part = |args: &[&str]| home.run(&[&["verify", "--db", "media.db"], args].concat());

    let ran = part(&["--job", "job-1"]);
    assert_eq!(
        (ran.status, &*ran.stderr),
        (0, "2 files, 2 recorded hashes: 2 intact\n")
    );

    let ran = part(&["--path", "intact", "--path", "changed", "--processing"]);
    let expected = [
        ("changed input sha256", "intact"),
        ("intact input sha256", "intact"),
    ];
    assert_eq!((ran.status, verdicts(&home, &ran)), (0, pairs(&expected)));

    let ran = part(&["--job", "job-2", "--path", "changed", "--jobs", "1"]);
    let expected = [
        ("changed input sha256", "intact"),
        ("changed source sha256", "changed"),
        ("missing output sha256", "missing"),
    ];
    assert_eq!((ran.status, verdicts(&home, &ran)), (1, pairs(&expected)));
    for object in ran.objects() {
        assert_eq!(
            object["jobs"].as_array().unwrap().len(),
            1,
            "asked for twice, named once"
        );
    }

    assert_eq!(part(&["--analysis"]).lines().len(), 6);
    assert_eq!(part(&["--processing"]).lines().len(), 4);
    assert_eq!(part(&["--processing", "--analysis"]).lines().len(), 10);
}

#[test]
fn what_is_not_recorded_is_not_verified() {
    let home = home();
    for (option, name) in [("--job", "job-9"), ("--path", "media.db")] {
        let ran = home.run(&["verify", "--db", "media.db", option, name]);
        assert_eq!((ran.status, ran.text()), (2, ""));
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
}

#[test]
fn a_row_that_cannot_be_read_is_not_intact() {
    let home = Home::new();
    let intact = home.write("intact", "abc");
    let hash = hash_bytes::<Sha256>("abc");
    let rows = [
        analysis(&intact, hash.clone(), 1),
        analysis(&intact, hash, 2),
    ];
    database(&home.path("media.db"), &rows, &[]);
    let peer = Connection::open(home.path("media.db")).unwrap();
    peer.execute(
        "UPDATE analysis_jobs SET file_hash = x'00' WHERE id = 1",
        [],
    )
    .unwrap();
    drop(peer);
    let ran = home.run(&["verify", "--db", "media.db"]);
    assert_eq!((ran.status, ran.lines().len()), (1, 1));
    assert!(
        ran.stderr
            .starts_with("error: analysis_jobs row 1: column file_hash cannot be read")
    );
}

/// It is open, and closing it once more would drop the locks on it.
#[cfg(unix)]
#[test]
fn the_database_itself_cannot_be_verified() {
    let home = Home::new();
    let db = home.path("media.db");
    database(&db, &[analysis(&db, hash_bytes::<Sha256>("other"), 1)], &[]);
    let ran = home.run(&["verify", "--db", "media.db"]);
    let object = &ran.objects()[0];
    assert_eq!((ran.status, &object["verdict"]), (1, &"unreadable".into()));
    let problem = object["problem"].as_str().unwrap();
    assert!(
        problem.contains("database open in this process"),
        "{problem}"
    );
}

#[test]
fn a_moved_file_is_found() {
    let home = Home::new();
    let here = home.write("here", "abc");
    let hash = hash_bytes::<Sha256>("abc");
    let gone = home.path("gone");
    let rows = [analysis(&here, hash.clone(), 1), analysis(&gone, hash, 1)];
    database(&home.path("media.db"), &rows, &[]);
    let ran = home.run(&["verify", "--db", "media.db", "--path", "gone"]);
    assert_eq!(ran.status, 1);
    let object = &ran.objects()[0];
    assert_eq!(object["verdict"], "moved");
    assert_eq!(object["found_at"], here.to_str().unwrap());
    assert_eq!(
        ran.stderr,
        "1 file, 1 recorded hash: 1 moved\n\
         moved: nothing is lost, the content is where it was found\n"
    );
    let ran = home.run(&["verify", "--db", "media.db", "--format", "table"]);
    assert_eq!(ran.lines().len(), 2);
    assert!(ran.lines()[1].starts_with("moved "));
}

#[test]
fn an_audit_is_limited_and_resumed() {
    let home = home();
    let run = |args: &[&str]| home.run(&[&["verify", "--db", "media.db"], args].concat());
    let ran = run(&["--time-limit", "0s"]);
    assert_eq!((ran.status, ran.text()), (0, ""));
    assert_eq!(
        ran.stderr,
        "0 files, 0 recorded hashes\n\
         the time is up, 5 files left: go on with `media-store verify --resume`\n"
    );
    let ran = run(&["--resume"]);
    assert_eq!((ran.status, ran.lines().len()), (1, 10));
    assert!(ran.stderr.starts_with("going on with audit 1\n"));
    let ran = run(&["--resume", "--time-limit", "1h 30m", "--quiet"]);
    assert_eq!((ran.status, ran.lines().len()), (1, 10));
    let ran = run(&["--resume", "--analysis"]);
    assert!(
        ran.stderr
            .starts_with("no audit was left unfinished: beginning a new one\n")
    );
    let peer = Connection::open(home.path("media.db")).unwrap();
    let audits: i64 = peer
        .query_row("SELECT count(*) FROM fixity_audits", [], |row| row.get(0))
        .unwrap();
    assert_eq!(audits, 3);
}

/// A database of the Python library is not made ours to keep a history.
#[test]
fn what_is_not_ours_is_verified_and_left_alone() {
    for name in ["python-g1.db", "python-g2.db"] {
        let home = Home::with_fixture(name);
        let before = fs::read(home.path(name)).unwrap();
        let ran = home.run(&["verify", "--db", name, "--resume"]);
        assert_eq!(ran.status, 1);
        assert!(!ran.lines().is_empty());
        assert!(
            ran.stderr
                .contains("no history is kept: the database was not adopted"),
            "{}",
            ran.stderr
        );
        assert!(fs::read(home.path(name)).unwrap() == before);
        assert_eq!(home.names(), [name]);
    }
}

/// It may be one that is handed out, or lie on a network mount.
#[test]
fn a_rollback_journal_stays_one() {
    let home = home();
    let mode = |sql: &str| -> String {
        let peer = Connection::open(home.path("media.db")).unwrap();
        peer.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(mode("PRAGMA journal_mode = delete"), "delete");
    let ran = home.run(&["verify", "--db", "media.db"]);
    assert_eq!((ran.status, ran.lines().len()), (1, 10));
    assert!(!ran.stderr.contains("history"), "{}", ran.stderr);
    assert_eq!(mode("PRAGMA journal_mode"), "delete");
}
