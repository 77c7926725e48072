//! What is said where PostgreSQL is not installed.

use std::env;
use std::process::{Command, Output};

const CHILD: &str = "POSTGRES_CLUSTER_ASKS_TWICE";

/// What the next tests start as a process of its own.
#[test]
fn child() {
    if env::var_os(CHILD).is_some() {
        assert!(postgres_cluster::required().is_none());
        assert!(postgres_cluster::shared().is_none());
    }
}

fn without_programs(requires: bool) -> Output {
    let nothing = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "programs::child"])
        .env(CHILD, "1")
        .env("POSTGRES_BIN_DIR", nothing.path())
        .env_remove("REQUIRE_TEST_PROGRAMS");
    if requires {
        command.env("REQUIRE_TEST_PROGRAMS", "1");
    }
    command.output().unwrap()
}

#[test]
fn one_line_says_what_was_not_run() {
    let output = without_programs(false);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].starts_with("not run, all tests with a PostgreSQL server: "));
}

#[test]
fn what_is_required_fails() {
    assert!(!without_programs(true).status.success());
}
