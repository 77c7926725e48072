//! A lineage as a value: contents, and the jobs that lead from one to another.

use std::fmt;

use media_schema::{LineageBackend, RowError, StoredHash, Timestamp, Verdict};

use crate::{LineageError, trace};

/// Where a lineage starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Every content that was ever recorded for a path, as that text.
    Path(String),
    /// A content, by its hash as stored: text that differs in case is another.
    Hash(StoredHash),
    /// A processing job, by its `job_id`.
    Job(String),
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "path {path:?}"),
            Self::Hash(hash) => write!(f, "content {:?}", hash.as_str()),
            Self::Job(job_id) => write!(f, "job {job_id:?}"),
        }
    }
}

/// Which way a lineage goes from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// To what it was made from, up to the sources.
    Up,
    /// To what was made from it, down to the last derivatives.
    Down,
    /// Both ways: ancestors and descendants, but not the other descendants of
    /// the ancestors. The default.
    #[default]
    Both,
}

impl Direction {
    /// Whether ancestors are asked for.
    #[must_use]
    pub fn is_up(self) -> bool {
        self != Self::Down
    }

    /// Whether descendants are asked for.
    #[must_use]
    pub fn is_down(self) -> bool {
        self != Self::Up
    }
}

/// What something was made from, and what was made from it.
///
/// Contents are joined by their hash as stored, over both tables. The order of
/// everything depends on nothing but the rows:
///
/// - jobs and analyses are sorted by (`created_at`, `id`);
/// - contents come as the start's (of a path, the one recorded last first),
///   then its ancestors, then its other descendants; the nearest first, and
///   those equally near by the first job that leads there.
///
/// ```
/// use media_hash::{Sha256, hash_bytes};
/// use media_lineage::{Direction, Lineage, Start};
/// use media_processing_store::MediaProcessingStorage;
/// use media_schema::NewProcessing;
/// use media_sqlite::OpenOptions;
///
/// let folder = tempfile::tempdir()?;
/// let database = OpenOptions::new().open(folder.path().join("media.db"))?;
/// let (talk, clip) = (hash_bytes::<Sha256>(b"talk"), hash_bytes::<Sha256>(b"clip"));
/// MediaProcessingStorage::with_source(&database)?.save(&NewProcessing::new(
///     "job-1",
///     "extract_segment",
///     ("/media/talk.mkv", talk.clone()),
///     ("/media/clip.wav", clip),
/// )?)?;
///
/// let start = Start::Path("/media/clip.wav".into());
/// let lineage = Lineage::trace(&database, start, Direction::Up)?;
/// assert_eq!(lineage.contents.len(), 2);
/// assert_eq!(lineage.contents[1].hash, talk);
/// assert_eq!(lineage.jobs[0].input, 1);
/// let mut tree = Vec::new();
/// lineage.write_tree(&mut tree, media_lineage::TreeStyle::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Lineage {
    /// Where it starts.
    pub start: Start,
    /// Which way it goes.
    pub direction: Direction,
    /// The contents: the graph's nodes.
    pub contents: Vec<Content>,
    /// The processing jobs: the graph's edges.
    pub jobs: Vec<Derivation>,
    /// The analyses of these contents: leaves.
    pub analyses: Vec<Analysis>,
    /// Rows that belong here and could not be read. What only they lead to is
    /// missing.
    pub unreadable: Vec<RowError>,
}

/// A content, whatever files hold it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Content {
    /// Its hash as stored, which need not be one.
    pub hash: StoredHash,
    /// How many jobs lead from here to the start, on the shortest way. 0 for
    /// the start itself; `None` if none do, or ancestors were not asked for.
    pub above: Option<usize>,
    /// How many jobs lead from the start to here, likewise.
    pub below: Option<usize>,
    /// The files recorded with this content, anywhere in the database, by path.
    pub files: Vec<RecordedFile>,
    /// The nearest changed content that this one was made from, by one job or
    /// more; it need not be part of the lineage. On a cycle that may be this
    /// very content.
    pub changed_ancestor: Option<StoredHash>,
}

impl Content {
    /// Whether the latest check of one of its files found that changed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.files.iter().any(RecordedFile::is_changed)
    }
}

/// A file that rows say holds, or held, a content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RecordedFile {
    /// Its path as stored.
    pub path: String,
    /// What the latest check of this path for this content found, if it was
    /// ever checked.
    pub check: Option<Check>,
}

impl RecordedFile {
    /// Whether the latest check found something else in it.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.check
            .as_ref()
            .is_some_and(|check| check.verdict == Verdict::Changed.as_str())
    }
}

/// What a fixity audit found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Check {
    /// `intact`, `changed`, `missing`, …
    pub verdict: String,
    /// The hash that the file had, if it had another.
    pub actual: Option<StoredHash>,
    /// When.
    pub checked_at: Timestamp,
}

/// A processing job: one content made from another.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Derivation {
    /// Row number in `processing_jobs`.
    pub id: i64,
    /// The job's name.
    pub job_id: String,
    /// What was done.
    pub action: String,
    /// Which of [`Lineage::contents`] was read.
    pub input: usize,
    /// The file that was read.
    pub input_path: String,
    /// Which of [`Lineage::contents`] was made.
    pub output: usize,
    /// The file that was written.
    pub output_path: String,
    /// When the job was recorded.
    pub created_at: Timestamp,
}

/// An analysis of a content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Analysis {
    /// Row number in `analysis_jobs`.
    pub id: i64,
    /// Which of [`Lineage::contents`] was analysed.
    pub content: usize,
    /// The file that was analysed.
    pub file_path: String,
    /// The hash of the analyser's configuration.
    pub config_hash: StoredHash,
    /// When the result was saved.
    pub created_at: Timestamp,
}

impl Lineage {
    /// Traces a lineage, as it is at one moment.
    ///
    /// Nothing bounds its depth or breadth; it is held in memory. A database
    /// that lacks one of the tables has nothing to say of what that table would
    /// hold, and one without our indexes is read as a whole, which is slower.
    ///
    /// # Errors
    /// [`LineageError::NotRecorded`] if no row names the start; otherwise what
    /// the database says. A row that cannot be read is an error inside the
    /// lineage, not of it, unless it is all that is known of the start.
    pub fn trace<B: LineageBackend + ?Sized>(
        backend: &B,
        start: Start,
        direction: Direction,
    ) -> Result<Self, LineageError> {
        let mut traced = None;
        backend.read_lineage(&mut |rows| {
            traced = trace::trace(rows, &start, direction)?;
            Ok(())
        })?;
        traced.ok_or(LineageError::NotRecorded { start })
    }
}
