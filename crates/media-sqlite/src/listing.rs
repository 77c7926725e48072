//! Lists, newest first, a page at a time, always along an index.

use media_schema::{Cursor, Page, RowError, StoreError, Timestamp};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use crate::Fault;

/// A list of a table's rows that fulfil conditions.
///
/// The order is `created_at DESC, id DESC`, and every condition on a column is
/// an equality, so that an index on `(column, created_at)` yields the rows in
/// order and nothing is ever sorted. The first column that is asked about is
/// the one whose index is walked, so ask about the most selective one first. A
/// condition that either of two columns may fulfil becomes two such walks,
/// merged.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    table: &'static str,
    columns: String,
    /// Each a conjunction; a row is kept if it fulfils one of them. No row
    /// fulfils two.
    branches: Vec<Branch>,
}

#[derive(Debug, Clone, Default)]
struct Branch {
    sql: String,
    values: Vec<Bound>,
    /// Whether a column's index is walked already.
    walks: bool,
}

impl Branch {
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Bound>) {
        self.sql.push_str(if self.sql.is_empty() {
            " WHERE "
        } else {
            " AND "
        });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Keeps rows whose `column` is `text`. A plus before a column keeps its
    /// index out of the planner's choice.
    fn and_equal(&mut self, column: &str, text: &Bound) {
        let condition = if self.walks {
            format!("+{column} = ?")
        } else {
            equals(column)
        };
        self.and(&condition, [text.clone()]);
        self.walks = true;
    }
}

impl Listing {
    /// A list of all rows; `columns` begin with `id` and have `created_at`.
    #[must_use]
    pub(crate) fn new(table: &'static str, columns: String) -> Self {
        Self {
            table,
            columns,
            branches: vec![Branch::default()],
        }
    }

    /// Keeps rows whose `column` is `text`, if one is given.
    #[must_use]
    pub(crate) fn equal(mut self, column: &str, text: Option<&str>) -> Self {
        if let Some(text) = text {
            let text = Bound::from(text);
            for branch in &mut self.branches {
                branch.and_equal(column, &text);
            }
        }
        self
    }

    /// Keeps rows in which either column is `text`, if one is given.
    #[must_use]
    pub(crate) fn either(mut self, first: &str, second: &str, text: Option<&str>) -> Self {
        if let Some(text) = text {
            let text = Bound::from(text);
            let mut others = self.branches.clone();
            for branch in &mut self.branches {
                branch.and_equal(first, &text);
            }
            for other in &mut others {
                other.and_equal(second, &text);
                other.and(&format!("{first} <> ?"), [text.clone()]);
            }
            self.branches.append(&mut others);
        }
        self
    }

    /// Keeps rows from `since` on and from before `until`, where given.
    #[must_use]
    pub(crate) fn between(mut self, since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        if let Some(since) = since {
            self.and("created_at >= ?", &[Bound::Real(since.as_unix_seconds())]);
        }
        if let Some(until) = until {
            self.and("created_at < ?", &[Bound::Real(until.as_unix_seconds())]);
        }
        self
    }

    fn and(&mut self, condition: &str, values: &[Bound]) {
        for branch in &mut self.branches {
            branch.and(condition, values.iter().cloned());
        }
    }

    /// Fetches a page. `decode` turns a row into what is listed.
    ///
    /// # Errors
    /// If the cursor is not of this kind, or the database says so.
    pub(crate) fn page<R>(
        mut self,
        connection: &Connection,
        limit: usize,
        after: Option<&Cursor>,
        mut decode: impl FnMut(&Row<'_>) -> Result<R, RowError>,
    ) -> Result<Page<R>, Fault> {
        let mut page = Page {
            rows: Vec::new(),
            next: None,
        };
        if let Some(cursor) = after {
            let place = Place::parse(cursor)?;
            self.and(
                "(created_at, id) < (?, ?)",
                &[place.created_at, Bound::Integer(place.id)],
            );
        }
        // One row more than asked for tells whether there is a next page.
        let fetch = Bound::Integer(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        let mut statement = connection.prepare_cached(&self.page_sql())?;
        let values = self.branches.iter().flat_map(|branch| &branch.values);
        let mut rows = statement.query(params_from_iter(values.chain([&fetch])))?;
        let created_at = self
            .columns
            .split(", ")
            .position(|name| name == "created_at");
        let mut last = None;
        while let Some(row) = rows.next()? {
            if page.rows.len() == limit {
                page.next = last;
                break;
            }
            page.rows.push(decode(row));
            if page.rows.len() == limit {
                last = created_at.map(|at| Place::of(row, at)).transpose()?;
            }
        }
        Ok(page)
    }

    /// Counts the rows.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) fn count(&self, connection: &Connection) -> Result<u64, Fault> {
        let mut statement = connection.prepare_cached(&self.count_sql())?;
        let values = self.branches.iter().flat_map(|branch| &branch.values);
        let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The statement of a page, for looking at its query plan.
    #[must_use]
    pub(crate) fn page_sql(&self) -> String {
        let selects: Vec<_> = self
            .branches
            .iter()
            .map(|branch| format!("SELECT {} FROM {}{}", self.columns, self.table, branch.sql))
            .collect();
        format!(
            "{} ORDER BY created_at DESC, id DESC LIMIT ?",
            selects.join(" UNION ALL ")
        )
    }

    /// The statement of a count, for looking at its query plan.
    #[must_use]
    pub(crate) fn count_sql(&self) -> String {
        let counts: Vec<_> = self
            .branches
            .iter()
            .map(|branch| format!("(SELECT count(*) FROM {}{})", self.table, branch.sql))
            .collect();
        format!("SELECT {}", counts.join(" + "))
    }
}

/// A condition that the planner takes to be rare, so that it goes by the index
/// on the column. Left alone, it would scan the table for good in a file that
/// somebody ran `ANALYZE` on while it had a few rows.
fn equals(column: &str) -> String {
    format!("unlikely({column} = ?)")
}

/// The statements of some lists with names: each as it is, continued behind a
/// page, bounded in time, and counted. For looking at their query plans.
pub(crate) fn listing_statements(
    listings: impl IntoIterator<Item = (&'static str, Listing)>,
) -> impl Iterator<Item = (String, String)> {
    let time = Timestamp::from_unix_seconds(0.0);
    listings.into_iter().flat_map(move |(name, listing)| {
        let between = listing.clone().between(time, time);
        let mut behind = between.clone();
        behind.and(BEHIND, &[]);
        [
            (format!("list {name}"), listing.page_sql()),
            (
                format!("list {name}, in a span of time"),
                between.page_sql(),
            ),
            (format!("list {name}, next page"), behind.page_sql()),
            (format!("count {name}"), listing.count_sql()),
        ]
    })
}

/// What keeps the rows behind a place in the order.
const BEHIND: &str = "(created_at, id) < (?, ?)";

/// A parameter.
#[derive(Debug, Clone)]
enum Bound {
    Integer(i64),
    Real(f64),
    /// Bytes, for a peer's text may not be UTF-8.
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl From<&str> for Bound {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_owned())
    }
}

impl ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A row's place in the order. Its text is `r`, `t` or `b` for the type of
/// `created_at` (a peer may have stored text), the value in hexadecimal, and
/// the `id`.
struct Place {
    created_at: Bound,
    id: i64,
}

impl Place {
    fn of(row: &Row<'_>, created_at: usize) -> rusqlite::Result<Cursor> {
        let id: i64 = row.get(0)?;
        let value = match row.get_ref(created_at)? {
            ValueRef::Text(bytes) => format!("t{}", hex(bytes)),
            ValueRef::Blob(bytes) => format!("b{}", hex(bytes)),
            // A REAL column holds no integers, and this one no NULL.
            other => format!("r{:016x}", other.as_f64()?.to_bits()),
        };
        Ok(Cursor::new(format!("{value}.{id}")))
    }

    fn parse(cursor: &Cursor) -> Result<Self, StoreError> {
        Self::decode(cursor.as_str()).ok_or_else(|| StoreError::BadCursor {
            cursor: cursor.as_str().to_owned(),
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let (value, id) = text.rsplit_once('.')?;
        let kind = value.chars().next()?;
        let digits = value.get(1..)?;
        let created_at = match kind {
            'r' => Bound::Real(f64::from_bits(u64::from_str_radix(digits, 16).ok()?)),
            't' => Bound::Text(unhex(digits)?),
            'b' => Bound::Blob(unhex(digits)?),
            _ => return None,
        };
        Some(Self {
            created_at,
            id: id.parse().ok()?,
        })
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(digits).ok()
}
