//! What pruning needs to know of the table.

use media_schema::{MediaAnalysisRow, Timestamp};
use media_sqlite::{Fault, Prunable, Walk, WalkedPage};
use rusqlite::Connection;

use crate::exchange;

pub(crate) const NEWEST_OF_PATH: &str = "SELECT id FROM analysis_jobs WHERE file_path = ?1 \
     ORDER BY created_at DESC, id DESC";

pub(crate) const DELETE: &str = "DELETE FROM analysis_jobs WHERE id = ?1 AND created_at = ?2";

pub(crate) struct Analyses;

impl Prunable for Analyses {
    type Row = MediaAnalysisRow;

    const ACTION: &'static str = "prune analyses";
    const NEWEST_OF_PATH: &'static str = NEWEST_OF_PATH;
    const DELETE: &'static str = DELETE;

    fn page(
        &self,
        connection: &Connection,
        walk: &mut Walk,
    ) -> Result<WalkedPage<MediaAnalysisRow>, Fault> {
        exchange::page(connection, walk)
    }

    fn created_at(row: &MediaAnalysisRow) -> Timestamp {
        row.created_at
    }

    fn file(row: &MediaAnalysisRow) -> &str {
        &row.file_path
    }

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
