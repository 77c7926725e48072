//! `cargo xtask ci`: everything that must hold, one step after the other.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::workspace::Workspace;
use crate::{layers, report, schema};

/// A step, and the command that repeats it or mends what it found.
struct Step {
    name: String,
    mend: String,
    action: Action,
}

enum Action {
    /// Cargo with these arguments, and warnings of rustdoc as errors.
    Cargo(Vec<String>),
    /// A check of this program.
    Check(fn(&Workspace) -> Result<Vec<report::Check>, Error>),
}

/// Runs every step, also behind one that failed, and tells whether all passed.
pub(crate) fn run(workspace: &Workspace) -> Result<bool, Error> {
    let steps = steps(workspace)?;
    let mut summary = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        println!("\n==> {}/{} {}", number + 1, steps.len(), step.name);
        let started = Instant::now();
        let passed = step.run(workspace)?;
        summary.push((step, passed, started.elapsed()));
    }
    println!();
    for (step, passed, took) in &summary {
        println!("{}", line(step, *passed, *took));
    }
    Ok(summary.iter().all(|(_, passed, _)| *passed))
}

fn line(step: &Step, passed: bool, took: Duration) -> String {
    let (name, seconds) = (&step.name, took.as_secs_f64());
    if passed {
        format!("ok     {seconds:6.1} s  {name}")
    } else {
        format!("FAILED {seconds:6.1} s  {name}\n    to mend: {}", step.mend)
    }
}

fn steps(workspace: &Workspace) -> Result<Vec<Step>, Error> {
    let mut steps = vec![
        cargo("fmt --all --check", "cargo fmt --all"),
        again("clippy --workspace --all-targets --all-features -- -D warnings"),
        again("doc --workspace --no-deps --all-features"),
        again("test --workspace --all-features"),
    ];
    let metadata = layers::metadata(workspace)?;
    for package in metadata.workspace_packages() {
        if !package.features.is_empty() {
            steps.push(again(&format!(
                "test -p {} --no-default-features",
                package.name
            )));
        }
    }
    steps.push(check("schema check", schema::check));
    steps.push(check("layers", layers::check));
    steps.push(cargo(
        "deny --all-features check licenses bans sources",
        "change deny.toml or the dependency; cargo install --locked cargo-deny",
    ));
    Ok(steps)
}

fn cargo(arguments: &str, mend: &str) -> Step {
    Step {
        name: format!("cargo {arguments}"),
        mend: mend.to_owned(),
        action: Action::Cargo(arguments.split(' ').map(str::to_owned).collect()),
    }
}

/// A step of which only the output says what to do.
fn again(arguments: &str) -> Step {
    cargo(arguments, &format!("see above, then cargo {arguments}"))
}

fn check(name: &str, run: fn(&Workspace) -> Result<Vec<report::Check>, Error>) -> Step {
    Step {
        name: format!("cargo xtask {name}"),
        mend: "see above".to_owned(),
        action: Action::Check(run),
    }
}

impl Step {
    fn run(&self, workspace: &Workspace) -> Result<bool, Error> {
        match &self.action {
            Action::Check(check) => Ok(report::print(&check(workspace)?)),
            Action::Cargo(arguments) => {
                let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
                let status = Command::new(&cargo)
                    .args(arguments)
                    .env("RUSTDOCFLAGS", "-D warnings")
                    // Tests of the backend for servers must not pass for not run.
                    .env("REQUIRE_POSTGRES", "1")
                    .current_dir(workspace.root())
                    .status()
                    .map_err(Error::io("run", &cargo))?;
                Ok(status.success())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_cannot_run_has_failed() {
        let here = Workspace::here();
        assert!(cargo("--version", "").run(&here).unwrap());
        assert!(!cargo("no-such-command", "").run(&here).unwrap());
    }

    #[test]
    fn a_check_that_finds_something_has_failed() {
        #[expect(
            clippy::unnecessary_wraps,
            reason = "a check may fail to be carried out"
        )]
        fn found(_: &Workspace) -> Result<Vec<report::Check>, Error> {
            let failure = report::Failure::new("a test", "nothing");
            Ok(vec![report::Check::new("a test", vec![failure])])
        }
        assert!(!check("a test", found).run(&Workspace::here()).unwrap());
    }

    #[test]
    fn a_failure_is_shown_with_the_way_out() {
        let step = cargo("fmt --all --check", "cargo fmt --all");
        assert_eq!(
            line(&step, false, Duration::from_millis(1240)),
            "FAILED    1.2 s  cargo fmt --all --check\n    to mend: cargo fmt --all"
        );
    }
}
