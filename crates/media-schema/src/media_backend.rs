//! All of the contract.

use crate::{
    AnalysisBackend, FixityBackend, LineageBackend, ProcessingBackend, Statistics, StoreError,
};

/// A backend that fulfils all of the contract: for code that is handed one
/// whatever it is, as an `Arc<dyn MediaBackend>`.
pub trait MediaBackend:
    AnalysisBackend + ProcessingBackend + FixityBackend + LineageBackend + Send + Sync
{
    /// Counts what there is.
    ///
    /// # Errors
    /// What the backend says.
    fn statistics(&self) -> Result<Statistics, StoreError>;
}
