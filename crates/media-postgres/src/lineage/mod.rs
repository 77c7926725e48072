//! What lineages need of a database: which content was made from which, all as of
//! one moment.

mod arrays;
mod reader;
mod sql;

use media_schema::{LineageBackend, LineageReader, StoreError};

use self::reader::Reader;
pub use self::sql::lineage_statements;
use crate::{Fault, PostgresDatabase};

impl LineageBackend for PostgresDatabase {
    fn read_lineage(
        &self,
        read: &mut dyn FnMut(&mut dyn LineageReader) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.read(reader::ACTION, |session| {
            session.snapshot(|session| {
                let mut reader = Reader::new(session, self.server());
                match (read(&mut reader), reader.into_fault()) {
                    // What was behind the error says whether to begin anew.
                    (Err(_), Some(fault)) => Err(fault),
                    (read, _) => read.map_err(Fault::Store),
                }
            })
        })
    }
}
