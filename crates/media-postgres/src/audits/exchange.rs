//! Export and import of what audits have found.

use media_schema::{
    AuditKey, ColumnError, ExportedCheck, Imported, PastAudit, RowError, StoreError, StoredHash,
    Timestamp, Totals, Verdict, WalkedPage,
};
use postgres::Row;

use super::history::past_check;
use crate::column::RowReader;
use crate::digest::digest;
use crate::nul::refuse_nul;
use crate::session::{Parameter, Session};
use crate::{Fault, batch, walk};

const AUDIT_COLUMNS: &[&str] = &[
    "id",
    "scope",
    "started_at",
    "finished_at",
    "files",
    "bytes",
    "intact",
    "changed",
    "missing",
    "moved",
    "unreadable",
    "unverifiable",
    "unreadable_rows",
];

/// A page of audits, which are all short.
pub(super) const AUDITS: &str = "SELECT id, scope, started_at, finished_at, files, bytes, intact, \
     changed, missing, moved, unreadable, unverifiable, unreadable_rows, \
     octet_length(scope)::bigint AS bytes_of_text \
     FROM fixity_audits WHERE id >= $1 ORDER BY id LIMIT 500";

/// A page of checks with the keys of their audits, bounded in bytes as other
/// walks are.
pub(super) const CHECKS: &str = "SELECT id, audit_id, path, expected, actual, verdict, found_at, \
     problem, checked_at, scope, started_at, bytes_of_text FROM (\
     SELECT *, (sum(bytes_of_text) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING))::bigint \
     - bytes_of_text AS bytes_before FROM (\
     SELECT checked.id, checked.audit_id, checked.path, checked.expected, checked.actual, \
     checked.verdict, checked.found_at, checked.problem, checked.checked_at, audit.scope, \
     audit.started_at, (octet_length(checked.path) + octet_length(checked.expected) \
     + coalesce(octet_length(checked.actual), 0) + octet_length(checked.verdict) \
     + coalesce(octet_length(checked.found_at), 0) \
     + coalesce(octet_length(checked.problem), 0))::bigint AS bytes_of_text \
     FROM fixity_checks AS checked LEFT JOIN LATERAL (\
     SELECT scope, started_at FROM fixity_audits WHERE id = checked.audit_id LIMIT 1) AS audit \
     ON true WHERE checked.id >= $1 ORDER BY checked.id LIMIT 500) AS rows) AS summed \
     WHERE bytes_before < 4194304 ORDER BY id";

/// Of two that are there under one key, the one that was saved first counts.
pub(super) const IMPORT_AUDITS: &str = "WITH given AS (SELECT * FROM unnest($1::text[], \
     $2::float8[], $3::float8[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], \
     $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) WITH ORDINALITY \
     AS given (scope, started_at, finished_at, files, bytes, intact, changed, missing, moved, \
     unreadable, unverifiable, unreadable_rows, place)), \
     found AS (SELECT DISTINCT ON (given.place) given.place, audit.id, \
     (audit.finished_at, audit.files, audit.bytes, audit.intact, audit.changed, audit.missing, \
     audit.moved, audit.unreadable, audit.unverifiable, audit.unreadable_rows) \
     IS NOT DISTINCT FROM (given.finished_at, given.files, given.bytes, given.intact, \
     given.changed, given.missing, given.moved, given.unreadable, given.unverifiable, \
     given.unreadable_rows) AS is_same, \
     audit.finished_at IS NULL AND given.finished_at IS NOT NULL AS gives_way \
     FROM given JOIN fixity_audits AS audit \
     ON audit.scope = given.scope AND audit.started_at = given.started_at \
     ORDER BY given.place, audit.id), \
     saved AS (INSERT INTO fixity_audits (scope, started_at, finished_at, last_place, files, \
     bytes, intact, changed, missing, moved, unreadable, unverifiable, unreadable_rows) \
     SELECT scope, started_at, finished_at, $13::bigint, files, bytes, intact, changed, missing, \
     moved, unreadable, unverifiable, unreadable_rows FROM given \
     WHERE NOT EXISTS (SELECT FROM found WHERE found.place = given.place) ORDER BY place), \
     replaced AS (UPDATE fixity_audits AS audit SET finished_at = given.finished_at, \
     last_place = $13, files = given.files, bytes = given.bytes, intact = given.intact, \
     changed = given.changed, missing = given.missing, moved = given.moved, \
     unreadable = given.unreadable, unverifiable = given.unverifiable, \
     unreadable_rows = given.unreadable_rows \
     FROM found JOIN given ON given.place = found.place \
     WHERE audit.id = found.id AND found.gives_way) \
     SELECT found.is_same, found.gives_way FROM given \
     LEFT JOIN found ON found.place = given.place ORDER BY given.place";

/// The audits that are given are looked for once; the checks along the index.
pub(super) const IMPORT_CHECKS: &str = "WITH given AS (SELECT * FROM unnest($1::text[], \
     $2::float8[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
     $9::text[], $10::float8[]) WITH ORDINALITY AS given (scope, started_at, path_digest, path, \
     expected, actual, verdict, found_at, problem, checked_at, place)), \
     audits AS MATERIALIZED (SELECT DISTINCT ON (audit.scope, audit.started_at) audit.scope, \
     audit.started_at, audit.id FROM (SELECT DISTINCT scope, started_at FROM given) AS key \
     JOIN fixity_audits AS audit \
     ON audit.scope = key.scope AND audit.started_at = key.started_at \
     ORDER BY audit.scope, audit.started_at, audit.id), \
     known AS MATERIALIZED (SELECT given.*, audits.id AS audit_id FROM given JOIN audits \
     ON audits.scope = given.scope AND audits.started_at = given.started_at), \
     found AS MATERIALIZED (SELECT known.place, checked.is_same \
     FROM known CROSS JOIN LATERAL (\
     SELECT (actual, verdict, found_at, problem) \
     IS NOT DISTINCT FROM (known.actual, known.verdict, known.found_at, known.problem) AS is_same \
     FROM fixity_checks WHERE left(expected, 160) = left(known.expected, 160) \
     AND expected = known.expected AND path_digest = known.path_digest \
     AND audit_id = known.audit_id AND checked_at = known.checked_at LIMIT 1) AS checked), \
     saved AS (INSERT INTO fixity_checks (audit_id, path_digest, path, expected, actual, verdict, \
     found_at, problem, checked_at) SELECT audit_id, path_digest, path, expected, actual, verdict, \
     found_at, problem, checked_at FROM known \
     WHERE NOT EXISTS (SELECT FROM found WHERE found.place = known.place) ORDER BY place) \
     SELECT known.place IS NOT NULL, found.is_same FROM given \
     LEFT JOIN known ON known.place = given.place \
     LEFT JOIN found ON found.place = given.place ORDER BY given.place";

/// Two imports of the same would both find nothing there.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";

/// The page of a walk over all audits that begins at `from`.
pub(crate) fn audits(session: &mut Session, from: i64) -> Result<WalkedPage<PastAudit>, Fault> {
    walk::page_of(session, AUDITS, from, "bytes_of_text", past_audit)
}

fn past_audit(row: &Row) -> Result<PastAudit, RowError> {
    let row = RowReader::new(row, "fixity_audits", AUDIT_COLUMNS)?;
    let mut verdicts = [0; Verdict::ALL.len()];
    for (index, verdict) in verdicts.iter_mut().enumerate() {
        *verdict = row.count(6 + index)?;
    }
    Ok(PastAudit {
        key: AuditKey {
            scope: row.text(1)?,
            started_at: row.time(2)?,
        },
        finished_at: row.optional_time(3)?,
        totals: Totals {
            files: row.count(4)?,
            bytes: row.count(5)?,
            verdicts,
            unreadable_rows: row.count(12)?,
        },
    })
}

/// The page of a walk over all checks that begins at `from`.
pub(crate) fn checks(session: &mut Session, from: i64) -> Result<WalkedPage<ExportedCheck>, Fault> {
    walk::page_of(session, CHECKS, from, "bytes_of_text", |row| {
        let check = past_check(row)?;
        let scope = row.try_get::<_, Option<String>>("scope").ok().flatten();
        let started_at = row.try_get::<_, Option<f64>>("started_at").ok().flatten();
        let started_at = started_at.and_then(Timestamp::from_unix_seconds);
        match (scope, started_at) {
            (Some(scope), Some(started_at)) => Ok(ExportedCheck {
                audit: AuditKey { scope, started_at },
                check,
            }),
            (scope, _) => Err(RowError {
                table: "fixity_checks",
                row: row.try_get::<_, i64>(0).unwrap_or_default().to_string(),
                column: "audit_id",
                reason: ColumnError::WrongType {
                    expected: "the number of an audit",
                    found: match scope {
                        Some(_) => "one of an audit that cannot be read",
                        None => "one that no audit has",
                    },
                },
            }),
        }
    })
}

pub(crate) fn refuse_nul_in_audits(audits: &[PastAudit]) -> Result<(), StoreError> {
    audits.iter().try_for_each(|audit| {
        let scope = audit.key.scope.as_str();
        refuse_nul(|| format!("the audit of {scope:?}"), [("scope", scope)])
    })
}

pub(crate) fn refuse_nul_in_checks(checks: &[ExportedCheck]) -> Result<(), StoreError> {
    checks
        .iter()
        .try_for_each(|ExportedCheck { audit, check }| {
            let texts = [
                ("audit_scope", Some(audit.scope.as_str())),
                ("path", Some(&check.path)),
                ("expected", Some(check.expected.as_str())),
                ("actual", check.actual.as_ref().map(StoredHash::as_str)),
                ("verdict", Some(&check.verdict)),
                ("found_at", check.found_at.as_deref()),
                ("problem", check.problem.as_deref()),
            ];
            refuse_nul(
                || format!("the check of {:?}", check.path),
                texts
                    .into_iter()
                    .filter_map(|(column, text)| Some((column, text?))),
            )
        })
}

/// A time as part of a key: both zeros are one.
fn bits(time: Timestamp) -> u64 {
    (time.as_unix_seconds() + 0.0).to_bits()
}

/// Saves audits, unless what is there is to stay.
pub(crate) fn import_audits(
    session: &mut Session,
    lock: i64,
    audits: &[PastAudit],
) -> Result<Vec<Imported>, Fault> {
    let keys = audits.iter().map(|PastAudit { key, .. }| {
        let bytes = key.scope.len();
        ((&key.scope, bits(key.started_at)), bytes)
    });
    let rows = import(session, lock, batch::writing(keys), |session, places| {
        let given: Vec<_> = places.iter().map(|at| &audits[*at]).collect();
        let scopes: Vec<_> = given.iter().map(|audit| &*audit.key.scope).collect();
        let started: Vec<_> = given
            .iter()
            .map(|audit| audit.key.started_at.as_unix_seconds())
            .collect();
        let finished: Vec<_> = given
            .iter()
            .map(|audit| audit.finished_at.map(Timestamp::as_unix_seconds))
            .collect();
        let mut counts: Vec<Vec<i64>> = Vec::with_capacity(9);
        let mut add = |count: &dyn Fn(&Totals) -> u64| {
            counts.push(
                given
                    .iter()
                    .map(|audit| count(&audit.totals).cast_signed())
                    .collect(),
            );
        };
        add(&|totals| totals.files);
        add(&|totals| totals.bytes);
        for verdict in Verdict::ALL {
            add(&|totals| totals.of(verdict));
        }
        add(&|totals| totals.unreadable_rows);
        let mut parameters: Vec<Parameter<'_>> = vec![&scopes, &started, &finished];
        parameters.extend(counts.iter().map(|column| column as Parameter<'_>));
        parameters.push(&PastAudit::IMPORTED_PLACE);
        session.query(IMPORT_AUDITS, &parameters)
    });
    outcomes(rows?, audits.len(), |row| {
        let is_same: Option<bool> = row.try_get(0)?;
        let gives_way: Option<bool> = row.try_get(1)?;
        Ok(match (is_same, gives_way) {
            (None, _) => Imported::Inserted,
            (Some(true), _) => Imported::Unchanged,
            (Some(false), Some(true)) => Imported::Replaced,
            (Some(false), _) => Imported::Kept,
        })
    })
}

/// Saves checks of audits that are there, unless they are there already.
pub(crate) fn import_checks(
    session: &mut Session,
    lock: i64,
    checks: &[ExportedCheck],
) -> Result<Vec<Imported>, Fault> {
    let keys = checks.iter().map(|ExportedCheck { audit, check }| {
        let key = (
            (&audit.scope, bits(audit.started_at)),
            (&check.path, &check.expected, bits(check.checked_at)),
        );
        let texts = [&check.found_at, &check.problem];
        let texts = texts.into_iter().flatten().map(String::len);
        let bytes = check.path.len() + check.expected.as_str().len() + texts.sum::<usize>();
        (key, bytes)
    });
    let rows = import(session, lock, batch::writing(keys), |session, places| {
        fn column<'a, T>(
            checks: &'a [ExportedCheck],
            places: &[usize],
            get: impl Fn(&'a ExportedCheck) -> T,
        ) -> Vec<T> {
            places.iter().map(|at| get(&checks[*at])).collect()
        }
        let digests = column(checks, places, |one| digest(&one.check.path));
        session.query(
            IMPORT_CHECKS,
            &[
                &column(checks, places, |one| &*one.audit.scope),
                &column(checks, places, |one| one.audit.started_at.as_unix_seconds()),
                &digests.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>(),
                &column(checks, places, |one| &*one.check.path),
                &column(checks, places, |one| one.check.expected.as_str()),
                &column(checks, places, |one| {
                    one.check.actual.as_ref().map(StoredHash::as_str)
                }),
                &column(checks, places, |one| &*one.check.verdict),
                &column(checks, places, |one| one.check.found_at.as_deref()),
                &column(checks, places, |one| one.check.problem.as_deref()),
                &column(checks, places, |one| one.check.checked_at.as_unix_seconds()),
            ],
        )
    });
    outcomes(rows?, checks.len(), |row| {
        let has_audit: bool = row.try_get(0)?;
        let is_same: Option<bool> = row.try_get(1)?;
        Ok(match is_same {
            _ if !has_audit => Imported::Conflict,
            None => Imported::Inserted,
            Some(true) => Imported::Unchanged,
            Some(false) => Imported::Kept,
        })
    })
}

/// What the statements said, each with the places that it was given.
type Said = Vec<(Vec<usize>, Vec<Row>)>;

/// Runs each statement in one transaction, one import at a time.
fn import(
    session: &mut Session,
    lock: i64,
    statements: Vec<Vec<usize>>,
    mut each: impl FnMut(&mut Session, &[usize]) -> Result<Vec<Row>, Fault>,
) -> Result<Said, Fault> {
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    session.transaction(|session| {
        session.query(LOCK, &[&lock])?;
        statements
            .into_iter()
            .map(|places| each(session, &places).map(|rows| (places, rows)))
            .collect()
    })
}

fn outcomes(
    said: Said,
    count: usize,
    decode: impl Fn(&Row) -> Result<Imported, Fault>,
) -> Result<Vec<Imported>, Fault> {
    let mut imported = vec![Imported::Conflict; count];
    for (places, rows) in said {
        for (at, row) in places.into_iter().zip(&rows) {
            imported[at] = decode(row)?;
        }
    }
    Ok(imported)
}
