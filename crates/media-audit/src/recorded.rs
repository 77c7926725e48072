//! What the rows of the two tables say of files.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use media_schema::{ANALYSIS_JOBS, Cursor, PROCESSING_JOBS, Role, RowError, StoredHash, Table};
use media_sqlite::{Fault, Listing, RowReader, has_column};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Params, Row, params};

use crate::event::JobName;

/// A column that names files, with the one that has their hashes.
#[derive(Debug)]
pub(crate) struct PathColumn {
    pub(crate) table: &'static Table,
    pub(crate) role: Role,
    path: &'static str,
    hash: &'static str,
    /// What is read of a row: `id`, path, hash and, where there is one, the job.
    reads: &'static [&'static str],
}

/// All columns that name files.
pub(crate) static COLUMNS: [PathColumn; 3] = [
    PathColumn {
        table: &ANALYSIS_JOBS,
        role: Role::Source,
        path: "file_path",
        hash: "file_hash",
        reads: &["id", "file_path", "file_hash"],
    },
    PathColumn {
        table: &PROCESSING_JOBS,
        role: Role::Output,
        path: "output_path",
        hash: "output_hash",
        reads: &["id", "output_path", "output_hash", "job_id"],
    },
    PathColumn {
        table: &PROCESSING_JOBS,
        role: Role::Input,
        path: "input_path",
        hash: "input_hash",
        reads: &["id", "input_path", "input_hash", "job_id"],
    },
];

impl PathColumn {
    /// Those of the tables that are there.
    pub(crate) fn present(connection: &Connection) -> Result<Vec<&'static Self>, Fault> {
        let mut present = Vec::new();
        for column in &COLUMNS {
            if has_column(connection, column.table.name, column.path)? {
                present.push(column);
            }
        }
        Ok(present)
    }

    /// Whether its rows have names of their own.
    pub(crate) fn names_jobs(&self) -> bool {
        self.role != Role::Source
    }

    pub(crate) fn paths_sql(&self) -> String {
        let Self { table, path, .. } = self;
        let table = table.name;
        format!("SELECT DISTINCT {path} FROM {table} WHERE {path} >= ?1 ORDER BY {path} LIMIT ?2")
    }

    pub(crate) fn rows_sql(&self) -> String {
        let Self { table, path, .. } = self;
        let (reads, table) = (self.reads.join(", "), table.name);
        format!("SELECT {reads} FROM {table} WHERE unlikely({path} = ?1)")
    }

    /// In order, so that the planner takes the index, even where the table was
    /// analysed while it had a few rows.
    pub(crate) fn range_sql(&self) -> String {
        let Self { table, path, .. } = self;
        let (reads, table) = (self.reads.join(", "), table.name);
        format!("SELECT {reads} FROM {table} WHERE {path} >= ?1 AND {path} <= ?2 ORDER BY {path}")
    }

    /// Only if its rows [have names](Self::names_jobs).
    pub(crate) fn job_sql(&self) -> String {
        let (reads, table) = (self.reads.join(", "), self.table.name);
        format!("SELECT {reads} FROM {table} WHERE job_id = ?1")
    }

    pub(crate) fn with_hash(&self, hash: &str) -> Listing {
        let columns = format!("id, {}, created_at", self.path);
        Listing::new(self.table.name, columns).equal(self.hash, Some(hash))
    }

    /// The distinct paths from a place on, in the order of their bytes.
    pub(crate) fn paths(
        &self,
        connection: &Connection,
        from: &PathText,
        limit: usize,
    ) -> Result<Vec<PathText>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&self.paths_sql())?;
        let paths = statement.query_map(params![from, limit], |row| {
            Ok(match row.get_ref(0)? {
                ValueRef::Blob(bytes) => PathText {
                    bytes: bytes.to_owned(),
                    is_blob: true,
                },
                other => PathText {
                    bytes: other.as_bytes_or_null()?.unwrap_or_default().to_owned(),
                    is_blob: false,
                },
            })
        })?;
        Ok(paths.collect::<rusqlite::Result<_>>()?)
    }

    /// The rows that name a path.
    pub(crate) fn rows(
        &self,
        connection: &Connection,
        path: &PathText,
    ) -> Result<Vec<Decoded>, Fault> {
        self.decode_all(connection, &self.rows_sql(), params![path])
    }

    /// The rows that name a path from `from` to `to`, both included.
    pub(crate) fn range(
        &self,
        connection: &Connection,
        from: &PathText,
        to: &PathText,
    ) -> Result<Vec<Decoded>, Fault> {
        self.decode_all(connection, &self.range_sql(), params![from, to])
    }

    /// The row of a job.
    pub(crate) fn job(&self, connection: &Connection, job_id: &str) -> Result<Vec<Decoded>, Fault> {
        self.decode_all(connection, &self.job_sql(), params![job_id])
    }

    fn decode_all(
        &self,
        connection: &Connection,
        sql: &str,
        values: impl Params,
    ) -> Result<Vec<Decoded>, Fault> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| Ok(self.decode(row)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn decode(&self, row: &Row<'_>) -> Decoded {
        let columns = RowReader::new(row, self.table.name, self.reads)?;
        let id = columns.id();
        Ok(NamingRow {
            path: columns.text(1)?,
            role: self.role,
            hash: columns.hash(2)?,
            job: match self.role {
                Role::Source => JobName::Analysis { id },
                Role::Input | Role::Output => JobName::Processing {
                    id,
                    job_id: columns.text(3)?,
                },
            },
        })
    }
}

/// A path as it is stored, which may be none: a peer may have stored bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PathText {
    /// Blobs come after text.
    is_blob: bool,
    bytes: Vec<u8>,
}

impl PathText {
    /// The path, if it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if self.is_blob {
            return None;
        }
        str::from_utf8(&self.bytes).ok()
    }

    /// The place right behind it.
    pub(crate) fn successor(mut self) -> Self {
        self.bytes.push(0);
        self
    }
}

impl From<&str> for PathText {
    fn from(text: &str) -> Self {
        Self {
            is_blob: false,
            bytes: text.into(),
        }
    }
}

impl ToSql for PathText {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(if self.is_blob {
            ValueRef::Blob(&self.bytes)
        } else {
            ValueRef::Text(&self.bytes)
        }))
    }
}

/// A row, or why it cannot be read.
pub(crate) type Decoded = Result<NamingRow, RowError>;

/// A row, as far as it says something of one file.
#[derive(Debug)]
pub(crate) struct NamingRow {
    pub(crate) path: String,
    role: Role,
    hash: StoredHash,
    job: JobName,
}

/// What rows expect of a file.
#[derive(Debug)]
pub(crate) struct Expectation {
    pub(crate) role: Role,
    pub(crate) hash: StoredHash,
    /// Sorted, without repetition.
    pub(crate) jobs: Vec<JobName>,
}

/// A file that rows name.
#[derive(Debug)]
pub(crate) struct NamedFile {
    pub(crate) path: String,
    /// Each differs from the others in its role or its hash.
    pub(crate) expectations: Vec<Expectation>,
    /// Rows that name it, and do not say what they expect.
    pub(crate) unreadable: Vec<RowError>,
}

impl NamedFile {
    /// Puts rows of one path together.
    fn new(path: String, rows: impl IntoIterator<Item = NamingRow>) -> Self {
        let mut by_hash: BTreeMap<(Role, StoredHash), Vec<JobName>> = BTreeMap::new();
        for row in rows {
            by_hash
                .entry((row.role, row.hash))
                .or_default()
                .push(row.job);
        }
        let expectations = by_hash.into_iter().map(|((role, hash), mut jobs)| {
            jobs.sort_unstable();
            // A row can be asked for twice: by its job and by its path.
            jobs.dedup();
            Expectation { role, hash, jobs }
        });
        Self {
            path,
            expectations: expectations.collect(),
            unreadable: Vec::new(),
        }
    }

    /// The file of a path, or `None` if no row names it.
    pub(crate) fn find(
        connection: &Connection,
        columns: &[&'static PathColumn],
        path: &str,
    ) -> Result<Option<Self>, Fault> {
        let place = PathText::from(path);
        let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
        for column in columns {
            for row in column.rows(connection, &place)? {
                match row {
                    Ok(row) => rows.push(row),
                    Err(error) => unreadable.push(error),
                }
            }
        }
        if rows.is_empty() && unreadable.is_empty() {
            return Ok(None);
        }
        let mut file = Self::new(path.to_owned(), rows);
        file.unreadable = unreadable;
        Ok(Some(file))
    }

    /// The files of some rows, in the order of their paths.
    pub(crate) fn group(rows: impl IntoIterator<Item = NamingRow>) -> VecDeque<Self> {
        let mut by_path: BTreeMap<String, Vec<NamingRow>> = BTreeMap::new();
        for row in rows {
            by_path.entry(row.path.clone()).or_default().push(row);
        }
        by_path
            .into_iter()
            .map(|(path, rows)| Self::new(path, rows))
            .collect()
    }
}

/// The recorded paths of a content, those that were recorded last first.
#[derive(Debug)]
pub(crate) struct PathsOfContent {
    /// Where else to look, and for which text: a hash may be written in two ways.
    columns: VecDeque<(&'static PathColumn, String)>,
    after: Option<Cursor>,
    page: VecDeque<String>,
    seen: HashSet<String>,
}

impl PathsOfContent {
    /// Rows that are fetched at once.
    const PAGE: usize = 64;

    /// `texts` are the ways in which the content's hash is written.
    pub(crate) fn new(texts: &BTreeSet<&str>, columns: &[&'static PathColumn]) -> Self {
        let of_text = |text: &&str| {
            let text = (*text).to_owned();
            columns.iter().map(move |column| (*column, text.clone()))
        };
        Self {
            columns: texts.iter().flat_map(of_text).collect(),
            after: None,
            page: VecDeque::new(),
            seen: HashSet::new(),
        }
    }

    /// The next one that has not come yet.
    pub(crate) fn next(&mut self, connection: &Connection) -> Result<Option<String>, Fault> {
        loop {
            while let Some(path) = self.page.pop_front() {
                if self.seen.insert(path.clone()) {
                    return Ok(Some(path));
                }
            }
            let Some((column, text)) = self.columns.front() else {
                return Ok(None);
            };
            let page = column.with_hash(text).page(
                connection,
                Self::PAGE,
                self.after.as_ref(),
                |row| {
                    let columns = RowReader::new(row, column.table.name, column.reads)?;
                    columns.text(1)
                },
            )?;
            // A path that is no text cannot be opened, and is reported elsewhere.
            self.page = page.rows.into_iter().filter_map(Result::ok).collect();
            self.after = page.next;
            if self.after.is_none() {
                self.columns.pop_front();
            }
        }
    }
}
