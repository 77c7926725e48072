//! What is said where PostgreSQL is not installed.

use std::env;
use std::process::{Command, Output};

const CHILD: &str = "POSTGRES_CLUSTER_ASKS_TWICE";

/// Where one of these is set, a missing server fails the tests.
const REQUIRES: [&str; 2] = ["REQUIRE_TEST_PROGRAMS", "REQUIRE_POSTGRES"];

/// What the next tests start as a process of its own.
#[test]
fn child() {
    if env::var_os(CHILD).is_some() {
        assert!(postgres_cluster::required().is_none());
        assert!(postgres_cluster::shared().is_none());
    }
}

/// What the child says, with that variable set of those that require programs.
fn without_programs(requires: Option<&str>) -> Output {
    let nothing = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "programs::child"])
        .env(CHILD, "1")
        .env("POSTGRES_BIN_DIR", nothing.path());
    // Whoever runs these tests may have set them.
    for variable in REQUIRES {
        command.env_remove(variable);
    }
    if let Some(variable) = requires {
        command.env(variable, "1");
    }
    command.output().unwrap()
}

#[test]
fn one_line_says_what_was_not_run() {
    let output = without_programs(None);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<_> = said.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].starts_with("not run, all tests with a PostgreSQL server: "));
}

#[test]
fn what_is_required_fails() {
    for variable in REQUIRES {
        let output = without_programs(Some(variable));
        assert!(!output.status.success(), "{variable}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("install postgresql"), "{variable}: {said}");
    }
}
