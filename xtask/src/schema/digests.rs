//! The frozen statements: a digest is recorded for each file of `sql/`, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use media_hash::{ContentHash, Sha256, Verification, hash_bytes, verify_hash};
use media_schema::{Ddl, postgres};

use crate::error::Error;
use crate::report::{Failure, lines};
use crate::workspace::Workspace;

/// Where the statements lie.
pub(crate) const FOLDER: &str = "crates/media-schema/sql";

/// Where their digests are recorded, a line each: `algo:hexdigest  v1/name.sql`.
const RECORD: &str = "crates/media-schema/sql/digests.txt";

/// The files of `sql/` and what was recorded of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frozen {
    /// By path below `sql/`, with forward slashes.
    files: BTreeMap<String, Vec<u8>>,
    recorded: BTreeMap<String, ContentHash>,
    /// Lines of the record that cannot be read.
    unreadable: Vec<String>,
}

impl Frozen {
    pub(crate) fn read(workspace: &Workspace) -> Result<Self, Error> {
        let mut frozen = Self::default();
        if workspace.path(RECORD).exists() {
            frozen.parse(&workspace.read(RECORD)?);
        }
        for folder in entries(&workspace.path(FOLDER))? {
            frozen.read_folder(workspace, &folder)?;
        }
        Ok(frozen)
    }

    /// Reads a folder and those in it; files beside the folders are none of ours.
    fn read_folder(&mut self, workspace: &Workspace, folder: &str) -> Result<(), Error> {
        let path = workspace.path(FOLDER).join(folder);
        if !path.is_dir() {
            return Ok(());
        }
        for name in entries(&path)? {
            let name = format!("{folder}/{name}");
            let path = workspace.path(FOLDER).join(&name);
            if path.is_dir() {
                self.read_folder(workspace, &name)?;
            } else {
                let bytes = fs::read(&path).map_err(Error::io("read", path))?;
                self.files.insert(name, bytes);
            }
        }
        Ok(())
    }

    fn parse(&mut self, record: &str) {
        for line in record.lines() {
            let parsed = line
                .split_once("  ")
                .and_then(|(digest, name)| Some((name.to_owned(), digest.parse().ok()?)));
            match parsed {
                Some((name, digest)) => {
                    self.recorded.insert(name, digest);
                }
                None => self.unreadable.push(line.to_owned()),
            }
        }
    }

    /// The recorded digest of a file, such as `v1/analysis_jobs.sql`.
    pub(crate) fn digest(&self, file: &str) -> Option<&ContentHash> {
        self.recorded.get(file)
    }

    /// Records the files that are not yet recorded, and returns their names. A
    /// recorded digest never changes.
    pub(crate) fn record(&mut self, workspace: &Workspace) -> Result<Vec<String>, Error> {
        let mut added = Vec::new();
        for (name, bytes) in &self.files {
            if !self.recorded.contains_key(name) {
                let digest = hash_bytes::<Sha256>(bytes);
                self.recorded.insert(name.clone(), digest);
                added.push(name.clone());
            }
        }
        if !added.is_empty() {
            let recorded = self.recorded.iter();
            let record = lines(recorded.map(|(name, digest)| format!("{digest}  {name}")));
            workspace.write(RECORD, &record)?;
        }
        Ok(added)
    }
}

fn entries(folder: &Path) -> Result<BTreeSet<String>, Error> {
    fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect()
        })
        .map_err(Error::io("list", folder))
}

/// The statements of every version, for whatever database.
pub(crate) fn used() -> Vec<Ddl> {
    [Ddl::ALL, postgres::DDL].concat()
}

/// Every file is recorded and unchanged, every recorded one is there, and the
/// library uses all of them.
pub(crate) fn check(frozen: &Frozen, used: &[Ddl]) -> Vec<Failure> {
    let mut failures = changed(frozen);
    for name in frozen.files.keys() {
        if !frozen.recorded.contains_key(name) {
            failures.push(Failure::new(
                format!("{FOLDER}/{name} has no recorded digest"),
                "cargo xtask schema write",
            ));
        }
    }
    for line in &frozen.unreadable {
        failures.push(Failure::new(
            format!("{RECORD} has a line that is no digest and file: {line:?}"),
            format!("git restore {RECORD}"),
        ));
    }
    let used: BTreeSet<_> = used.iter().map(|ddl| ddl.file).collect();
    for name in frozen.files.keys() {
        if !used.contains(name.as_str()) {
            failures.push(Failure::new(
                format!("{FOLDER}/{name} is not used by the library"),
                "list it in crates/media-schema/src/ddl.rs or postgres.rs",
            ));
        }
    }
    failures
}

/// The recorded files that are no longer what they were.
pub(crate) fn changed(frozen: &Frozen) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (name, digest) in &frozen.recorded {
        let found = match frozen.files.get(name) {
            None => "is missing".to_owned(),
            Some(bytes) => match verify_hash(bytes, digest) {
                Ok(Verification::Intact) => continue,
                Ok(Verification::Changed { actual, .. }) => {
                    failures.push(
                        thawed(name, "was changed")
                            .with_detail(format!("recorded {digest}\nfound    {actual}")),
                    );
                    continue;
                }
                Ok(Verification::Missing) => "is missing".to_owned(),
                Err(error) => format!("cannot be verified: {error}"),
            },
        };
        failures.push(thawed(name, &found));
    }
    failures
}

fn thawed(name: &str, what: &str) -> Failure {
    Failure::new(
        format!("{FOLDER}/{name} is frozen and {what}"),
        format!("git restore {FOLDER}/{name}, and put the change into a new version"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen() -> Frozen {
        Frozen::read(&Workspace::here()).unwrap()
    }

    #[test]
    fn the_repository_is_as_recorded() {
        assert_eq!(check(&frozen(), &used()), []);
    }

    #[test]
    fn an_edited_file_is_found() {
        let mut frozen = frozen();
        let sql = frozen.files.get_mut("v1/analysis_jobs.sql").unwrap();
        sql.extend_from_slice(b"-- a harmless remark\n");
        let failures = check(&frozen, &used());
        assert_eq!(failures.len(), 1);
        assert!(failures[0].what.contains("v1/analysis_jobs.sql is frozen"));
        assert!(failures[0].detail.contains("recorded sha256:"));
        assert!(failures[0].mend.starts_with("git restore "));
    }

    #[test]
    fn a_lost_file_is_found() {
        let mut frozen = frozen();
        frozen.files.remove("v1/processing_jobs.sql");
        let failures = check(&frozen, &used());
        assert_eq!(failures.len(), 1);
        assert!(failures[0].what.ends_with("is missing"));
    }

    #[test]
    fn a_new_file_must_be_recorded_and_used() {
        let mut frozen = frozen();
        frozen.files.insert("v2/tags.sql".into(), Vec::new());
        let whats: Vec<_> = check(&frozen, &used())
            .into_iter()
            .map(|failure| failure.what)
            .collect();
        assert_eq!(
            whats,
            [
                "crates/media-schema/sql/v2/tags.sql has no recorded digest",
                "crates/media-schema/sql/v2/tags.sql is not used by the library",
            ]
        );
    }

    #[test]
    fn a_broken_record_is_found() {
        let mut frozen = frozen();
        frozen.parse("sha256:123  v1/analysis_jobs.sql\nnonsense\n");
        assert_eq!(check(&frozen, &used()).len(), 2);
    }

    #[test]
    fn recording_adds_what_is_new_and_changes_nothing() {
        let here = Workspace::here();
        let folder = crate::workspace::scratch().unwrap();
        let copy = Workspace::at(folder.path());
        for version in ["v1", "v2", "postgres/v1"] {
            fs::create_dir_all(copy.path(FOLDER).join(version)).unwrap();
        }
        copy.write(RECORD, &here.read(RECORD).unwrap()).unwrap();
        let edited: Vec<_> = used().iter().map(|ddl| ddl.file).collect();
        for name in &edited {
            copy.write(&format!("{FOLDER}/{name}"), "SELECT 'edited';\n")
                .unwrap();
        }
        copy.write(&format!("{FOLDER}/v2/tags.sql"), "SELECT 2;\n")
            .unwrap();

        let mut frozen = Frozen::read(&copy).unwrap();
        assert_eq!(frozen.record(&copy).unwrap(), ["v2/tags.sql"]);
        let digest = hash_bytes::<Sha256>("SELECT 2;\n");
        let expected = format!("{}{digest}  v2/tags.sql\n", here.read(RECORD).unwrap());
        assert_eq!(copy.read(RECORD).unwrap(), expected);
        assert_eq!(changed(&Frozen::read(&copy).unwrap()).len(), edited.len());

        // Nor does writing go on while a frozen file is changed.
        assert!(!super::super::write(&copy).unwrap());
        assert_eq!(copy.read(RECORD).unwrap(), expected);
    }
}
