//! All rows out of a store, and into one.

use media_schema::{
    ANALYSIS_JOBS, AnalysisKey, Imported, JsonText, MediaAnalysisRow, RowError, StoreError,
};
use media_sqlite::{ConnectionSource, Fault, Walk, WalkedPage};
use rusqlite::{Connection, named_params};

use crate::{MediaAnalysisStorage, sql};

impl<S: ConnectionSource> MediaAnalysisStorage<S> {
    /// Hands out every result in the order of the `id`s, so that equal times
    /// keep their order where the rows are imported.
    ///
    /// Holds a page of rows at most, and no connection while `each` runs. A
    /// page is as of one moment: of rows that others save meanwhile, new ones
    /// come, and old ones as they were when their page was read.
    ///
    /// # Errors
    /// What `each` returns, or what the database says. A row that cannot be
    /// read is handed out as its error.
    pub fn export<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(Result<MediaAnalysisRow, RowError>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut walk = Walk::default();
        loop {
            let page = self
                .source
                .read("export analyses", |connection| page(connection, &mut walk))?;
            if page.is_empty() {
                return Ok(());
            }
            for walked in page {
                each(walked.row)?;
            }
        }
    }

    /// Saves exported rows as they are, in one transaction, and says of each
    /// what became of it. Their `id`s are passed over.
    ///
    /// Of two results for a path and a configuration the newer stays; of two
    /// that are as new, the one that is there.
    ///
    /// # Errors
    /// What the database says; nothing was written then.
    pub fn import(&self, rows: &[MediaAnalysisRow]) -> Result<Vec<Imported>, StoreError> {
        self.source.write("import analyses", |connection| {
            rows.iter().map(|row| import(connection, row)).collect()
        })
    }
}

/// The statement of [`page`].
pub(crate) fn page_sql() -> String {
    Walk::sql(ANALYSIS_JOBS.name, &MediaAnalysisRow::COLUMNS.join(", "))
}

/// The next page of a walk over all results.
pub(crate) fn page(
    connection: &Connection,
    walk: &mut Walk,
) -> Result<WalkedPage<MediaAnalysisRow>, Fault> {
    walk.page(connection, &page_sql(), sql::decode)
}

fn import(connection: &Connection, row: &MediaAnalysisRow) -> Result<Imported, Fault> {
    let key = AnalysisKey {
        file_path: &row.file_path,
        config_hash: row.config_hash.as_str(),
    };
    let (statement, imported) = match sql::find(connection, key)? {
        Err(_) => return Ok(Imported::Conflict),
        Ok(Some(found)) if is_same(&found, row) => return Ok(Imported::Unchanged),
        Ok(Some(found)) if found.created_at >= row.created_at => return Ok(Imported::Kept),
        Ok(Some(_)) => (sql::UPDATE, Imported::Replaced),
        Ok(None) => (sql::INSERT, Imported::Inserted),
    };
    connection
        .prepare_cached(statement)?
        .execute(named_params! {
            ":file_path": row.file_path,
            ":file_hash": row.file_hash.as_str(),
            ":config_hash": row.config_hash.as_str(),
            ":ranges": row.ranges.as_ref().map(JsonText::as_str),
            ":metadata": row.metadata.as_ref().map(JsonText::as_str),
            ":created_at": row.created_at.as_unix_seconds(),
        })?;
    Ok(imported)
}

/// Whether two rows of one key hold the same.
fn is_same(found: &MediaAnalysisRow, row: &MediaAnalysisRow) -> bool {
    found.file_hash == row.file_hash
        && found.ranges == row.ranges
        && found.metadata == row.metadata
        && found.created_at == row.created_at
}
