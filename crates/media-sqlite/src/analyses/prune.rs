//! What pruning needs to know of the table.

use media_schema::{AnalysisJob, MediaAnalysisRow};
use rusqlite::Connection;

use crate::Fault;
use crate::prune::Prunable;

pub(crate) const NEWEST_OF_PATH: &str = "SELECT id FROM analysis_jobs WHERE file_path = ?1 \
     ORDER BY created_at DESC, id DESC";

pub(crate) const DELETE: &str = "DELETE FROM analysis_jobs WHERE id = ?1 AND created_at = ?2";

impl Prunable for AnalysisJob {
    const ACTION: &'static str = "prune analyses";
    const NEWEST_OF_PATH: &'static str = NEWEST_OF_PATH;
    const DELETE: &'static str = DELETE;

    fn path(row: &MediaAnalysisRow) -> &str {
        &row.file_path
    }

    fn kind(_: &MediaAnalysisRow) -> Vec<Option<&str>> {
        Vec::new()
    }

    fn is_needed(_: &Connection, _: &MediaAnalysisRow) -> Result<bool, Fault> {
        Ok(false)
    }
}
