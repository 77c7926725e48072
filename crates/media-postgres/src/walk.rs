//! Walks over whole tables, by `id`, a page at a time.

use media_schema::{RowError, Walked, WalkedPage};
use postgres::Row;

use crate::Fault;
use crate::session::Session;

/// The most rows of a page.
const ROWS: i64 = 500;

/// The bytes of text after which a page ends early.
const BYTES: i64 = 4 << 20;

/// The statement of a page of a table of which all columns but the first and
/// the last are texts. The server adds up lengths, which it knows without
/// fetching long texts from where they lie.
pub(crate) fn sql(table: &str, columns: &[&str]) -> String {
    let texts = columns.get(1..columns.len() - 1).unwrap_or_default();
    let lengths: Vec<_> = texts
        .iter()
        .map(|column| format!("coalesce(octet_length({column}), 0)::bigint"))
        .collect();
    format!(
        "SELECT {columns}, bytes FROM (\
         SELECT *, (sum(bytes) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING))::bigint - bytes \
         AS bytes_before FROM (\
         SELECT {columns}, {lengths} AS bytes \
         FROM {table} WHERE id >= $1 ORDER BY id LIMIT {ROWS}) AS rows) AS summed \
         WHERE bytes_before < {BYTES} ORDER BY id",
        columns = columns.join(", "),
        lengths = lengths.join(" + "),
    )
}

/// The page whose lowest `id` is `from` or the next one.
pub(crate) fn page<R>(
    session: &mut Session,
    sql: &str,
    from: i64,
    decode: impl Fn(&Row) -> Result<R, RowError>,
) -> Result<WalkedPage<R>, Fault> {
    page_of(session, sql, from, "bytes", decode)
}

/// Likewise, where the bytes of text have another name.
pub(crate) fn page_of<R>(
    session: &mut Session,
    sql: &str,
    from: i64,
    bytes: &str,
    decode: impl Fn(&Row) -> Result<R, RowError>,
) -> Result<WalkedPage<R>, Fault> {
    let rows = session.query(sql, &[&from])?;
    rows.iter()
        .map(|row| {
            let bytes: i64 = row.try_get(bytes)?;
            Ok(Walked {
                id: row.try_get("id")?,
                bytes: bytes.unsigned_abs(),
                row: decode(row),
            })
        })
        .collect()
}
