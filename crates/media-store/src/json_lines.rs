//! Reading lines of JSON of any sensible length, one at a time.

use std::io::{self, BufRead, Read};

use media_schema::{AnyRow, JsonLineError, JsonText};
use thiserror::Error;

/// The most bytes of a line, its break included: 512 MiB. A row of two JSON
/// columns of 64 MiB needs less, even if each stands there twice.
pub(crate) const MAX_LINE: usize = 8 * JsonText::MAX_LEN;

/// Some editors put it before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a line gives no row.
#[derive(Debug, Error)]
pub(crate) enum LineError {
    #[error(transparent)]
    Row(#[from] JsonLineError),
    #[error("text is not UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    #[error("longer than {MAX_LINE} bytes, which no row is")]
    TooLong,
}

/// Lines with their numbers.
pub(crate) struct JsonLines<R> {
    input: R,
    line: Vec<u8>,
    /// The number of the line read last, from 1.
    pub(crate) number: u64,
    /// The bytes read so far.
    pub(crate) bytes: u64,
}

impl<R: BufRead> JsonLines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            bytes: 0,
        }
    }

    /// The next row, or `None` behind the last. Empty lines are passed over.
    pub(crate) fn next(&mut self) -> io::Result<Option<Result<AnyRow, LineError>>> {
        loop {
            self.line.clear();
            let mut limited = (&mut self.input).take(MAX_LINE as u64 + 1);
            let read = limited.read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bytes += read as u64;
            if read > MAX_LINE {
                return Ok(Some(Err(LineError::TooLong)));
            }
            let line = match self.line.strip_prefix(BYTE_ORDER_MARK) {
                Some(line) if self.number == 1 => line,
                _ => &self.line,
            };
            if !line.trim_ascii().is_empty() {
                return Ok(Some(parse(line)));
            }
        }
    }
}

fn parse(line: &[u8]) -> Result<AnyRow, LineError> {
    Ok(AnyRow::from_json_line(std::str::from_utf8(line)?)?)
}
