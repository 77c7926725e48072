//! Removing rows that nobody needs: what the database knows of them.
//!
//! A page of rows is one statement, which sees everything as of one moment.

use std::collections::{BTreeSet, HashSet};
use std::marker::PhantomData;

use media_schema::{Job, Prune, StoreError, Walked};
use postgres::Row;

use crate::database::Replay;
use crate::digest::digest;
use crate::session::{Parameter, Session};
use crate::{Fault, PostgresDatabase};

/// A kind of job whose table can be pruned.
pub(crate) trait Prunable: Job {
    /// What is done, for messages.
    const ACTION: &'static str;

    /// The column with the digest of the path by which rows are found that are
    /// of one kind.
    const PATH_DIGEST: &'static str;

    /// The columns by which rows are told apart in kinds.
    const KIND: &'static str;

    /// Removes the rows of `dispensable (id, created_at)` and selects the `id`
    /// of each that went.
    const DELETE: &'static str;

    /// Whether a row of `given (id, …, output_path_digest, output_path,
    /// output_hash)` is needed by no other, where rows can be.
    const IS_FREE: Option<&'static str>;

    /// The path of [`PATH_DIGEST`](Self::PATH_DIGEST).
    fn path(row: &Self::Row) -> &str;

    /// The path and the hash that another row may need.
    fn output(row: &Self::Row) -> (&str, &str);
}

/// Of `rows`, those that nothing in the database keeps; with `remove`, those
/// of them that were removed.
pub(crate) fn prune_rows<J: Prunable>(
    database: &PostgresDatabase,
    mut rows: Vec<Walked<J::Row>>,
    prune: &Prune,
    remove: bool,
) -> Result<Vec<Walked<J::Row>>, StoreError> {
    if remove {
        database.require_writing()?;
    }
    let asks = remove || prune.keep_latest.is_some() || (prune.missing && J::IS_FREE.is_some());
    if rows.is_empty() || !asks {
        return Ok(rows);
    }
    let question = Question::<J>::new(&rows, prune, remove);
    let gone = if remove {
        database.write(J::ACTION, Replay::Safe, |session| {
            let mut gone = question.ask(session)?;
            if session.is_replay {
                gone.extend(question.gone_already(session)?);
            }
            Ok(gone)
        })
    } else {
        database.read(J::ACTION, |session| question.ask(session))
    }?;
    rows.retain(|walked| gone.contains(&walked.id));
    Ok(rows)
}

/// The statement and what it takes.
struct Question<'r, J> {
    sql: String,
    ids: Vec<i64>,
    created_at: Vec<f64>,
    /// Digests of the paths whose rows are counted, and how many of a kind stay.
    counted: Option<(Vec<Vec<u8>>, i64)>,
    outputs: Option<Outputs<'r>>,
    kind: PhantomData<J>,
}

/// What another row may need.
struct Outputs<'r> {
    path_digests: Vec<Vec<u8>>,
    paths: Vec<&'r str>,
    hashes: Vec<&'r str>,
}

impl<'r, J: Prunable> Question<'r, J> {
    fn new(rows: &'r [Walked<J::Row>], prune: &Prune, remove: bool) -> Self {
        let counted = prune.keep_latest.map(|latest| {
            let paths: BTreeSet<_> = rows.iter().map(|walked| J::path(&walked.row)).collect();
            let digests = paths.into_iter().map(|path| digest(path).to_vec());
            let latest = i64::try_from(latest.get()).unwrap_or(i64::MAX);
            (digests.collect(), latest)
        });
        let is_free = J::IS_FREE.filter(|_| prune.missing);
        let outputs = is_free.map(|_| {
            let (paths, hashes): (Vec<_>, Vec<_>) =
                rows.iter().map(|walked| J::output(&walked.row)).unzip();
            Outputs {
                path_digests: paths.iter().map(|path| digest(path).to_vec()).collect(),
                paths,
                hashes,
            }
        });
        Self {
            sql: sql::<J>(counted.is_some(), is_free, remove),
            ids: rows.iter().map(|walked| walked.id).collect(),
            created_at: rows
                .iter()
                .map(|walked| J::created_at(&walked.row).as_unix_seconds())
                .collect(),
            counted,
            outputs,
            kind: PhantomData,
        }
    }

    fn ask(&self, session: &mut Session) -> Result<HashSet<i64>, Fault> {
        let mut parameters: Vec<Parameter<'_>> = vec![&self.ids, &self.created_at];
        if let Some(outputs) = &self.outputs {
            parameters.push(&outputs.path_digests);
            parameters.push(&outputs.paths);
            parameters.push(&outputs.hashes);
        }
        if let Some((digests, latest)) = &self.counted {
            parameters.push(digests);
            parameters.push(latest);
        }
        let rows = session.query(&self.sql, &parameters)?;
        ids(&rows)
    }

    /// Those that went by a first try, whose answer was not heard.
    fn gone_already(&self, session: &mut Session) -> Result<HashSet<i64>, Fault> {
        let sql = format!(
            "SELECT given.id FROM unnest($1::bigint[]) AS given (id) \
             WHERE NOT EXISTS (SELECT FROM {} AS there WHERE there.id = given.id)",
            J::TABLE.name
        );
        ids(&session.query(&sql, &[&self.ids])?)
    }
}

fn ids(rows: &[Row]) -> Result<HashSet<i64>, Fault> {
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn sql<J: Prunable>(keeps_latest: bool, is_free: Option<&str>, remove: bool) -> String {
    // What is needed by no other row.
    let (outputs, names, next) = match is_free {
        Some(_) => (
            ", $3::bytea[], $4::text[], $5::text[]",
            ", output_path_digest, output_path, output_hash",
            6,
        ),
        None => ("", "", 3),
    };
    let mut conditions = Vec::from_iter(is_free.map(str::to_owned));
    if keeps_latest {
        // One pass over the rows of a path answers for all that are given:
        // those cut out of one long file are many.
        conditions.push(format!(
            "id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY {kind} \
             ORDER BY created_at DESC, id DESC) AS newness FROM {table} \
             WHERE {path} = ANY (${next}::bytea[])) AS ranked WHERE newness > ${latest}::bigint)",
            kind = J::KIND,
            table = J::TABLE.name,
            path = J::PATH_DIGEST,
            latest = next + 1,
        ));
    }
    if conditions.is_empty() {
        conditions.push("true".to_owned());
    }
    let what = if remove {
        J::DELETE
    } else {
        " SELECT id FROM dispensable"
    };
    format!(
        "WITH given AS (SELECT * FROM unnest($1::bigint[], $2::float8[]{outputs}) \
         AS given (id, created_at{names})), \
         dispensable AS (SELECT * FROM given WHERE {}){what}",
        conditions.join(" AND ")
    )
}
