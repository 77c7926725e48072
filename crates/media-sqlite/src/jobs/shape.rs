//! Which columns a real `processing_jobs` has.
//!
//! The Python library's second generation adds `config_hash` and a uniqueness
//! rule over it, to a file of the first generation or of ours too, and while
//! we have it open. So a save asks, cheaply, whether the schema has changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use media_schema::PROCESSING_JOBS;
use rusqlite::Connection;

use crate::shape::{has_column, is_unique};
use crate::{ConnectionSource, Fault};

/// The shape of a file's `processing_jobs`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// It has `config_hash`, which a save must supply.
    pub(crate) config_hash: bool,
    /// It keeps one row for each [`CACHE_KEY`].
    pub(crate) replaces: bool,
}

/// The columns that the second generation holds unique together.
const CACHE_KEY: [&str; 3] = ["action", "input_path", "config_hash"];

impl Shape {
    fn read(connection: &Connection) -> Result<Self, Fault> {
        let table = PROCESSING_JOBS.name;
        let config_hash = has_column(connection, table, "config_hash")?;
        Ok(Self {
            config_hash,
            replaces: config_hash && is_unique(connection, table, &CACHE_KEY)?,
        })
    }
}

/// A source that remembers the shape.
pub(crate) trait RemembersShape: ConnectionSource {
    fn known_shape(&self) -> &KnownShape;
}

/// The shape that was last seen, and the schema's change counter then.
#[derive(Debug, Default)]
pub(crate) struct KnownShape(Mutex<Option<(i64, Shape)>>);

impl KnownShape {
    /// What is known, apart: what a transaction sees of its own changes may
    /// never come to be, and its counter be another change's.
    pub(crate) fn apart(&self) -> Self {
        Self(Mutex::new(*self.lock()))
    }

    /// Takes over what was known apart, once that has come to be.
    pub(crate) fn learn(&self, apart: &Self) {
        if let Some(known) = *apart.lock() {
            *self.lock() = Some(known);
        }
    }

    /// The shape as it was when last asked for. Good for reading one row: a
    /// column that came since is left out, and columns do not go.
    pub(crate) fn last_seen(&self, connection: &Connection) -> Result<Shape, Fault> {
        let known = *self.lock();
        match known {
            Some((_, shape)) => Ok(shape),
            None => self.current(connection),
        }
    }

    /// The shape as it is now.
    pub(crate) fn current(&self, connection: &Connection) -> Result<Shape, Fault> {
        let version: i64 = connection
            .prepare_cached("PRAGMA schema_version")?
            .query_row([], |row| row.get(0))?;
        let mut known = self.lock();
        match *known {
            Some((seen, shape)) if seen == version => Ok(shape),
            _ => {
                let shape = Shape::read(connection)?;
                *known = Some((version, shape));
                Ok(shape)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(i64, Shape)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
