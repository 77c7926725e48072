//! Reading columns without trusting what a peer has put into them.

use media_schema::{ColumnError, JsonText, RowError, StoredHash, Timestamp};
use postgres::Row;
use postgres::types::FromSql;

/// The longest text that is handed out, in bytes: 256 MiB, as with SQLite. What
/// this project writes is shorter by far.
const MAX_LENGTH: usize = 256 << 20;

const A_TIME: &str = "a finite number of seconds";

/// Reads the columns of one row; what does not fit is that row's error, with
/// the table, the row's `id` and the column in it.
pub(crate) struct RowReader<'r> {
    row: &'r Row,
    table: &'static str,
    columns: &'static [&'static str],
    id: i64,
}

impl<'r> RowReader<'r> {
    /// Wraps a row that begins with the named columns, of which the first is
    /// the `id`.
    pub(crate) fn new(
        row: &'r Row,
        table: &'static str,
        columns: &'static [&'static str],
    ) -> Result<Self, RowError> {
        let mut reader = Self {
            row,
            table,
            columns,
            id: 0,
        };
        reader.id = reader.value(0, "an integer")?;
        Ok(reader)
    }

    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    pub(crate) fn integer(&self, index: usize) -> Result<i64, RowError> {
        self.value(index, "an integer")
    }

    /// A column that counts.
    pub(crate) fn count(&self, index: usize) -> Result<u64, RowError> {
        u64::try_from(self.integer(index)?).map_err(|_| {
            let reason = ColumnError::WrongType {
                expected: "a count",
                found: "a negative number",
            };
            self.error(index, reason)
        })
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, RowError> {
        let text = self.value(index, "text")?;
        self.bounded(index, text)
    }

    pub(crate) fn hash(&self, index: usize) -> Result<StoredHash, RowError> {
        self.text(index).map(StoredHash::from)
    }

    /// NULL is `None`.
    pub(crate) fn optional_text(&self, index: usize) -> Result<Option<String>, RowError> {
        self.text_or_null(index, "text, or NULL")
    }

    /// NULL is `None`.
    pub(crate) fn json(&self, index: usize) -> Result<Option<JsonText>, RowError> {
        let text = self.text_or_null(index, "JSON text")?;
        Ok(text.map(JsonText::from_stored))
    }

    /// NULL is `None`.
    pub(crate) fn optional_time(&self, index: usize) -> Result<Option<Timestamp>, RowError> {
        match self.value::<Option<f64>>(index, A_TIME)? {
            None => Ok(None),
            Some(_) => self.time(index).map(Some),
        }
    }

    pub(crate) fn time(&self, index: usize) -> Result<Timestamp, RowError> {
        Timestamp::from_unix_seconds(self.value(index, A_TIME)?).ok_or_else(|| {
            let reason = ColumnError::WrongType {
                expected: A_TIME,
                found: "an infinity or NaN",
            };
            self.error(index, reason)
        })
    }

    fn text_or_null(
        &self,
        index: usize,
        expected: &'static str,
    ) -> Result<Option<String>, RowError> {
        let text: Option<&str> = self.value(index, expected)?;
        text.map(|text| self.bounded(index, text)).transpose()
    }

    fn value<T: FromSql<'r>>(&self, index: usize, expected: &'static str) -> Result<T, RowError> {
        self.row.try_get(index).map_err(|_| {
            let found = match self.row.try_get::<_, Option<Anything>>(index) {
                Ok(None) => "NULL",
                _ => "another type",
            };
            self.error(index, ColumnError::WrongType { expected, found })
        })
    }

    fn bounded(&self, index: usize, text: &str) -> Result<String, RowError> {
        if text.len() > MAX_LENGTH {
            let reason = ColumnError::TooLong {
                len: text.len() as u64,
                max: MAX_LENGTH as u64,
            };
            return Err(self.error(index, reason));
        }
        Ok(text.to_owned())
    }

    fn error(&self, index: usize, reason: ColumnError) -> RowError {
        RowError {
            table: self.table,
            row: self.id.to_string(),
            column: self.columns.get(index).copied().unwrap_or("?"),
            reason,
        }
    }
}

/// A value of whatever type.
struct Anything;

impl FromSql<'_> for Anything {
    fn from_sql(
        _: &postgres::types::Type,
        _: &[u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self)
    }

    fn accepts(_: &postgres::types::Type) -> bool {
        true
    }
}
