//! What pruning needs to know of the table.

use media_schema::{JsonText, MediaProcessingRow, ProcessingJob};
use rusqlite::{Connection, params};

use crate::Fault;
use crate::prune::Prunable;

pub(crate) const NEWEST_OF_PATH: &str = "SELECT id, action, parameters FROM processing_jobs \
     WHERE input_path = ?1 ORDER BY created_at DESC, id DESC";

pub(crate) const DELETE: &str = "DELETE FROM processing_jobs WHERE id = ?1 AND created_at = ?2";

/// Whether another job read what this one wrote: from there, or a copy. Unless
/// these are rare, the planner may walk an index that begins with `action`.
pub(crate) const IS_READ: &str = "SELECT EXISTS \
     (SELECT 1 FROM processing_jobs WHERE unlikely(input_path = ?1) AND id <> ?3) \
     OR EXISTS (SELECT 1 FROM processing_jobs WHERE unlikely(input_hash = ?2) AND id <> ?3)";

impl Prunable for ProcessingJob {
    const ACTION: &'static str = "prune jobs";
    const NEWEST_OF_PATH: &'static str = NEWEST_OF_PATH;
    const DELETE: &'static str = DELETE;

    fn path(row: &MediaProcessingRow) -> &str {
        &row.input_path
    }

    fn kind(row: &MediaProcessingRow) -> Vec<Option<&str>> {
        let parameters = row.parameters.as_ref().map(JsonText::as_str);
        vec![Some(&row.action), parameters]
    }

    fn is_needed(connection: &Connection, row: &MediaProcessingRow) -> Result<bool, Fault> {
        Ok(connection.prepare_cached(IS_READ)?.query_row(
            params![row.output_path, row.output_hash.as_str(), row.id],
            |row| row.get(0),
        )?)
    }
}
