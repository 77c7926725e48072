//! Lists, newest first, a page at a time, always along an index.

use media_schema::{Cursor, Page, RowError, StoreError, Timestamp};
use postgres::Row;
use postgres::types::ToSql;

use crate::Fault;
use crate::digest::digest;
use crate::nul::has_nul;
use crate::session::{Parameter, Session};

/// A text column that has an index with `created_at` and `id` behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Indexed {
    pub(crate) column: &'static str,
    /// What the index begins with, of which a text is as long as it likes.
    pub(crate) key: Key,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    /// Another column, with the text's digest.
    Digest(&'static str),
    /// The text's first 160 characters.
    Prefix,
}

/// A list of a table's rows that fulfil conditions.
///
/// The order is `created_at DESC, id DESC`, and the first column that is asked
/// about is the one whose index is walked, so ask about the most selective one
/// first. A condition that either of two columns may fulfil becomes two such
/// walks.
///
/// Left alone, the planner walks the whole table by time where it takes a value
/// for frequent, which is slow if the rows that have it are old. So the key of
/// the index to walk is part of the order, and it is compared by `= ANY` of
/// one value: `=` would tell the planner that the key does not matter to the
/// order.
pub(crate) struct Listing {
    table: &'static str,
    columns: &'static [&'static str],
    /// Each a conjunction; a row is kept if it fulfils one of them. No row
    /// fulfils two.
    branches: Vec<Branch>,
    values: Vec<Box<dyn ToSql + Sync>>,
    /// Whether no row can fulfil all conditions.
    is_empty: bool,
}

#[derive(Debug, Clone, Default)]
struct Branch {
    conditions: Vec<String>,
    /// The key of the index that is walked.
    key: Option<String>,
}

impl Branch {
    fn sql(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", self.conditions.join(" AND "))
    }

    fn order(&self) -> String {
        let key = self.key.iter().map(|key| format!("{key} DESC, "));
        format!("{}created_at DESC, id DESC", key.collect::<String>())
    }
}

impl Listing {
    /// A list of all rows; `columns` begin with `id` and end with `created_at`.
    pub(crate) fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self {
            table,
            columns,
            branches: vec![Branch::default()],
            values: Vec::new(),
            is_empty: false,
        }
    }

    /// Keeps rows in which `field` is `text`, if one is given.
    pub(crate) fn equal(mut self, field: Indexed, text: Option<&str>) -> Self {
        if let Some(text) = text {
            let value = self.text(text);
            let key = self.key(&[field], text, value);
            for branch in &mut self.branches {
                and_equal(branch, field, value, key);
            }
        }
        self
    }

    /// Keeps rows in which either field is `text`, if one is given.
    pub(crate) fn either(mut self, first: Indexed, second: Indexed, text: Option<&str>) -> Self {
        if let Some(text) = text {
            let value = self.text(text);
            let key = self.key(&[first, second], text, value);
            let mut others = self.branches.clone();
            for branch in &mut self.branches {
                and_equal(branch, first, value, key);
            }
            for other in &mut others {
                and_equal(other, second, value, key);
                other
                    .conditions
                    .push(format!("{} <> ${value}::text", first.column));
            }
            self.branches.append(&mut others);
        }
        self
    }

    /// Keeps rows from `since` on and from before `until`, where given.
    pub(crate) fn between(mut self, since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        for (compare, time) in [(">=", since), ("<", until)] {
            if let Some(time) = time {
                let value = self.bind(time.as_unix_seconds());
                self.and(&format!("created_at {compare} ${value}::float8"));
            }
        }
        self
    }

    fn and(&mut self, condition: &str) {
        for branch in &mut self.branches {
            branch.conditions.push(condition.to_owned());
        }
    }

    fn bind(&mut self, value: impl ToSql + Sync + 'static) -> usize {
        self.values.push(Box::new(value));
        self.values.len()
    }

    fn text(&mut self, text: &str) -> usize {
        self.is_empty |= has_nul(text);
        self.bind(text.to_owned())
    }

    /// The value to look for in the index, if a branch walks none yet.
    fn key(&mut self, fields: &[Indexed], text: &str, value: usize) -> usize {
        let is_digest = |field: &Indexed| matches!(field.key, Key::Digest(_));
        let is_needed = self.branches.iter().any(|branch| branch.key.is_none());
        if is_needed && fields.iter().any(is_digest) {
            self.bind(digest(text).to_vec())
        } else {
            value
        }
    }

    /// Fetches a page. `decode` turns a row into what is listed.
    pub(crate) fn page<R>(
        mut self,
        session: &mut Session,
        limit: usize,
        after: Option<&Cursor>,
        decode: impl Fn(&Row) -> Result<R, RowError>,
    ) -> Result<Page<R>, Fault> {
        let mut page = Page {
            rows: Vec::new(),
            next: None,
        };
        if let Some(cursor) = after {
            let place = Place::parse(cursor)?;
            let (created_at, id) = (self.bind(place.created_at), self.bind(place.id));
            self.and(&format!(
                "(created_at, id) < (${created_at}::float8, ${id}::bigint)"
            ));
        }
        if self.is_empty {
            return Ok(page);
        }
        // One row more than asked for tells whether there is a next page.
        let fetch = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let fetch = self.bind(fetch);
        let rows = session.query(&self.page_sql(fetch), &self.parameters())?;
        if rows.len() > limit
            && let Some(last) = limit.checked_sub(1).and_then(|last| rows.get(last))
        {
            page.next = Some(Place::of(last)?.into());
        }
        page.rows = rows.iter().take(limit).map(decode).collect();
        Ok(page)
    }

    /// Counts the rows.
    pub(crate) fn count(&self, session: &mut Session) -> Result<u64, Fault> {
        if self.is_empty {
            return Ok(0);
        }
        let row = session.query_one(&self.count_sql(), &self.parameters())?;
        Ok(u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0))
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        self.values
            .iter()
            .map(|value| -> Parameter<'_> { &**value })
            .collect()
    }

    fn page_sql(&self, limit: usize) -> String {
        let columns = self.columns.join(", ");
        let selects: Vec<_> = self
            .branches
            .iter()
            .map(|branch| {
                format!(
                    "SELECT {columns} FROM {}{} ORDER BY {} LIMIT ${limit}::bigint",
                    self.table,
                    branch.sql(),
                    branch.order()
                )
            })
            .collect();
        if let [select] = &*selects {
            return select.clone();
        }
        format!(
            "({}) ORDER BY created_at DESC, id DESC LIMIT ${limit}::bigint",
            selects.join(") UNION ALL (")
        )
    }

    fn count_sql(&self) -> String {
        let counts: Vec<_> = self
            .branches
            .iter()
            .map(|branch| format!("(SELECT count(*) FROM {}{})", self.table, branch.sql()))
            .collect();
        format!("SELECT {}", counts.join(" + "))
    }
}

/// Keeps rows whose `field` is the text `value`, along its index if none is
/// walked yet. The column itself has no index that the planner could prefer.
fn and_equal(branch: &mut Branch, field: Indexed, value: usize, key: usize) {
    let Indexed { column, .. } = field;
    if branch.key.is_none() {
        let (indexed, sought) = match field.key {
            Key::Digest(column) => (column.to_owned(), format!("${key}::bytea")),
            Key::Prefix => (
                format!("left({column}, 160)"),
                format!("left(${value}::text, 160)"),
            ),
        };
        branch
            .conditions
            .push(format!("{indexed} = ANY (ARRAY[{sought}])"));
        branch.key = Some(indexed);
    }
    branch.conditions.push(format!("{column} = ${value}::text"));
}

/// A row's place in the order. Its text is `r`, the bits of `created_at` in
/// hexadecimal (a peer's may be no finite number), and the `id`.
struct Place {
    created_at: f64,
    id: i64,
}

impl Place {
    fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            created_at: row.try_get("created_at")?,
            id: row.try_get("id")?,
        })
    }

    fn parse(cursor: &Cursor) -> Result<Self, StoreError> {
        Self::decode(cursor.as_str()).ok_or_else(|| StoreError::BadCursor {
            cursor: cursor.as_str().to_owned(),
        })
    }

    fn decode(text: &str) -> Option<Self> {
        let (bits, id) = text.strip_prefix('r')?.rsplit_once('.')?;
        Some(Self {
            created_at: f64::from_bits(u64::from_str_radix(bits, 16).ok()?),
            id: id.parse().ok()?,
        })
    }
}

impl From<Place> for Cursor {
    fn from(place: Place) -> Self {
        Self::new(format!("r{:016x}.{}", place.created_at.to_bits(), place.id))
    }
}
