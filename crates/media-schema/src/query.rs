//! Lists: what to ask for, and a page of what came.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::error::RowError;

/// How many rows a page has unless told otherwise.
pub const DEFAULT_LIMIT: usize = 100;

/// A question for a list of jobs, newest first.
///
/// ```
/// use media_schema::{AnalysisFilter, Query};
///
/// let query = Query::from(AnalysisFilter {
///     file_path: Some("/media/talk.wav".into()),
///     ..AnalysisFilter::default()
/// })
/// .limit(10);
/// assert_eq!(query.limit, 10);
/// ```
#[derive(Debug, Clone)]
pub struct Query<F> {
    /// What to keep.
    pub filter: F,
    /// The most rows to return; [`DEFAULT_LIMIT`] by default.
    pub limit: usize,
    /// Where the page before this one ended.
    pub after: Option<Cursor>,
}

impl<F: Default> Default for Query<F> {
    fn default() -> Self {
        Self::from(F::default())
    }
}

impl<F> From<F> for Query<F> {
    fn from(filter: F) -> Self {
        Self {
            filter,
            limit: DEFAULT_LIMIT,
            after: None,
        }
    }
}

impl<F> Query<F> {
    /// Sets the most rows to return.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Continues behind a page: pass its [`next`](Page::next).
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }
}

/// A place in a list, to continue from.
///
/// It names the last row of a page by what the list is ordered by, so rows
/// saved or removed meanwhile neither repeat nor skip others. The text form is
/// the backend's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps a backend's own text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The backend's own text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Cursor {
    type Err = Infallible;

    /// Takes any text; the store that gets it says whether it is a cursor.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<R> {
    /// The rows, newest first; one that cannot be read is its own error.
    pub rows: Vec<Result<R, RowError>>,
    /// Where the next page begins, or `None` if this one was the last.
    pub next: Option<Cursor>,
}

impl<R> Page<R> {
    /// The rows alone.
    ///
    /// # Errors
    /// The first row that could not be read.
    pub fn into_rows(self) -> Result<Vec<R>, RowError> {
        self.rows.into_iter().collect()
    }
}
