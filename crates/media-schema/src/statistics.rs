//! Statistics: what a database holds, and how much space that takes.

use crate::Timestamp;

/// What a database holds, as of one moment.
///
/// To count rows, groups, files and contents takes a walk of one index each,
/// and to count remembered hashes a walk of their table; nothing else grows
/// with the number of rows, and no JSON is read. In a file of the Python
/// library that was not adopted there are fewer indexes, and tables are walked
/// instead.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Statistics {
    /// Analysis results.
    pub analyses: RowStatistics,
    /// Processing jobs.
    pub jobs: RowStatistics,
    /// Distinct paths that rows of either kind name.
    pub files: u64,
    /// Distinct content hashes, as recorded.
    pub contents: u64,
    /// The configurations with the most analysis results.
    pub configs: GroupStatistics,
    /// The actions with the most processing jobs.
    pub actions: GroupStatistics,
    /// Hashes that are remembered of files that lie still.
    pub file_hashes: u64,
    /// The fixity audit that was begun last; `None` if there was none.
    pub audit: Option<AuditStatistics>,
    /// What the files of the database take.
    pub space: SpaceStatistics,
}

/// The rows of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct RowStatistics {
    /// How many there are.
    pub rows: u64,
    /// The earliest `created_at`, those that are no numbers left out.
    pub oldest: Option<Timestamp>,
    /// The latest `created_at`, likewise.
    pub newest: Option<Timestamp>,
    /// The bytes of text in JSON columns: of tables of more than 1,000 rows an
    /// estimate from that many, evenly spread.
    pub json_bytes: u64,
}

/// The rows of a table by one of its columns.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct GroupStatistics {
    /// How many groups there are.
    pub total: u64,
    /// The five with the most rows, these first; ties by name.
    pub top: Vec<Group>,
}

/// Rows that have a value in common.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// The value; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// How many rows have it.
    pub rows: u64,
    /// The latest `created_at` of them.
    pub newest: Option<Timestamp>,
}

/// A fixity audit.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct AuditStatistics {
    /// When it was begun.
    pub started_at: Option<Timestamp>,
    /// When it was done; `None` while it is not.
    pub finished_at: Option<Timestamp>,
    /// How many checks came to which verdict; those that none came to are
    /// left out.
    pub verdicts: Vec<(&'static str, u64)>,
}

/// What a database takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpaceStatistics {
    /// Bytes of the database file, with what is free in it; on a server, of our
    /// tables and indexes.
    pub database_bytes: u64,
    /// Bytes of the write-ahead log beside it; `None` on a server, whose log is
    /// everybody's.
    pub log_bytes: Option<u64>,
    /// Bytes in the file that hold nothing and are used again; `None` where
    /// that is not known.
    pub free_bytes: Option<u64>,
}
