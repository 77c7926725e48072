//! Child processes: the test program again, running one entry point.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::fixture::{Fixture, open};
use crate::{claims, processes, together};

const ROLE: &str = "MEDIA_CONFORMANCE_ROLE";
const ADDRESS: &str = "MEDIA_CONFORMANCE_ADDRESS";
const MORE: &str = "MEDIA_CONFORMANCE_MORE";

/// Starts a child that plays a role on a database.
pub(crate) fn spawn(entry: &str, role: &str, address: &str, more: &str) -> Child {
    // The program knows its tests without its own name.
    let entry = entry.split_once("::").map_or(entry, |(_, entry)| entry);
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", entry, "--nocapture"])
        .env(ROLE, role)
        .env(ADDRESS, address)
        .env(MORE, more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What [`suite!`](crate::suite!) makes a test of, for child processes. Does
/// nothing unless this process is one.
pub fn enter<F: Fixture>() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let backend = open::<F>(&std::env::var(ADDRESS).unwrap());
    let more = std::env::var(MORE).unwrap();
    match role.as_str() {
        claims::HOLD => claims::hold(&backend, &more),
        together::SAVE => together::save(&backend, &more),
        processes::ANALYZE => processes::analyze(backend, &more),
        processes::PROCESS => processes::process(backend, &more),
        other => panic!("there is no role {other:?}"),
    }
}

/// Tells the parent.
pub(crate) fn say(word: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{word}").unwrap();
    output.flush().unwrap();
}

/// Waits until the parent says something, or is gone.
pub(crate) fn listen() {
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Waits until a child says `word`.
pub(crate) fn wait_for(child: &mut Child, word: &str) {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    let said = output
        .lines()
        .map_while(Result::ok)
        .any(|line| line.ends_with(word));
    assert!(said, "the child ended without saying {word}");
}

/// Lets children that are ready begin at the same moment, and waits for their
/// good end.
pub(crate) fn race(mut children: Vec<Child>) {
    for child in &mut children {
        wait_for(child, "ready");
    }
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
}
