//! All rows out of a store, many into one, and those removed that nobody
//! needs.

use media_hash::is_missing;
use media_schema::{
    AnalysisBackend, AnalysisJob, Imported, MediaAnalysisRow, Prune, PruneEvent, Pruned, RowError,
    StoreError, Walk,
};

use crate::MediaAnalysisStorage;

impl<B: AnalysisBackend> MediaAnalysisStorage<B> {
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
            let page = walk.next::<AnalysisJob>(&self.backend)?;
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
    /// What the database says; nothing was written then, unless it is
    /// [`StoreError::Unavailable`].
    pub fn import(&self, rows: &[MediaAnalysisRow]) -> Result<Vec<Imported>, StoreError> {
        self.backend.import(rows)
    }

    /// Removes the results that meet every criterion of `prune`, and tells
    /// `each` which, a few hundred at a time. A result that was saved again
    /// since it was looked at stays, and so does one that cannot be read. Files
    /// are looked at while no lock is held.
    ///
    /// The database uses the space again (a server's once it was vacuumed, which it does
    /// by itself); no file shrinks.
    ///
    /// # Errors
    /// [`StoreError::NoCriterion`] if none is set; what `each` returns, or what
    /// the database says. What went before stays gone.
    pub fn prune<E: From<StoreError>>(
        &self,
        prune: &Prune,
        each: impl FnMut(PruneEvent<'_, MediaAnalysisRow>) -> Result<(), E>,
    ) -> Result<Pruned, E> {
        prune.run::<AnalysisJob, E>(&self.backend, |path| is_missing(path), each)
    }
}
