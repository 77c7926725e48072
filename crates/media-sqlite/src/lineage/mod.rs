//! What lineages need of a database: which content was made from which, all as of
//! one moment.

mod arrays;
mod reader;
mod sql;

use std::time::Instant;

use media_schema::{LineageBackend, LineageReader, StoreError};

use self::reader::Reader;
pub use self::sql::lineage_statements;
use crate::{ConnectionSource, Database};

impl LineageBackend for Database {
    fn read_lineage(
        &self,
        read: &mut dyn FnMut(&mut dyn LineageReader) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let started = Instant::now();
        self.read(reader::ACTION, |connection| {
            // Every statement sees the same moment.
            let _snapshot = connection.unchecked_transaction()?;
            let mut reader = Reader::new(connection, self.path(), started)?;
            Ok(read(&mut reader)?)
        })
    }
}
