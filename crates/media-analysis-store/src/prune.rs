//! Removing results that nobody needs.

use media_schema::{MediaAnalysisRow, Prune, PruneEvent, Pruned, StoreError, Timestamp};
use media_sqlite::{ConnectionSource, Fault, Prunable, Walk, WalkedPage};
use rusqlite::Connection;

use crate::{MediaAnalysisStorage, exchange};

pub(crate) const NEWEST_OF_PATH: &str = "SELECT id FROM analysis_jobs WHERE file_path = ?1 \
     ORDER BY created_at DESC, id DESC";

pub(crate) const DELETE: &str = "DELETE FROM analysis_jobs WHERE id = ?1 AND created_at = ?2";

impl<S: ConnectionSource> MediaAnalysisStorage<S> {
    /// Removes the results that meet every criterion of `prune`, and tells
    /// `each` which, a few hundred at a time. A result that was saved again
    /// since it was looked at stays, and so does one that cannot be read. Files
    /// are looked at while no lock is held.
    ///
    /// SQLite uses the space again; the database file does not shrink.
    ///
    /// # Errors
    /// [`StoreError::NoCriterion`] if none is set; what `each` returns, or what
    /// the database says. What went before stays gone.
    pub fn prune<E: From<StoreError>>(
        &self,
        prune: &Prune,
        each: impl FnMut(PruneEvent<'_, MediaAnalysisRow>) -> Result<(), E>,
    ) -> Result<Pruned, E> {
        media_sqlite::prune(&self.source, &Analyses, prune, each)
    }
}

struct Analyses;

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
