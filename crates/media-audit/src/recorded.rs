//! What the rows of the two tables say of files.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use media_schema::{
    Cursor, FixityBackend, JobName, NamingRow, Readable, Role, RowError, StoreError, StoredHash,
};

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

    /// The file of a path, by the rows that name it.
    pub(crate) fn of_rows(path: String, rows: Readable<NamingRow>) -> Self {
        let mut unreadable = Vec::new();
        let rows = readable(rows, &mut unreadable);
        Self {
            unreadable,
            ..Self::new(path, rows)
        }
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

/// The rows that can be read; `unreadable` gets the others.
pub(crate) fn readable(
    rows: Readable<NamingRow>,
    unreadable: &mut Vec<RowError>,
) -> Vec<NamingRow> {
    let mut readable = Vec::with_capacity(rows.len());
    for row in rows {
        match row {
            Ok(row) => readable.push(row),
            Err(error) => unreadable.push(error),
        }
    }
    readable
}

/// The recorded paths of a content, those that were recorded last first.
#[derive(Debug)]
pub(crate) struct PathsOfContent {
    /// The ways in which the content's hash is written.
    hashes: Vec<String>,
    after: Option<Cursor>,
    is_last: bool,
    page: VecDeque<String>,
    seen: HashSet<String>,
}

impl PathsOfContent {
    /// `hashes` are the ways in which the content's hash is written.
    pub(crate) fn new(hashes: &BTreeSet<&str>) -> Self {
        Self {
            hashes: hashes.iter().map(|&hash| hash.to_owned()).collect(),
            after: None,
            is_last: false,
            page: VecDeque::new(),
            seen: HashSet::new(),
        }
    }

    /// The next one that has not come yet.
    pub(crate) fn next(
        &mut self,
        backend: &(impl FixityBackend + ?Sized),
    ) -> Result<Option<String>, StoreError> {
        loop {
            while let Some(path) = self.page.pop_front() {
                if self.seen.insert(path.clone()) {
                    return Ok(Some(path));
                }
            }
            if self.is_last {
                return Ok(None);
            }
            let hashes: Vec<_> = self.hashes.iter().map(String::as_str).collect();
            let (page, after) = backend.paths_of_content(&hashes, self.after.as_ref())?;
            self.page = page.into();
            self.is_last = after.is_none();
            self.after = after;
        }
    }
}
