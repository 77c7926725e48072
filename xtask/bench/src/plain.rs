//! The floor: rusqlite with prepared statements and nothing else, on connections
//! with the pragmas that the stores set and tables with the indexes that they make.

use std::path::Path;
use std::time::{Duration, SystemTime};

use media_schema::TimeRange;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::Result;
use crate::data::{METADATA, config, key};

/// The columns of a row, as the driver gives them.
pub(crate) type Row = (
    i64,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    f64,
);

pub(crate) struct Plain {
    connection: Connection,
    config: String,
}

impl Plain {
    /// Opens what the library has made.
    pub(crate) fn open(path: &Path, synchronous: &str) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(60))?;
        connection.execute_batch(&format!(
            "PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 500;
             PRAGMA journal_size_limit = 67108864; PRAGMA mmap_size = 0;
             PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
             PRAGMA foreign_keys = ON;"
        ))?;
        Ok(Self {
            connection,
            config: config().to_string(),
        })
    }

    pub(crate) fn get(&self, path: &str) -> Result<Option<Row>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, file_path, file_hash, config_hash, ranges, metadata, created_at
             FROM analysis_jobs WHERE file_path = ?1 AND config_hash = ?2",
        )?;
        let row = statement.query_row(params![path, self.config], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
            ))
        });
        Ok(row.optional()?)
    }

    /// One statement, which is a transaction of its own.
    pub(crate) fn save(&self, number: usize, ranges: &[TimeRange]) -> Result<()> {
        let (path, hash) = key(number);
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO analysis_jobs
             (file_path, file_hash, config_hash, ranges, metadata, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT(file_path, config_hash) DO UPDATE SET
             file_hash = ?2, ranges = ?4, metadata = ?5, created_at = ?6",
        )?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let (ranges, metadata) = (
            serde_json::to_string(ranges)?,
            serde_json::to_string(&METADATA)?,
        );
        let values = params![
            path,
            hash.as_str(),
            self.config,
            ranges,
            metadata,
            now.as_secs_f64()
        ];
        statement.execute(values)?;
        Ok(())
    }

    pub(crate) fn save_many(&self, numbers: &[usize], ranges: &[TimeRange]) -> Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for &number in numbers {
            self.save(number, ranges)?;
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }
}
