//! PostgreSQL's programs on this machine.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::Error;

/// All that is started; they must be of one version, so of one folder.
const NAMES: &[&str] = &["initdb", "postgres", "pg_basebackup", "psql"];

/// Where packages put them: a folder, the start of the names in it that end with a version, and
/// the way on from there.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

const UNVERSIONED: &[&str] = &[
    "/usr/local/pgsql/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
];

/// A folder with the programs of one PostgreSQL.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
    version: String,
}

impl Programs {
    /// Finds the programs: in the folder that `POSTGRES_BIN_DIR` names, if that is set and not
    /// empty; else in `PATH`; else the highest version where packages put them.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if no folder has them all, on Windows always. [`Error::Run`] or
    /// [`Error::Failed`] if `postgres --version` does not work.
    pub fn find() -> Result<Self, Error> {
        let named = env::var_os("POSTGRES_BIN_DIR").filter(|named| !named.is_empty());
        let (folders, looked_in) = match named {
            Some(named) => {
                let folder = PathBuf::from(named);
                let looked_in = format!("POSTGRES_BIN_DIR is {}", folder.display());
                (vec![folder], looked_in)
            }
            None => (
                usual_folders(),
                "looked in PATH and where packages put them".to_owned(),
            ),
        };
        let has_all = |folder: &PathBuf| NAMES.iter().all(|name| folder.join(name).is_file());
        let found = folders.into_iter().filter(|_| cfg!(unix)).find(has_all);
        let folder = found.ok_or(Error::NotFound { looked_in })?;
        let output = run(Command::new(folder.join("postgres")).arg("--version"))?;
        // postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.split_whitespace().nth(2).unwrap_or_default();
        Ok(Self {
            version: version.to_owned(),
            folder,
        })
    }

    /// Their folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Their version as they say it, such as `15.14`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// One of them, to be run with this folder as its home. Variables by which somebody's shell
    /// points to another server are left out.
    pub(crate) fn command(&self, name: &str, home: &Path) -> Command {
        let mut command = Command::new(self.folder.join(name));
        let of_libpq = env::vars_os().filter(|(key, _)| key.as_encoded_bytes().starts_with(b"PG"));
        for (key, _) in of_libpq {
            command.env_remove(key);
        }
        command
            .env("HOME", home)
            .env("LC_ALL", "C")
            .current_dir(home)
            .stdin(Stdio::null());
        command
    }
}

/// The programs of this machine, for tests.
///
/// Where there are none, says in one line on the standard error, once a process and past the
/// capture of output, that the tests with a server were not run.
///
/// # Panics
///
/// If there are none and the environment variable `REQUIRE_TEST_PROGRAMS` or `REQUIRE_POSTGRES` is
/// set: then everything must be shown to hold.
#[must_use]
pub fn required() -> Option<Programs> {
    static FOUND: OnceLock<Option<Programs>> = OnceLock::new();
    let found = FOUND.get_or_init(|| match Programs::find() {
        Ok(programs) => Some(programs),
        Err(error) => {
            let line = format!("\nnot run, all tests with a PostgreSQL server: {error:?}\n");
            // If even that cannot be said, there is nobody to say it to.
            let _ = io::stderr().lock().write_all(line.as_bytes());
            None
        }
    });
    let is_set = |variable| env::var_os(variable).is_some();
    let must = is_set("REQUIRE_TEST_PROGRAMS") || is_set("REQUIRE_POSTGRES");
    assert!(found.is_some() || !must, "install postgresql");
    found.clone()
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<Output, Error> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(Error::run(&program))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(Error::Failed {
        program,
        status: output.status,
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn usual_folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = env::split_paths(&path).collect();
    for (folder, prefix, on) in VERSIONED {
        folders.extend(versions_in(Path::new(folder), prefix).map(|found| found.join(on)));
    }
    folders.extend(UNVERSIONED.iter().map(PathBuf::from));
    folders
}

/// The entries of a folder that are named by a version, the highest first.
fn versions_in(folder: &Path, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some((version_of(&entry.file_name(), prefix)?, entry.path())))
        .collect();
    found.sort_by_key(|(version, _)| Reverse(version.clone()));
    found.into_iter().map(|(_, path)| path)
}

/// `[9, 6]` of `9.6`.
fn version_of(name: &OsStr, prefix: &str) -> Option<Vec<u32>> {
    let version = name.to_str()?.strip_prefix(prefix)?;
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["pg-9.6", "pg-10", "pg-15", "pg-old", "15"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found =
            versions_in(folder.path(), "pg-").map(|path| path.file_name().unwrap().to_owned());
        assert_eq!(found.collect::<Vec<_>>(), ["pg-15", "pg-10", "pg-9.6"]);
    }
}
