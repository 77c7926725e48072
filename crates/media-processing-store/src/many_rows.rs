//! All rows out of a store, many into one, and those removed that nobody
//! needs.

use media_hash::is_missing;
use media_schema::{
    Imported, MediaProcessingRow, ProcessingBackend, ProcessingJob, Prune, PruneEvent, Pruned,
    RowError, StoreError, Walk,
};

use crate::MediaProcessingStorage;

impl<B: ProcessingBackend> MediaProcessingStorage<B> {
    /// Hands out every job in the order of the `id`s, so that equal times keep
    /// their order where the rows are imported.
    ///
    /// Holds a page of rows at most, and no connection while `each` runs. A
    /// page is as of one moment: of jobs that others record meanwhile, those
    /// behind the page come, too.
    ///
    /// # Errors
    /// What `each` returns, or what the database says. A row that cannot be
    /// read is handed out as its error.
    pub fn export<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(Result<MediaProcessingRow, RowError>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut walk = Walk::default();
        loop {
            let page = walk.next::<ProcessingJob>(&self.backend)?;
            if page.is_empty() {
                return Ok(());
            }
            for walked in page {
                each(walked.row)?;
            }
        }
    }

    /// Records exported rows as they are, in one transaction, and says of each
    /// what became of it. Their `id`s are passed over.
    ///
    /// Another job of the same name is a conflict, and the one that is there
    /// stays. A file of the Python library's second generation keeps one job
    /// for each action, input path and configuration: there the newer stays,
    /// and of two that are as new, the one that is there. Its `config_hash` is
    /// the row's, or else the hash of the parameters; elsewhere it is left out.
    ///
    /// # Errors
    /// What the database says; nothing was written then, unless it is
    /// [`StoreError::Unavailable`].
    pub fn import(&self, rows: &[MediaProcessingRow]) -> Result<Vec<Imported>, StoreError> {
        self.backend.import(rows)
    }

    /// Removes the jobs that meet every criterion of `prune`, and tells `each`
    /// which, a few hundred at a time. A row that cannot be read stays. Files
    /// are looked at while no lock is held, and none is removed.
    ///
    /// A job that stays because another read its output may go the next time,
    /// if that other one went.
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
        each: impl FnMut(PruneEvent<'_, MediaProcessingRow>) -> Result<(), E>,
    ) -> Result<Pruned, E> {
        prune.run::<ProcessingJob, E>(&self.backend, |path| is_missing(path), each)
    }
}
