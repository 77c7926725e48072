//! Reading columns without trusting what a peer has put into them.

use media_schema::{ColumnError, JsonText, RowError, StoredHash, Timestamp};
use rusqlite::Row;
use rusqlite::types::ValueRef;

/// The longest text that is handed out, in bytes: 256 MiB. What this project
/// writes is shorter by far.
const MAX_LENGTH: usize = 256 << 20;

/// Reads the columns of one row; what does not fit is that row's error, with
/// the table, the row's `id` and the column in it.
#[derive(Debug)]
pub(crate) struct RowReader<'r, 's> {
    row: &'r Row<'s>,
    table: &'static str,
    columns: &'static [&'static str],
    id: i64,
}

impl<'r, 's> RowReader<'r, 's> {
    /// Wraps a row of the named columns, of which the first is the `id`.
    ///
    /// # Errors
    /// If the `id` is not an integer.
    pub(crate) fn new(
        row: &'r Row<'s>,
        table: &'static str,
        columns: &'static [&'static str],
    ) -> Result<Self, RowError> {
        let mut reader = Self {
            row,
            table,
            columns,
            id: 0,
        };
        reader.id = reader.integer(0)?;
        Ok(reader)
    }

    /// The row's `id`.
    #[must_use]
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    /// An integer column that must be there.
    pub(crate) fn integer(&self, index: usize) -> Result<i64, RowError> {
        match self.value(index)? {
            ValueRef::Integer(number) => Ok(number),
            other => Err(self.wrong_type(index, "an integer", other)),
        }
    }

    /// A column that counts.
    ///
    /// # Errors
    /// If it holds another type, or a number below 0.
    pub(crate) fn count(&self, index: usize) -> Result<u64, RowError> {
        u64::try_from(self.integer(index)?).map_err(|_| {
            let reason = ColumnError::WrongType {
                expected: "a count",
                found: "a negative number",
            };
            self.error(index, reason)
        })
    }

    /// A text column that must be there.
    ///
    /// # Errors
    /// If it holds another type, or text that is not UTF-8.
    pub(crate) fn text(&self, index: usize) -> Result<String, RowError> {
        match self.value(index)? {
            ValueRef::Text(bytes) => self.utf8(index, bytes),
            other => Err(self.wrong_type(index, "text", other)),
        }
    }

    /// A hash column, as stored.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub(crate) fn hash(&self, index: usize) -> Result<StoredHash, RowError> {
        self.text(index).map(StoredHash::from)
    }

    /// A text column; NULL is `None`.
    ///
    /// # Errors
    /// As for [`text`](Self::text).
    pub(crate) fn optional_text(&self, index: usize) -> Result<Option<String>, RowError> {
        self.text_or_null(index, "text, or NULL")
    }

    /// A JSON column, as stored; NULL is `None`.
    ///
    /// # Errors
    /// If it holds another type, or text that is not UTF-8.
    pub(crate) fn json(&self, index: usize) -> Result<Option<JsonText>, RowError> {
        let text = self.text_or_null(index, "JSON text")?;
        Ok(text.map(JsonText::from_stored))
    }

    /// A time column that may be NULL.
    ///
    /// # Errors
    /// As for [`time`](Self::time).
    pub(crate) fn optional_time(&self, index: usize) -> Result<Option<Timestamp>, RowError> {
        match self.value(index)? {
            ValueRef::Null => Ok(None),
            _ => self.time(index).map(Some),
        }
    }

    /// A time column.
    ///
    /// # Errors
    /// If it holds another type, or a number that is not finite.
    pub(crate) fn time(&self, index: usize) -> Result<Timestamp, RowError> {
        const EXPECTED: &str = "a finite number of seconds";
        let value = self.value(index)?;
        let seconds = match value {
            ValueRef::Real(seconds) => seconds,
            #[expect(
                clippy::cast_precision_loss,
                reason = "a REAL column holds it as a float"
            )]
            ValueRef::Integer(seconds) => seconds as f64,
            other => return Err(self.wrong_type(index, EXPECTED, other)),
        };
        Timestamp::from_unix_seconds(seconds).ok_or_else(|| {
            let reason = ColumnError::WrongType {
                expected: EXPECTED,
                found: "an infinity",
            };
            self.error(index, reason)
        })
    }

    fn text_or_null(
        &self,
        index: usize,
        expected: &'static str,
    ) -> Result<Option<String>, RowError> {
        match self.value(index)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => self.utf8(index, bytes).map(Some),
            other => Err(self.wrong_type(index, expected, other)),
        }
    }

    fn value(&self, index: usize) -> Result<ValueRef<'r>, RowError> {
        // Fails only for an index that the statement does not have.
        self.row.get_ref(index).map_err(|_| {
            let reason = ColumnError::WrongType {
                expected: "a column",
                found: "none",
            };
            self.error(index, reason)
        })
    }

    fn utf8(&self, index: usize, bytes: &[u8]) -> Result<String, RowError> {
        if bytes.len() > MAX_LENGTH {
            let reason = ColumnError::TooLong {
                len: bytes.len() as u64,
                max: MAX_LENGTH as u64,
            };
            return Err(self.error(index, reason));
        }
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Ok(text.to_owned());
        }
        // Says where the text goes wrong, which takes longer to find.
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(self.error(index, ColumnError::NotUtf8(error))),
        }
    }

    fn wrong_type(&self, index: usize, expected: &'static str, found: ValueRef<'_>) -> RowError {
        let found = match found {
            ValueRef::Null => "NULL",
            ValueRef::Integer(_) => "an integer",
            ValueRef::Real(_) => "a float",
            ValueRef::Text(_) => "text",
            ValueRef::Blob(_) => "a blob",
        };
        self.error(index, ColumnError::WrongType { expected, found })
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
