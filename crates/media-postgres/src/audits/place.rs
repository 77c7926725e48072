//! Places in walks, as cursors tell them.

use std::fmt::Write as _;

use media_schema::{Cursor, StoreError};

/// The error for a cursor that is none of ours.
pub(crate) fn bad(cursor: &Cursor) -> StoreError {
    StoreError::BadCursor {
        cursor: cursor.as_str().to_owned(),
    }
}

/// A place in the order of digests: behind the paths up to one.
pub(crate) fn behind(digest: &[u8]) -> Cursor {
    let mut text = String::from("d");
    for byte in digest {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Cursor::new(text)
}

/// The digest that a cursor names; the place before all without one.
pub(crate) fn digest_of(cursor: Option<&Cursor>) -> Result<Vec<u8>, StoreError> {
    let Some(cursor) = cursor else {
        return Ok(Vec::new());
    };
    let digits = cursor.as_str().strip_prefix('d').unwrap_or_default();
    let mut digest = Vec::with_capacity(32);
    for pair in digits.as_bytes().chunks(2) {
        let byte = str::from_utf8(pair).ok();
        let byte = byte.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        digest.push(byte.ok_or_else(|| bad(cursor))?);
    }
    // As it was written, and not otherwise.
    if digest.len() == 32 && behind(&digest) == *cursor {
        Ok(digest)
    } else {
        Err(bad(cursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_cursor_and_nothing_else_is_one() {
        let digest: Vec<u8> = (0_u8..32).map(|byte| byte * 8).collect();
        assert_eq!(digest_of(Some(&behind(&digest))).unwrap(), digest);
        assert_eq!(digest_of(None).unwrap(), Vec::<u8>::new());
        let upper = behind(&digest).as_str().to_uppercase();
        let signed = format!("d{}", "+8".repeat(32));
        for text in ["", "d", "d0", "夜", "t2f6d", &upper, &signed] {
            let error = digest_of(Some(&Cursor::new(text))).unwrap_err();
            assert!(matches!(error, StoreError::BadCursor { .. }), "{text}");
        }
    }
}
