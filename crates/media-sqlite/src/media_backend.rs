//! A database fulfils all of the contract.

use media_schema::{MediaBackend, Statistics, StoreError};

use crate::Database;

impl MediaBackend for Database {
    fn statistics(&self) -> Result<Statistics, StoreError> {
        Self::statistics(self)
    }
}
