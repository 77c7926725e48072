//! Walks over whole tables, by `id`, a page at a time.
//!
//! For what is to see every row: export, prune. A page is as of one moment, and
//! is handed out when the connection is back where it came from: nobody waits
//! for whoever takes the rows, and no more than a page is held.

use media_schema::RowError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::Fault;

/// The most rows of a page.
const ROWS: i64 = 500;

/// The bytes of text after which a page ends early.
const BYTES: u64 = 4 << 20;

/// Where a walk is.
///
/// Rows that are saved behind that place meanwhile are not met, new ones
/// (whose `id` is the highest) are.
#[derive(Debug)]
pub struct Walk {
    /// The least `id` that is left; `None` behind the last.
    from: Option<i64>,
}

/// A row that a walk met.
#[derive(Debug)]
pub struct Walked<R> {
    /// Its `id`.
    pub id: i64,
    /// The bytes of text in it.
    pub bytes: u64,
    /// What it decodes to.
    pub row: R,
}

/// Rows that a walk met; one that cannot be read is its own error.
pub type WalkedPage<R> = Vec<Walked<Result<R, RowError>>>;

impl Default for Walk {
    fn default() -> Self {
        Self {
            from: Some(i64::MIN),
        }
    }
}

impl Walk {
    /// The statement that reads a page; `columns` begin with `id`.
    #[must_use]
    pub fn sql(table: &str, columns: &str) -> String {
        format!("SELECT {columns} FROM {table} WHERE id >= ? ORDER BY id LIMIT ?")
    }

    /// The next page; empty behind the last row.
    ///
    /// # Errors
    /// What the database says.
    pub fn page<R>(
        &mut self,
        connection: &Connection,
        sql: &str,
        mut decode: impl FnMut(&Row<'_>) -> Result<R, RowError>,
    ) -> Result<WalkedPage<R>, Fault> {
        let mut page = Vec::new();
        let Some(from) = self.from else {
            return Ok(page);
        };
        let mut statement = connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query([from, ROWS])?;
        let mut held = 0;
        self.from = None;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let bytes = text_bytes(row, columns)?;
            page.push(Walked {
                id,
                bytes,
                row: decode(row),
            });
            held += bytes;
            self.from = id.checked_add(1);
            if held >= BYTES {
                break;
            }
        }
        Ok(page)
    }
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
