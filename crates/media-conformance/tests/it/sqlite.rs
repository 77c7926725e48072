//! The suite on SQLite.

use media_conformance::Fixture;
use media_sqlite::{Database, Durability, OpenOptions};
use tempfile::TempDir;

/// A folder of files.
pub(crate) struct Sqlite(TempDir);

impl Fixture for Sqlite {
    type Backend = Database;

    fn start() -> Option<Self> {
        Some(Self(tempfile::tempdir().unwrap()))
    }

    fn create(&self) -> String {
        let folder = tempfile::tempdir_in(self.0.path()).unwrap().keep();
        folder.join("media.db").to_str().unwrap().to_owned()
    }

    fn open(address: &str) -> Database {
        // A power cut is no part of the suite.
        OpenOptions::new()
            .durability(Durability::Normal)
            .open(address)
            .unwrap()
    }

    fn open_read_only(address: &str) -> Database {
        OpenOptions::new().read_only(true).open(address).unwrap()
    }
}

media_conformance::suite!(Sqlite);
