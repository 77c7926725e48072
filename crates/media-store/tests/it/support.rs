//! Running the program in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use media_schema::{NewAnalysis, NewProcessing};
use media_sqlite::{Database, OpenOptions};
use serde_json::Value;
use tempfile::TempDir;

/// A folder to run the program in; it is the user's home folder too.
pub(crate) struct Home(TempDir);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with a copy of a file of the Python library, `python-g1.db`
    /// or `python-g2.db`.
    pub(crate) fn with_fixture(name: &str) -> Self {
        let home = Self::new();
        fs::copy(fixture(name), home.path(name)).unwrap();
        home
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_media-store"));
        command
            .args(args)
            .current_dir(self.0.path())
            .env_remove("MEDIA_STORE_DB")
            .env("HOME", self.0.path())
            .env("APPDATA", self.path("data"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// The names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            status: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.text().lines().collect()
    }

    /// Each line as JSON.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let parse = |line: &&str| serde_json::from_str(line).unwrap();
        self.lines().iter().map(parse).collect()
    }
}

/// A file that the Python library wrote.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../media-sqlite/tests/fixtures")
        .join(name)
}

/// A new database with these rows, closed again.
pub(crate) fn database(path: &Path, analyses: &[NewAnalysis], jobs: &[NewProcessing]) {
    let database: Database = OpenOptions::new().open(path).unwrap();
    media_analysis_store::MediaAnalysisStorage::with_source(&database)
        .unwrap()
        .save_many(analyses)
        .unwrap();
    media_processing_store::MediaProcessingStorage::with_source(&database)
        .unwrap()
        .save_many(jobs)
        .unwrap();
}
