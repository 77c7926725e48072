//! Paths as they are stored, and places among them.

use media_schema::{Cursor, StoreError};
use rusqlite::types::{FromSqlError, ToSql, ToSqlOutput, ValueRef};

use crate::listing::{hex, unhex};

/// A path as it is stored, which may be none: a peer may have stored bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PathText {
    /// Blobs come after text.
    is_blob: bool,
    bytes: Vec<u8>,
}

impl PathText {
    /// What a column holds; anything but text and bytes is an empty path.
    pub(crate) fn stored(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        Ok(Self {
            is_blob: matches!(value, ValueRef::Blob(_)),
            bytes: value.as_bytes_or_null()?.unwrap_or_default().to_owned(),
        })
    }

    /// The place as a cursor: `t` or `b` for text and bytes, and the value in
    /// hexadecimal.
    pub(crate) fn to_cursor(&self) -> Cursor {
        let kind = if self.is_blob { 'b' } else { 't' };
        Cursor::new(format!("{kind}{}", hex(&self.bytes)))
    }

    /// The place that a cursor names; the first without one.
    pub(crate) fn of_cursor(cursor: Option<&Cursor>) -> Result<Self, StoreError> {
        let Some(cursor) = cursor else {
            return Ok(Self::default());
        };
        let text = cursor.as_str();
        let place = match text.split_at_checked(1) {
            Some((kind @ ("t" | "b"), digits)) => unhex(digits).map(|bytes| Self {
                is_blob: kind == "b",
                bytes,
            }),
            _ => None,
        };
        place.ok_or_else(|| StoreError::BadCursor {
            cursor: text.to_owned(),
        })
    }

    /// The path, if it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if self.is_blob {
            return None;
        }
        str::from_utf8(&self.bytes).ok()
    }

    /// The place right behind it.
    pub(crate) fn successor(mut self) -> Self {
        self.bytes.push(0);
        self
    }
}

impl From<&str> for PathText {
    fn from(text: &str) -> Self {
        Self {
            is_blob: false,
            bytes: text.into(),
        }
    }
}

impl ToSql for PathText {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(if self.is_blob {
            ValueRef::Blob(&self.bytes)
        } else {
            ValueRef::Text(&self.bytes)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_cursor() {
        for place in [
            PathText::default(),
            PathText::from("/media/夜.wav").successor(),
            PathText {
                is_blob: true,
                bytes: vec![0xff, 0],
            },
        ] {
            let cursor = place.to_cursor();
            assert_eq!(PathText::of_cursor(Some(&cursor)).unwrap(), place);
        }
        for text in ["", "t0", "x00", "夜", "tzz"] {
            let error = PathText::of_cursor(Some(&Cursor::new(text))).unwrap_err();
            assert!(matches!(error, StoreError::BadCursor { .. }), "{text}");
        }
    }
}
