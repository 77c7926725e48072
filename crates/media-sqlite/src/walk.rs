//! Walks over whole tables, by `id`: reading a page.

use media_schema::{RowError, Walked, WalkedPage};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::Fault;

/// The most rows of a page.
const ROWS: i64 = 500;

/// The bytes of text after which a page ends early.
const BYTES: u64 = 4 << 20;

/// The statement that reads a page; `columns` begin with `id`.
pub(crate) fn sql(table: &str, columns: &str) -> String {
    format!("SELECT {columns} FROM {table} WHERE id >= ? ORDER BY id LIMIT ?")
}

/// The page whose first row has `from` as its `id`, or the next higher one.
pub(crate) fn page<R>(
    connection: &Connection,
    sql: &str,
    from: i64,
    mut decode: impl FnMut(&Row<'_>) -> Result<R, RowError>,
) -> Result<WalkedPage<R>, Fault> {
    let mut page = Vec::new();
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([from, ROWS])?;
    let mut held = 0;
    while let Some(row) = rows.next()? {
        let bytes = text_bytes(row, columns)?;
        page.push(Walked {
            id: row.get(0)?,
            bytes,
            row: decode(row),
        });
        held += bytes;
        if held >= BYTES {
            break;
        }
    }
    Ok(page)
}

fn text_bytes(row: &Row<'_>, columns: usize) -> Result<u64, Fault> {
    let mut bytes = 0;
    for column in 0..columns {
        if let ValueRef::Text(text) | ValueRef::Blob(text) = row.get_ref(column)? {
            bytes += text.len() as u64;
        }
    }
    Ok(bytes)
}
