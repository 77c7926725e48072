//! The statements for one job, and what they take.

use std::sync::LazyLock;

use media_schema::{
    DoneJob, Job as _, JsonText, LearntHashes, MediaProcessingRow, NewProcessing, PROCESSING_JOBS,
    ProcessingFilter, ProcessingJob, ProcessingKey, RowError, StoreError, Timestamp,
};
use postgres::Row;

use crate::column::RowReader;
use crate::digest::digest;
use crate::fault::Remedy;
use crate::listing::{Indexed, Key, Listing};
use crate::nul::{self, has_nul};
use crate::session::{Parameter, Session};
use crate::{Fault, hash_memory, walk};

/// What a row is read from, as in [`MediaProcessingRow::COLUMNS`].
macro_rules! columns {
    () => {
        "id, job_id, action, input_path, input_hash, output_path, output_hash, \
         parameters, metadata, created_at"
    };
}
pub(super) use columns;

/// What a name that is taken fails by, and with it the whole statement.
const NAME: &str = "name AS (INSERT INTO processing_job_names (job_digest) VALUES ($1))";

const INSERT: &str = "INSERT INTO processing_jobs (job_digest, input_path_digest, \
     output_path_digest, job_id, action, input_path, input_hash, output_path, output_hash, \
     parameters, metadata, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";

static SAVE: LazyLock<String> = LazyLock::new(|| format!("WITH {NAME} {INSERT}"));

/// The same, and remembers hashes, in one transaction and one round trip.
static SAVE_AND_REMEMBER: LazyLock<String> = LazyLock::new(|| {
    let remember = hash_memory::put_sql(13);
    format!("WITH {NAME}, remembered AS ({remember}) {INSERT}")
});

const KNOWS_NAME: &str = "SELECT EXISTS (SELECT 1 FROM processing_job_names WHERE job_digest = $1)";

const GET: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM processing_jobs WHERE job_digest = $1 AND job_id = $2"
);

const REMOVE: &str = "WITH freed AS (DELETE FROM processing_job_names WHERE job_digest = $1) \
     DELETE FROM processing_jobs WHERE job_digest = $1 AND job_id = $2";

/// The jobs that did the same to the same content, whatever the parameters,
/// along the index of contents: of one action there may be all.
const DONE: &str = "SELECT job_id, output_path, output_hash, coalesce(parameters, '{}') \
     FROM processing_jobs \
     WHERE left(input_hash, 160) = ANY (ARRAY[left($1, 160)]) AND input_hash = $1 \
     AND action = $2 \
     ORDER BY left(input_hash, 160) DESC, created_at DESC, id DESC";

const KNOWS_CONTENT: &str = "SELECT EXISTS (SELECT 1 FROM processing_jobs \
     WHERE left(input_hash, 160) = left($1, 160) AND input_hash = $1 AND action = $2)";

const KNOWS_INPUT: &str = "SELECT EXISTS (SELECT 1 FROM processing_jobs \
     WHERE input_path_digest = $1 AND input_path = $2 AND action = $3)";

pub(super) static WALK: LazyLock<String> =
    LazyLock::new(|| walk::sql(PROCESSING_JOBS.name, MediaProcessingRow::COLUMNS));

/// A job as the statements take it.
pub(super) struct Processing<'a> {
    pub(super) job_digest: Vec<u8>,
    pub(super) input_path_digest: Vec<u8>,
    pub(super) output_path_digest: Vec<u8>,
    pub(super) job_id: &'a str,
    pub(super) action: &'a str,
    pub(super) input_path: &'a str,
    pub(super) input_hash: &'a str,
    pub(super) output_path: &'a str,
    pub(super) output_hash: &'a str,
    pub(super) parameters: Option<&'a str>,
    pub(super) metadata: Option<&'a str>,
    created: Timestamp,
    pub(super) created_at: f64,
}

impl<'a> Processing<'a> {
    /// The time of saving is settled here, once for every try.
    pub(super) fn of_new(new: &'a NewProcessing) -> Self {
        Self::new(
            [new.job_id(), new.action()],
            (new.input_path(), new.input_hash().as_str()),
            (new.output_path(), new.output_hash().as_str()),
            [new.parameters(), new.metadata()],
            new.created_at().unwrap_or_else(Timestamp::now),
        )
    }

    /// A `config_hash` follows from the parameters, and has no column here.
    pub(super) fn of_row(row: &'a MediaProcessingRow) -> Self {
        Self::new(
            [&row.job_id, &row.action],
            (&row.input_path, row.input_hash.as_str()),
            (&row.output_path, row.output_hash.as_str()),
            [row.parameters.as_ref(), row.metadata.as_ref()],
            row.created_at,
        )
    }

    fn new(
        [job_id, action]: [&'a str; 2],
        (input_path, input_hash): (&'a str, &'a str),
        (output_path, output_hash): (&'a str, &'a str),
        [parameters, metadata]: [Option<&'a JsonText>; 2],
        created: Timestamp,
    ) -> Self {
        Self {
            job_digest: digest(job_id).to_vec(),
            input_path_digest: digest(input_path).to_vec(),
            output_path_digest: digest(output_path).to_vec(),
            job_id,
            action,
            input_path,
            input_hash,
            output_path,
            output_hash,
            parameters: parameters.map(JsonText::as_str),
            metadata: metadata.map(JsonText::as_str),
            created,
            created_at: created.as_unix_seconds(),
        }
    }

    /// The bytes of its texts.
    pub(super) fn len(&self) -> usize {
        let texts = [
            self.job_id,
            self.action,
            self.input_path,
            self.input_hash,
            self.output_path,
            self.output_hash,
        ];
        let json = [self.parameters, self.metadata];
        texts
            .into_iter()
            .chain(json.into_iter().flatten())
            .map(str::len)
            .sum()
    }

    /// The row that was saved. The server has the texts to the letter, so that
    /// they need not come back.
    pub(super) fn into_row(self, id: i64) -> MediaProcessingRow {
        let json = |text: Option<&str>| text.map(|text| JsonText::from_stored(text.to_owned()));
        MediaProcessingRow::from_columns(
            id,
            [self.job_id, self.action].map(str::to_owned),
            (self.input_path.to_owned(), self.input_hash.into()),
            (self.output_path.to_owned(), self.output_hash.into()),
            [json(self.parameters), json(self.metadata)],
            self.created,
        )
    }

    /// Whether a row of this name is what a try before this one has saved.
    pub(super) fn is(&self, row: &MediaProcessingRow) -> bool {
        let json = |text: &'_ Option<JsonText>, own: Option<&str>| {
            text.as_ref().map(JsonText::as_str) == own
        };
        self.action == row.action
            && self.input_path == row.input_path
            && self.input_hash == row.input_hash.as_str()
            && self.output_path == row.output_path
            && self.output_hash == row.output_hash.as_str()
            && json(&row.parameters, self.parameters)
            && json(&row.metadata, self.metadata)
            && self.created == row.created_at
    }

    pub(super) fn key(&self) -> ProcessingKey<'a> {
        ProcessingKey {
            job_id: self.job_id,
        }
    }

    fn parameters(&self) -> [Parameter<'_>; 12] {
        [
            &self.job_digest,
            &self.input_path_digest,
            &self.output_path_digest,
            &self.job_id,
            &self.action,
            &self.input_path,
            &self.input_hash,
            &self.output_path,
            &self.output_hash,
            &self.parameters,
            &self.metadata,
            &self.created_at,
        ]
    }
}

/// Saves a job and says which `id` it has.
///
/// A row that is ours to the letter is what was saved on a connection that was
/// lost before it could say so.
pub(super) fn save(
    session: &mut Session,
    job: &Processing<'_>,
    learnt: &[LearntHashes],
    database: &str,
) -> Result<i64, Fault> {
    let mut tries = 0;
    loop {
        let fault = match insert(session, job, learnt, database) {
            Err(fault) if fault.is_taken() => fault,
            done => return done,
        };
        tries += 1;
        if session.is_replay
            && let Ok(Some(row)) = get(session, job.key())
            && job.is(&row)
        {
            return Ok(row.id);
        }
        if knows_name(session, job)? {
            return Err(conflict(job.job_id, database));
        }
        // The job that was in the way has been removed meanwhile; if not, what
        // was taken is no name.
        if tries == 3 {
            return Err(fault);
        }
    }
}

/// Hashes are remembered by the same statement, which costs neither a round
/// trip nor a commit of its own. If that fails, the job is saved alone.
fn insert(
    session: &mut Session,
    job: &Processing<'_>,
    learnt: &[LearntHashes],
    database: &str,
) -> Result<i64, Fault> {
    let mut problem = None;
    if let Some(learnt) = hash_memory::Rows::of(learnt) {
        let mut parameters = job.parameters().to_vec();
        parameters.extend(learnt.parameters());
        match session.query_one(&SAVE_AND_REMEMBER, &parameters) {
            Ok(row) => return Ok(row.try_get(0)?),
            Err(fault)
                if fault.remedy() == Remedy::Nothing && !fault.is_taken() && !fault.is_busy() =>
            {
                problem = Some(fault);
            }
            Err(fault) => return Err(fault),
        }
    }
    let row = session.query_one(&SAVE, &job.parameters())?;
    if let Some(fault) = problem {
        hash_memory::forgotten(fault, database);
    }
    Ok(row.try_get(0)?)
}

fn knows_name(session: &mut Session, job: &Processing<'_>) -> Result<bool, Fault> {
    let row = session.query_one(KNOWS_NAME, &[&job.job_digest])?;
    Ok(row.try_get(0)?)
}

pub(super) fn conflict(job_id: &str, database: &str) -> Fault {
    Fault::Store(StoreError::Conflict {
        job_id: job_id.to_owned(),
        database: database.to_owned(),
    })
}

pub(super) fn get(
    session: &mut Session,
    key: ProcessingKey<'_>,
) -> Result<Option<MediaProcessingRow>, Fault> {
    if has_nul(key.job_id) {
        return Ok(None);
    }
    let row = session.query_first(GET, &[&digest(key.job_id).as_slice(), &key.job_id])?;
    Ok(row.as_ref().map(decode).transpose()?)
}

pub(super) fn remove(session: &mut Session, key: ProcessingKey<'_>) -> Result<bool, Fault> {
    if has_nul(key.job_id) {
        return Ok(false);
    }
    let removed = session.execute(REMOVE, &[&digest(key.job_id).as_slice(), &key.job_id])?;
    // What is not there any more was removed by the first try.
    Ok(removed > 0 || session.is_replay)
}

pub(super) fn done_jobs(
    session: &mut Session,
    action: &str,
    input_hash: &str,
) -> Result<Vec<Row>, Fault> {
    session.query(DONE, &[&input_hash, &action])
}

/// `None` if a column cannot be read.
pub(super) fn done_job(row: &Row) -> Option<DoneJob<'_>> {
    Some(DoneJob {
        job_id: row.try_get(0).ok()?,
        output_path: row.try_get(1).ok()?,
        output_hash: row.try_get(2).ok()?,
        parameters: row.try_get(3).ok()?,
    })
}

pub(super) fn knows_content(
    session: &mut Session,
    action: &str,
    input_hash: &str,
) -> Result<bool, Fault> {
    let row = session.query_one(KNOWS_CONTENT, &[&input_hash, &action])?;
    Ok(row.try_get(0)?)
}

pub(super) fn knows_input(
    session: &mut Session,
    action: &str,
    input_path: &str,
) -> Result<bool, Fault> {
    let digest = digest(input_path);
    let row = session.query_one(KNOWS_INPUT, &[&digest.as_slice(), &input_path, &action])?;
    Ok(row.try_get(0)?)
}

pub(super) fn listing(filter: &ProcessingFilter) -> Listing {
    let path = |column, digest| Indexed {
        column,
        key: Key::Digest(digest),
    };
    let text = |column| Indexed {
        column,
        key: Key::Prefix,
    };
    let input_path = path("input_path", "input_path_digest");
    let output_path = path("output_path", "output_path_digest");
    Listing::new(PROCESSING_JOBS.name, MediaProcessingRow::COLUMNS)
        .equal(input_path, filter.input_path.as_deref())
        .equal(output_path, filter.output_path.as_deref())
        .either(input_path, output_path, filter.path.as_deref())
        .either(
            text("input_hash"),
            text("output_hash"),
            filter.hash.as_deref(),
        )
        .equal(text("action"), filter.action.as_deref())
        .between(filter.since, filter.until)
}

pub(super) fn decode(row: &Row) -> Result<MediaProcessingRow, RowError> {
    let columns = RowReader::new(row, PROCESSING_JOBS.name, MediaProcessingRow::COLUMNS)?;
    Ok(MediaProcessingRow::from_columns(
        columns.id(),
        [columns.text(1)?, columns.text(2)?],
        (columns.text(3)?, columns.hash(4)?),
        (columns.text(5)?, columns.hash(6)?),
        [columns.json(7)?, columns.json(8)?],
        columns.time(9)?,
    ))
}

/// Refuses a row that no server takes.
pub(super) fn refuse_nul(row: &MediaProcessingRow) -> Result<(), StoreError> {
    let texts = [
        ("job_id", Some(&*row.job_id)),
        ("action", Some(&row.action)),
        ("input_path", Some(&row.input_path)),
        ("input_hash", Some(row.input_hash.as_str())),
        ("output_path", Some(&row.output_path)),
        ("output_hash", Some(row.output_hash.as_str())),
        ("parameters", row.parameters.as_ref().map(JsonText::as_str)),
        ("metadata", row.metadata.as_ref().map(JsonText::as_str)),
    ];
    let texts = texts
        .into_iter()
        .filter_map(|(column, text)| Some((column, text?)));
    let job = || {
        ProcessingJob::describe(ProcessingKey {
            job_id: &row.job_id,
        })
    };
    nul::refuse_nul(job, texts)
}
