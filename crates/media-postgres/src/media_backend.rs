//! All of the contract.

use media_schema::{MediaBackend, Statistics, StoreError};

use crate::{PostgresDatabase, statistics};

impl MediaBackend for PostgresDatabase {
    fn statistics(&self) -> Result<Statistics, StoreError> {
        self.read("count what there is", |session| {
            session.snapshot(statistics::count_all)
        })
    }
}
