//! Python peers: a virtual environment for each, and a process that waits for work.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Result;
use crate::cost::{Contestant, Cost};

/// The generations of the Python library.
pub(crate) const FIRST: &str = "cjm-media-plugin-system 0.0.10";
pub(crate) const SECOND: &str = "cjm-media-plugin-system 0.0.21";

/// The script that runs a batch and says what it took.
pub(crate) const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers.py");

/// A virtual environment with the packages that are needed, or why there is none.
#[derive(Debug)]
pub(crate) struct Environment {
    python: Result<PathBuf, String>,
}

impl Environment {
    /// Makes one below `folder`, unless it is there.
    pub(crate) fn make(folder: &Path, packages: &[&str]) -> Self {
        let python = folder.join("bin/python");
        let made = || -> Result<PathBuf> {
            let complete = folder.join("complete");
            if !complete.exists() {
                eprintln!("making a virtual environment with {}", packages.join(", "));
                run(Command::new("python3")
                    .args(["-m", "venv", "--clear"])
                    .arg(folder))?;
                // The Python library says that it needs 3.12, and runs on 3.11.
                let install = ["-m", "pip", "install", "-q", "--ignore-requires-python"];
                run(Command::new(&python).args(install).args(packages))?;
                std::fs::write(complete, "")?;
            }
            Ok(python)
        };
        Self {
            python: made().map_err(|error| error.to_string()),
        }
    }

    pub(crate) fn python(&self) -> Result<&Path, String> {
        self.python.as_deref().map_err(Clone::clone)
    }

    /// The version of a package, or why there is none.
    pub(crate) fn version(&self, package: &str) -> String {
        let ask = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))";
        let output = self
            .python()
            .map(|python| Command::new(python).args(["-c", ask, package]).output());
        match output {
            Ok(Ok(output)) if output.status.success() => {
                String::from_utf8_lossy(&output.stdout).trim().to_owned()
            }
            Ok(_) => "missing".to_owned(),
            Err(why) => format!("missing: {why}"),
        }
    }
}

pub(crate) fn run(command: &mut Command) -> Result<()> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("{command:?}: {}: {last}", output.status).into())
}

/// A process of `peers.py`.
#[derive(Debug)]
pub(crate) struct Python {
    process: Result<RefCell<Process>, String>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Took { wall: f64, cpu: f64 },
    Failed { error: String },
}

impl Python {
    pub(crate) fn start(environment: &Environment) -> Self {
        let start = |python: &Path| -> Result<_> {
            let mut child = Command::new(python)
                .arg(SCRIPT)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()?;
            let stdout = child.stdout.take().ok_or("no output")?;
            Ok(RefCell::new(Process {
                stdin: child.stdin.take(),
                stdout: BufReader::new(stdout),
                child,
            }))
        };
        Self {
            process: environment
                .python()
                .and_then(|python| start(python).map_err(|error| error.to_string())),
        }
    }

    /// Runs a batch of one of the script's peers.
    pub(crate) fn batch(&self, peer: &str, path: &Path, work: Value) -> Result<Cost> {
        let process = self.process.as_ref().map_err(Clone::clone)?;
        let mut process = process.borrow_mut();
        let mut batch = work;
        batch["peer"] = json!(peer);
        batch["path"] = json!(path);
        let stdin = process.stdin.as_mut().ok_or("no input")?;
        writeln!(stdin, "{batch}")?;
        let mut line = String::new();
        process.stdout.read_line(&mut line)?;
        match serde_json::from_str(&line).map_err(|e| format!("{peer} said {line:?}: {e}"))? {
            Answer::Took { wall, cpu } => Ok(Cost { wall, cpu }),
            Answer::Failed { error } => Err(error.into()),
        }
    }

    /// A contestant that runs `work(round)`, which is so many operations.
    pub(crate) fn contestant<'a>(
        &'a self,
        name: &str,
        (peer, path): (&'a str, PathBuf),
        operations: usize,
        mut work: impl FnMut(usize) -> Value + 'a,
    ) -> Contestant<'a> {
        if let Err(why) = &self.process {
            return Contestant::missing(name, why.clone());
        }
        Contestant::new(name, move |round| {
            Ok(self.batch(peer, &path, work(round))?.per(operations))
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends when its input does.
        self.stdin = None;
        let _ = self.child.wait();
    }
}
