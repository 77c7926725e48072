//! Ends before the end: readers that leave, and Ctrl-C.

use std::io;

use crate::support::{Home, Ran, database};

#[test]
fn a_reader_that_leaves_ends_a_list_quietly() {
    let home = Home::with_fixture("python-g1.db");
    for args in [
        &["jobs", "analysis", "--db", "python-g1.db"][..],
        &[
            "jobs",
            "analysis",
            "--db",
            "python-g1.db",
            "--format",
            "csv",
        ],
        &[
            "jobs",
            "analysis",
            "--db",
            "python-g1.db",
            "--format",
            "table",
        ],
        &["schema", "show"],
        &["completions", "bash"],
        &["hash", "python-g1.db"],
    ] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let ran = Ran::of(home.command(args).stdout(writer));
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{args:?}");
    }
}

#[test]
fn a_check_that_nobody_read_does_not_pass() {
    let home = Home::with_fixture("python-g1.db");
    for args in [
        &["verify", "--quiet", "--db", "python-g1.db"][..],
        &["schema", "check", "--db", "python-g1.db"],
    ] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let ran = Ran::of(home.command(args).stdout(writer));
        assert_eq!((ran.status, &*ran.stderr), (2, ""), "{args:?}");
    }
}

/// The first line comes once signals are watched for, so nothing has to wait.
#[cfg(unix)]
#[test]
fn the_first_signal_stops_in_good_order() {
    use std::fs::File;
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let home = Home::new();
    home.write("a", "abc");
    File::create(home.path("endless"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    home.write("z", "abc");
    let mut child = home
        .command(&["hash", "a", "endless", "z"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.ends_with("  a\n"));
    let kill = format!("kill -INT {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("endless"), "{rest}");
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), &*said),
        (Some(130), "stopped\n")
    );
}

/// What was said is kept, and the next audit goes on behind it.
#[cfg(unix)]
#[test]
fn a_check_that_was_stopped_can_be_resumed() {
    use std::fs::File;
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    use media_hash::{Sha256, config_hash, hash_bytes};
    use media_schema::NewAnalysis;

    let home = Home::new();
    let endless = File::create(home.path("endless")).unwrap();
    endless.set_len(1 << 40).unwrap();
    home.write("a", "abc");
    let rows = ["a", "endless"].map(|name| {
        let config = config_hash(&0).unwrap();
        NewAnalysis::new(home.path(name), hash_bytes::<Sha256>("abc"), config).unwrap()
    });
    database(&home.path("media.db"), &rows, &[]);
    let mut child = home
        .command(&["verify", "--db", "media.db"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let kill = format!("kill -INT {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(
        (child.wait().unwrap().code(), &*said),
        (
            Some(130),
            "1 file, 1 recorded hash: 1 intact\nnot all was checked, 1 file left: \
             go on with `media-store verify --resume`\nstopped\n"
        )
    );
    endless.set_len(0).unwrap();
    let ran = home.run(&["verify", "--db", "media.db", "--resume"]);
    assert_eq!((ran.status, ran.lines().len()), (1, 1));
}

#[test]
fn an_empty_database_has_nothing_to_verify() {
    let home = Home::new();
    database(&home.path("media.db"), &[], &[]);
    let ran = home.run(&["verify", "--db", "media.db"]);
    assert_eq!((ran.status, &*ran.stderr), (0, "nothing to verify\n"));
}

/// What was imported when the signal came stays, whole transactions of it.
#[cfg(unix)]
#[test]
fn a_stopped_import_keeps_what_is_done() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let home = Home::new();
    let line = |n: u32| {
        format!(
            "{{\"table\":\"analysis_jobs\",\"file_path\":\"/{n}\",\"file_hash\":\"h\",\
             \"config_hash\":\"c\",\"ranges\":null,\"metadata\":null,\"created_at\":5.0}}\n"
        )
    };
    let mut child = home
        .command(&["import", "--db", "new.db", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for n in 0..2_500 {
        stdin.write_all(line(n).as_bytes()).unwrap();
    }
    stdin.flush().unwrap();
    // The database is there once signals are watched for and a batch is full.
    let mut said = String::new();
    let mut stderr = io::BufReader::new(child.stderr.take().unwrap());
    io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert!(said.starts_with("created the database"), "{said}");
    let kill = format!("kill -INT {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    // More comes until nobody reads.
    while stdin.write_all(line(9_999).as_bytes()).is_ok() {}
    said.clear();
    io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(said.ends_with("\nstopped\n"), "{said}");
    let done = said.split_once(" rows done: ").unwrap().0;
    let rows: u32 = rusqlite::Connection::open(home.path("new.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM analysis_jobs", [], |row| row.get(0))
        .unwrap();
    assert!((2_000..=2_501).contains(&rows), "{rows}");
    assert!(done.parse::<u32>().unwrap() >= rows, "{said}");
}
