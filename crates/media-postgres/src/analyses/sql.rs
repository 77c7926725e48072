//! The statements for one analysis, and what they take.

use std::sync::LazyLock;

use media_schema::{
    ANALYSIS_JOBS, AnalysisFilter, AnalysisJob, AnalysisKey, Job, JsonText, LearntHashes,
    MediaAnalysisRow, NewAnalysis, RowError, Saved, StoreError, Timestamp,
};
use postgres::Row;

use crate::column::RowReader;
use crate::digest::digest;
use crate::fault::Remedy;
use crate::listing::{Indexed, Key, Listing};
use crate::nul::{self, has_nul};
use crate::session::{Parameter, Session};
use crate::{Fault, hash_memory, walk};

/// What a row is read from, as in [`MediaAnalysisRow::COLUMNS`].
macro_rules! columns {
    () => {
        "id, file_path, file_hash, config_hash, ranges, metadata, created_at"
    };
}
pub(super) use columns;

/// The row that is there keeps its `id`.
const SAVE: &str = "INSERT INTO analysis_jobs (path_digest, config_digest, file_path, file_hash, \
     config_hash, ranges, metadata, created_at, revision) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0) \
     ON CONFLICT (path_digest, config_digest) DO UPDATE SET file_hash = EXCLUDED.file_hash, \
     ranges = EXCLUDED.ranges, metadata = EXCLUDED.metadata, created_at = EXCLUDED.created_at, \
     revision = analysis_jobs.revision + 1 RETURNING id, revision";

/// The same, and remembers hashes, in one transaction and one round trip.
static SAVE_AND_REMEMBER: LazyLock<String> = LazyLock::new(|| {
    let remember = hash_memory::put_sql(9);
    format!("WITH remembered AS ({remember}) {SAVE}")
});

/// The row that was saved, or one that is newer.
const SAVED_BEFORE: &str = "SELECT id, revision FROM analysis_jobs \
     WHERE path_digest = $1 AND config_digest = $2 AND (created_at > $6 \
     OR (created_at = $6 AND file_hash = $3 AND ranges IS NOT DISTINCT FROM $4::text \
     AND metadata IS NOT DISTINCT FROM $5::text))";

const GET: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM analysis_jobs \
     WHERE path_digest = $1 AND config_digest = $2 AND file_path = $3 AND config_hash = $4"
);

/// Along the index of contents: of one content there are few rows.
const NEWEST_OF_CONTENT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM analysis_jobs \
     WHERE left(file_hash, 160) = ANY (ARRAY[left($1, 160)]) AND file_hash = $1 \
     AND config_hash = $2 \
     ORDER BY left(file_hash, 160) DESC, created_at DESC, id DESC LIMIT 1"
);

const KNOWS_PATH: &str = "SELECT EXISTS (SELECT 1 FROM analysis_jobs \
     WHERE path_digest = $1 AND file_path = $2)";

const REMOVE: &str = "DELETE FROM analysis_jobs \
     WHERE path_digest = $1 AND config_digest = $2 AND file_path = $3 AND config_hash = $4";

pub(super) static WALK: LazyLock<String> =
    LazyLock::new(|| walk::sql(ANALYSIS_JOBS.name, MediaAnalysisRow::COLUMNS));

/// A result as the statements take it.
pub(super) struct Analysis<'a> {
    pub(super) path_digest: Vec<u8>,
    pub(super) config_digest: Vec<u8>,
    pub(super) file_path: &'a str,
    pub(super) file_hash: &'a str,
    pub(super) config_hash: &'a str,
    pub(super) ranges: Option<&'a str>,
    pub(super) metadata: Option<&'a str>,
    created: Timestamp,
    pub(super) created_at: f64,
}

impl<'a> Analysis<'a> {
    /// The time of saving is settled here, once for every try.
    pub(super) fn of_new(new: &'a NewAnalysis) -> Self {
        Self::new(
            AnalysisJob::key(new),
            new.file_hash().as_str(),
            [new.ranges(), new.metadata()],
            new.created_at().unwrap_or_else(Timestamp::now),
        )
    }

    pub(super) fn of_row(row: &'a MediaAnalysisRow) -> Self {
        let key = AnalysisKey {
            file_path: &row.file_path,
            config_hash: row.config_hash.as_str(),
        };
        Self::new(
            key,
            row.file_hash.as_str(),
            [row.ranges.as_ref(), row.metadata.as_ref()],
            row.created_at,
        )
    }

    fn new(
        key: AnalysisKey<'a>,
        file_hash: &'a str,
        [ranges, metadata]: [Option<&'a JsonText>; 2],
        created: Timestamp,
    ) -> Self {
        Self {
            path_digest: digest(key.file_path).to_vec(),
            config_digest: digest(key.config_hash).to_vec(),
            file_path: key.file_path,
            file_hash,
            config_hash: key.config_hash,
            ranges: ranges.map(JsonText::as_str),
            metadata: metadata.map(JsonText::as_str),
            created,
            created_at: created.as_unix_seconds(),
        }
    }

    /// The bytes of its texts.
    pub(super) fn len(&self) -> usize {
        let json = [self.ranges, self.metadata].map(|json| json.map_or(0, str::len));
        self.file_path.len() + self.file_hash.len() + self.config_hash.len() + json[0] + json[1]
    }

    /// The row that was saved. The server has the texts to the letter, so that
    /// they need not come back.
    pub(super) fn into_row(self, new: &NewAnalysis, id: i64) -> MediaAnalysisRow {
        MediaAnalysisRow::from_columns(
            id,
            self.file_path.to_owned(),
            [self.file_hash.into(), self.config_hash.into()],
            [new.ranges().cloned(), new.metadata().cloned()],
            self.created,
        )
    }

    fn parameters(&self) -> [Parameter<'_>; 8] {
        [
            &self.path_digest,
            &self.config_digest,
            &self.file_path,
            &self.file_hash,
            &self.config_hash,
            &self.ranges,
            &self.metadata,
            &self.created_at,
        ]
    }
}

/// Saves a result and says which `id` it has.
///
/// Hashes are remembered by the same statement, which costs neither a round
/// trip nor a commit of its own. If that fails, the result is saved alone.
pub(super) fn save(
    session: &mut Session,
    analysis: &Analysis<'_>,
    learnt: &[LearntHashes],
    database: &str,
) -> Result<(i64, Saved), Fault> {
    if session.is_replay
        && let Some(saved) = saved_before(session, analysis)?
    {
        return Ok(saved);
    }
    let mut problem = None;
    if let Some(learnt) = hash_memory::Rows::of(learnt) {
        let mut parameters = analysis.parameters().to_vec();
        parameters.extend(learnt.parameters());
        match session.query_one(&SAVE_AND_REMEMBER, &parameters) {
            Ok(row) => return saved(&row),
            Err(fault) if fault.remedy() == Remedy::Nothing && !fault.is_busy() => {
                problem = Some(fault);
            }
            Err(fault) => return Err(fault),
        }
    }
    let saved = saved(&session.query_one(SAVE, &analysis.parameters())?)?;
    if let Some(fault) = problem {
        hash_memory::forgotten(fault, database);
    }
    Ok(saved)
}

/// What became of a save whose answer was not heard, if it was done: it is not
/// done again over what somebody else has saved since.
fn saved_before(
    session: &mut Session,
    analysis: &Analysis<'_>,
) -> Result<Option<(i64, Saved)>, Fault> {
    let parameters: [Parameter<'_>; 6] = [
        &analysis.path_digest,
        &analysis.config_digest,
        &analysis.file_hash,
        &analysis.ranges,
        &analysis.metadata,
        &analysis.created_at,
    ];
    let found = session.query_first(SAVED_BEFORE, &parameters)?;
    found.as_ref().map(saved).transpose()
}

fn saved(row: &Row) -> Result<(i64, Saved), Fault> {
    let revision: i64 = row.try_get(1)?;
    Ok((row.try_get(0)?, saved_as(revision)))
}

/// What a save did that left a row with this revision.
pub(super) fn saved_as(revision: i64) -> Saved {
    if revision == 0 {
        Saved::Inserted
    } else {
        Saved::Replaced
    }
}

pub(super) fn is_storable(key: AnalysisKey<'_>) -> bool {
    !has_nul(key.file_path) && !has_nul(key.config_hash)
}

pub(super) fn get(
    session: &mut Session,
    key: AnalysisKey<'_>,
) -> Result<Option<MediaAnalysisRow>, Fault> {
    if !is_storable(key) {
        return Ok(None);
    }
    let row = session.query_first(
        GET,
        &[
            &digest(key.file_path).as_slice(),
            &digest(key.config_hash).as_slice(),
            &key.file_path,
            &key.config_hash,
        ],
    )?;
    Ok(row.as_ref().map(decode).transpose()?)
}

pub(super) fn newest_of_content(
    session: &mut Session,
    file_hash: &str,
    config_hash: &str,
) -> Result<Option<MediaAnalysisRow>, Fault> {
    let row = session.query_first(NEWEST_OF_CONTENT, &[&file_hash, &config_hash])?;
    Ok(row.as_ref().map(decode).transpose()?)
}

pub(super) fn knows_path(session: &mut Session, file_path: &str) -> Result<bool, Fault> {
    let row = session.query_one(KNOWS_PATH, &[&digest(file_path).as_slice(), &file_path])?;
    Ok(row.try_get(0)?)
}

pub(super) fn remove(session: &mut Session, key: AnalysisKey<'_>) -> Result<bool, Fault> {
    if !is_storable(key) {
        return Ok(false);
    }
    let removed = session.execute(
        REMOVE,
        &[
            &digest(key.file_path).as_slice(),
            &digest(key.config_hash).as_slice(),
            &key.file_path,
            &key.config_hash,
        ],
    )?;
    // What is not there any more was removed by the first try.
    Ok(removed > 0 || session.is_replay)
}

pub(super) fn listing(filter: &AnalysisFilter) -> Listing {
    let path = Indexed {
        column: "file_path",
        key: Key::Digest("path_digest"),
    };
    let hash = Indexed {
        column: "file_hash",
        key: Key::Prefix,
    };
    let config = Indexed {
        column: "config_hash",
        key: Key::Digest("config_digest"),
    };
    Listing::new(ANALYSIS_JOBS.name, MediaAnalysisRow::COLUMNS)
        .equal(path, filter.file_path.as_deref())
        .equal(hash, filter.file_hash.as_deref())
        .equal(config, filter.config_hash.as_deref())
        .between(filter.since, filter.until)
}

pub(super) fn decode(row: &Row) -> Result<MediaAnalysisRow, RowError> {
    let columns = RowReader::new(row, ANALYSIS_JOBS.name, MediaAnalysisRow::COLUMNS)?;
    Ok(MediaAnalysisRow::from_columns(
        columns.id(),
        columns.text(1)?,
        [columns.hash(2)?, columns.hash(3)?],
        [columns.json(4)?, columns.json(5)?],
        columns.time(6)?,
    ))
}

/// Refuses a row that no server takes.
pub(super) fn refuse_nul(row: &MediaAnalysisRow) -> Result<(), StoreError> {
    let texts = [
        ("file_path", Some(&*row.file_path)),
        ("file_hash", Some(row.file_hash.as_str())),
        ("config_hash", Some(row.config_hash.as_str())),
        ("ranges", row.ranges.as_ref().map(JsonText::as_str)),
        ("metadata", row.metadata.as_ref().map(JsonText::as_str)),
    ];
    let texts = texts
        .into_iter()
        .filter_map(|(column, text)| Some((column, text?)));
    let job = || {
        AnalysisJob::describe(AnalysisKey {
            file_path: &row.file_path,
            config_hash: row.config_hash.as_str(),
        })
    };
    nul::refuse_nul(job, texts)
}
