//! `report`: the page as a file. What a browser makes of it is in
//! `report_in_browser`.

use std::fs;
use std::path::Path;

use media_hash::ContentHash;
use media_schema::{NewAnalysis, NewProcessing, TimeRange};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Home, database, fixture};

/// What must never become part of the page's markup.
pub(crate) const HOSTILE: &str = "</script><script>alert(1)</script><!-- \u{2028}&amp;\" \\";

/// The table that audits write, as far as a report reads it.
const CHECKS: &str = "\
    CREATE TABLE fixity_checks (id INTEGER PRIMARY KEY AUTOINCREMENT, audit_id INTEGER NOT NULL,
        path TEXT NOT NULL, expected TEXT NOT NULL, actual TEXT, verdict TEXT NOT NULL,
        found_at TEXT, problem TEXT, checked_at REAL NOT NULL);
    CREATE INDEX by_expected ON fixity_checks(expected, path);";

pub(crate) fn hash(number: usize) -> ContentHash {
    format!("sha256:{number:064x}").parse().unwrap()
}

pub(crate) fn analysis(path: &str, content: usize, ranges: &[TimeRange]) -> NewAnalysis {
    NewAnalysis::new(path, hash(content), hash(0))
        .unwrap()
        .with_ranges(ranges)
        .unwrap()
}

/// A job that made one content of another, each in the file of its number.
pub(crate) fn job(action: &str, from: usize, into: usize) -> NewProcessing {
    NewProcessing::new(
        format!("{action}-{from}-{into}"),
        action,
        (format!("/lineage/{from}.wav"), hash(from)),
        (format!("/lineage/{into}.wav"), hash(into)),
    )
    .unwrap()
}

/// Records what an audit found of the file of a number.
pub(crate) fn check(database: &Path, number: usize, verdict: &str, at: f64) {
    let connection = Connection::open(database).unwrap();
    if !connection.table_exists(None, "fixity_checks").unwrap() {
        connection.execute_batch(CHECKS).unwrap();
    }
    connection
        .execute(
            "INSERT INTO fixity_checks (audit_id, path, expected, verdict, checked_at) \
             VALUES (1, ?1, ?2, ?3, ?4)",
            (
                format!("/lineage/{number}.wav"),
                hash(number).as_str(),
                verdict,
                at,
            ),
        )
        .unwrap();
}

/// Writes the report of `media.db` and returns the page.
pub(crate) fn report(home: &Home) -> String {
    let ran = home.run(&["report", "--db", "media.db", "--output", "report.html"]);
    assert_eq!((ran.status, ran.text()), (0, ""), "{}", ran.stderr);
    fs::read_to_string(home.path("report.html")).unwrap()
}

/// The blocks of JSON whose tag has an attribute.
fn blocks(page: &str, attribute: &str) -> Vec<Value> {
    page.split("<script type=\"application/json\" ")
        .skip(1)
        .filter_map(|block| block.strip_prefix(&format!("{attribute}>")))
        .map(|block| serde_json::from_str(block.split_once("</script>").unwrap().0).unwrap())
        .collect()
}

/// All items of the blocks of a kind.
fn items(page: &str, kind: &str) -> Vec<Value> {
    blocks(page, &format!("data-kind=\"{kind}\""))
        .iter()
        .flat_map(|block| block.as_array().unwrap().clone())
        .collect()
}

fn totals(page: &str) -> Value {
    blocks(page, "data-kind=\"about\"")[0]["totals"].clone()
}

#[test]
fn rows_come_back_as_they_were_saved() {
    let home = Home::new();
    let mut hostile = TimeRange::new(0.25, 2.0, HOSTILE);
    hostile.confidence = Some(0.5);
    hostile.payload.insert(HOSTILE.to_owned(), json!(HOSTILE));
    let ranges = [TimeRange::new(2.0, 1e-7, "b"), hostile];
    let path = format!("/media/{HOSTILE}.wav");
    let metadata = json!({ HOSTILE: [HOSTILE] });
    let saved = analysis(&path, 1, &ranges)
        .with_metadata(&metadata)
        .unwrap();
    let made = NewProcessing::new(HOSTILE, HOSTILE, (&path, hash(1)), (HOSTILE, hash(2)))
        .unwrap()
        .with_parameters(&metadata)
        .unwrap();
    database(&home.path("media.db"), &[saved], &[made]);
    let page = report(&home);
    let found = items(&page, "analyses");
    assert_eq!(
        json!(found[0].as_array().unwrap()[1..4]),
        json!([path, hash(1).as_str(), hash(0).as_str()])
    );
    assert_eq!(
        json!(found[0].as_array().unwrap()[5..]),
        json!([2, [1e-7, 2], [HOSTILE, "b"], null])
    );
    let details = &blocks(&page, "id=\"analysis-1\"")[0];
    let columns = &details["ranges"];
    assert_eq!(columns["start"], json!([2, 0.25]));
    assert_eq!(columns["end"], json!([1e-7, 2]));
    assert_eq!(columns["labels"], json!([HOSTILE, "b"]));
    assert_eq!(columns["label"], json!([1, 0]));
    assert_eq!(columns["confidence"], json!([null, 0.5]));
    let more: Value = serde_json::from_str(columns["more"]["1"].as_str().unwrap()).unwrap();
    assert_eq!(more, json!({ "payload": { HOSTILE: HOSTILE } }));
    let read = |text: &Value| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap();
    assert_eq!(read(&details["metadata"]), metadata);
    assert_eq!(
        json!(items(&page, "jobs")[0].as_array().unwrap()[1..7]),
        json!([
            HOSTILE,
            HOSTILE,
            path,
            hash(1).as_str(),
            HOSTILE,
            hash(2).as_str()
        ])
    );
    let details = &blocks(&page, "id=\"job-1\"")[0];
    assert_eq!(read(&details["parameters"]), metadata);
}

#[test]
fn the_page_is_one_file_that_asks_for_nothing() {
    let home = Home::new();
    let saved = analysis("/media/a.wav", 1, &[TimeRange::new(0.0, 1.0, "sound")]);
    database(&home.path("media.db"), &[saved], &[]);
    let page = report(&home);
    for wanted in [
        "http:",
        "https:",
        "src=",
        "@import",
        "url(\"",
        "innerHTML",
        "eval(",
    ] {
        assert!(!page.contains(wanted), "{wanted}");
    }
    // The script's own, and a block for the row, its line and the page itself.
    assert_eq!(page.matches("<script").count(), 4);
    assert!(page.contains("content=\"default-src 'none'; script-src 'sha256-"));
    assert!(!page.contains("unsafe-inline"));
    let names = home.names();
    assert!(
        names
            .iter()
            .all(|name| name.starts_with("media.db") || name == "report.html")
    );
}

#[test]
fn everything_is_counted() {
    let home = Home::new();
    let ranges = [TimeRange::new(0.0, 1.0, "a"), TimeRange::new(1.0, 2.0, "b")];
    let analyses: Vec<_> = (0..120)
        .map(|number| analysis(&format!("/media/{number}.wav"), number, &ranges))
        .collect();
    let jobs: Vec<_> = (0..1200)
        .map(|number| job("cut", number, number + 1))
        .collect();
    database(&home.path("media.db"), &analyses, &jobs);
    for audit in 0..15 {
        check(&home.path("media.db"), 7, "intact", f64::from(audit));
    }
    check(&home.path("media.db"), 8, "changed", 99.0);
    let page = report(&home);
    let expected =
        json!({"analyses": 120, "ranges": 240, "jobs": 1200, "checks": 11, "problems": 0});
    assert_eq!(totals(&page), expected);
    assert_eq!(items(&page, "analyses").len(), 120);
    assert_eq!(items(&page, "jobs").len(), 1200);
    assert_eq!(page.matches(" id=\"analysis-").count(), 120);
    // The last check of each file, and the nine before it at most.
    let at = |kind| -> Vec<_> {
        let checks = items(&page, kind);
        checks
            .iter()
            .map(|check| check[7].as_f64().unwrap())
            .collect()
    };
    assert_eq!(at("checks"), [14.0, 99.0]);
    assert_eq!(at("past"), (5..14).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_read_is_said_and_shown() {
    let home = Home::new();
    database(
        &home.path("media.db"),
        &[analysis("/media/a.wav", 1, &[])],
        &[],
    );
    let connection = Connection::open(home.path("media.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, ranges, metadata, created_at)
             VALUES ('/media/nan.wav', 'md5', '', '[{\"start\": NaN}]', '{\"a\": NaN}', 1e300),
                    ('/media/blob.wav', 'md5:x', '', x'00', NULL, 1.0),
                    ('/media/when.wav', 'md5:x', '', '[]', NULL, 'soon');",
        )
        .unwrap();
    drop(connection);
    let ran = home.run(&["report", "--db", "media.db", "-o", "report.html"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert!(
        ran.stderr
            .contains("error: analysis_jobs row 3: column ranges"),
        "{}",
        ran.stderr
    );
    let page = fs::read_to_string(home.path("report.html")).unwrap();
    let problems = items(&page, "problems");
    assert_eq!(problems.len(), 2);
    assert!(
        problems[0]
            .as_str()
            .unwrap()
            .contains("row 4: column created_at")
    );
    let details = &blocks(&page, "id=\"analysis-2\"")[0];
    assert_eq!(details["ranges_raw"], "[{\"start\": NaN}]");
    assert_eq!(details["metadata"], "{\"a\": NaN}");
    assert!(details.get("ranges").is_none());
    assert_eq!(totals(&page)["problems"], 2);
}

#[test]
fn a_database_without_a_table_is_an_empty_report() {
    let home = Home::new();
    drop(
        media_sqlite::OpenOptions::new()
            .open(home.path("media.db"))
            .unwrap(),
    );
    let page = report(&home);
    let expected = json!({"analyses": 0, "ranges": 0, "jobs": 0, "checks": 0, "problems": 0});
    assert_eq!(totals(&page), expected);
}

#[test]
fn a_span_narrows_the_report() {
    let home = Home::new();
    let at = |seconds| media_schema::Timestamp::from_unix_seconds(seconds).unwrap();
    let analyses = [
        analysis("/media/old.wav", 1, &[]).with_created_at(at(100.0)),
        analysis("/media/new.wav", 2, &[]).with_created_at(at(200.0)),
    ];
    let jobs = [job("cut", 1, 2).with_created_at(at(199.0))];
    database(&home.path("media.db"), &analyses, &jobs);
    let ran = home.run(&[
        "report", "--db", "media.db", "--since", "200", "-o", "r.html",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let page = fs::read_to_string(home.path("r.html")).unwrap();
    let expected = json!({"analyses": 1, "ranges": 0, "jobs": 0, "checks": 0, "problems": 0});
    assert_eq!(totals(&page), expected);
    assert_eq!(items(&page, "analyses")[0][1], "/media/new.wav");
}

#[test]
fn files_of_the_python_library_are_shown_and_left_alone() {
    for name in ["python-g1.db", "python-g2.db"] {
        let home = Home::with_fixture(name);
        let ran = home.run(&["report", "--db", name, "-o", "report.html", "--quiet"]);
        let listed = |kind| {
            let limit = ["--limit", "100000", "--db", name];
            home.run(&[&["jobs", kind][..], &limit].concat())
                .lines()
                .len()
        };
        let page = fs::read_to_string(home.path("report.html")).unwrap();
        assert_eq!(
            items(&page, "analyses").len(),
            listed("analysis"),
            "{}",
            ran.stderr
        );
        assert_eq!(items(&page, "jobs").len(), listed("processing"));
        assert_eq!(
            fs::read(home.path(name)).unwrap(),
            fs::read(fixture(name)).unwrap()
        );
    }
}

#[test]
fn only_a_page_is_replaced() {
    let home = Home::new();
    database(
        &home.path("media.db"),
        &[analysis("/media/a.wav", 1, &[])],
        &[],
    );
    home.write("song.flac", "fLaC");
    home.write("empty.html", "");
    fs::create_dir(home.path("folder")).unwrap();
    let before = fs::read(home.path("media.db")).unwrap();
    let refused = [
        "media.db",
        "./media.db",
        "media.db-wal",
        "media.db-shm",
        "media.db-journal",
        "song.flac",
        "folder",
    ];
    for name in refused.into_iter().chain(["no/such/folder.html"]) {
        let ran = home.run(&["report", "--db", "media.db", "--output", name]);
        assert_eq!((ran.status, ran.text()), (2, ""), "{name}");
        assert!(
            ran.stderr.contains(name) && ran.stderr.lines().count() == 1,
            "{}",
            ran.stderr
        );
    }
    assert_eq!(fs::read(home.path("media.db")).unwrap(), before);
    assert_eq!(fs::read(home.path("song.flac")).unwrap(), b"fLaC");
    let names = home.names();
    for name in ["report.html", "report.html", "empty.html"] {
        let ran = home.run(&["report", "--db", "media.db", "--output", name]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let wrote = "1 analysis result with 0 ranges, 0 processing jobs, 0 checks\n";
        assert_eq!(ran.stderr, format!("wrote {name}: {wrote}"));
    }
    // Nothing temporary is left.
    assert_eq!(home.names().len(), names.len() + 1);
}

#[cfg(unix)]
#[test]
fn a_link_to_the_database_is_the_database() {
    let home = Home::new();
    database(&home.path("media.db"), &[], &[]);
    std::os::unix::fs::symlink("media.db", home.path("link.db")).unwrap();
    fs::hard_link(home.path("media.db"), home.path("hard.db")).unwrap();
    for (database, output) in [
        ("link.db", "media.db"),
        ("link.db", "link.db"),
        ("media.db", "link.db"),
        ("media.db", "hard.db"),
    ] {
        let ran = home.run(&["report", "--db", database, "--output", output]);
        assert_eq!(ran.status, 2, "{database} {output}");
        assert!(
            ran.stderr.contains("belongs to the database"),
            "{}",
            ran.stderr
        );
    }
    assert!(home.path("link.db").is_symlink());

    // A link to a page stays, and leads to the new one.
    home.write("folder/page.html", "");
    std::os::unix::fs::symlink("folder/page.html", home.path("page.html")).unwrap();
    let ran = home.run(&["report", "--db", "media.db", "--output", "page.html"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(home.path("page.html").is_symlink());
    assert!(home.path("folder/page.html").metadata().unwrap().len() > 0);
}

#[test]
fn no_database_is_an_error_and_no_report() {
    let home = Home::new();
    let ran = home.run(&["report", "--db", "none.db", "--output", "report.html"]);
    assert_eq!((ran.status, ran.text()), (2, ""));
    assert_eq!(home.names(), [""; 0]);
}

/// With 60 MB of ranges in the database, and little more than the program
/// itself needs for the process.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_small() {
    use std::fmt::Write as _;
    use std::process::Command;

    use crate::support::Ran;

    let home = Home::new();
    let mut ranges = "[".to_owned();
    for start in 0..2000 {
        let comma = if start > 0 { "," } else { "" };
        write!(
            ranges,
            "{comma}{{\"start\":{start},\"end\":{start}.5,\"label\":\"sound\"}}"
        )
        .unwrap();
    }
    ranges.push(']');
    let analyses: Vec<_> = (0..800)
        .map(|number| {
            NewAnalysis::new(format!("/media/{number}.wav"), hash(number), hash(0))
                .unwrap()
                .with_ranges_json(ranges.clone())
                .unwrap()
        })
        .collect();
    database(&home.path("media.db"), &analyses, &[]);
    let ours = home.command(&["report", "--db", "media.db", "--output", "report.html"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -v 120000; exec \"$0\" \"$@\""])
        .arg(ours.get_program())
        .args(ours.get_args())
        .current_dir(home.path(""));
    let ran = Ran::of(&mut limited);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let page = fs::read_to_string(home.path("report.html")).unwrap();
    assert_eq!(totals(&page)["ranges"], 1_600_000);
}
