//! Results on standard output: as a table, as JSON lines or as CSV.

mod asked;
mod jsonl;
mod table;
mod timeline;

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::Path;

use comfy_table::Color;
use media_schema::JsonText;

pub(crate) use asked::Asked;
pub(crate) use table::{
    Head, Shorten, printable, short_hash, shorten, terminal_width, wants_color, wrapped,
};
pub(crate) use timeline::timeline;

use crate::failure::Failure;
use table::Grid;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    // A table, or lines of text.
    Table,
    // An object on each line.
    Jsonl,
    Csv,
}

impl Format {
    /// What was asked for, else what suits the reader.
    pub(crate) fn resolve(asked: Option<Asked>) -> Self {
        asked.and_then(Asked::listed).unwrap_or_else(|| {
            if io::stdout().is_terminal() {
                Self::Table
            } else {
                Self::Jsonl
            }
        })
    }

    /// What was asked for, else lines of text.
    pub(crate) fn or_text(asked: Option<Asked>) -> Self {
        asked.and_then(Asked::listed).unwrap_or(Self::Table)
    }

    /// Refuses a path that would lose its name.
    pub(crate) fn require_unicode(self, path: &Path) -> Result<(), Failure> {
        if self == Self::Table || path.to_str().is_some() {
            return Ok(());
        }
        Err(Failure::NotUnicode { path: path.into() })
    }
}

/// The value of a column.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    /// JSON as a peer stored it, which may be none.
    Stored(&'a JsonText),
    /// JSON that is valid.
    Json(String),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a JsonText> for Value<'a> {
    fn from(text: &'a JsonText) -> Self {
        Self::Stored(text)
    }
}

/// The columns of a result, with their values.
pub(crate) type Fields<'a> = Vec<(&'static str, Value<'a>)>;

/// What can be listed in every format.
pub(crate) trait Listed {
    /// The names of the columns, for the header of a list of none.
    const COLUMNS: &'static [&'static str];

    /// All there is, for programs.
    fn fields(&self) -> Fields<'_>;

    /// What people see: a row of a table or lines of their own.
    fn show(&self, page: &mut Page) -> io::Result<()>;
}

/// Standard output, locked and buffered.
pub(crate) type Stdout = BufWriter<StdoutLock<'static>>;

pub(crate) fn stdout() -> Stdout {
    BufWriter::with_capacity(64 << 10, io::stdout().lock())
}

/// What people see: lines at once, rows when the table is complete.
pub(crate) struct Page {
    out: Stdout,
    grid: Option<Grid>,
}

impl Page {
    /// Writes a line; `line` has no line break.
    pub(crate) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.out.write_all(line)?;
        self.out.write_all(b"\n")
    }

    /// Writes a line whose first part is in a colour, where there is colour.
    pub(crate) fn colored(&mut self, first: &str, color: Color, rest: &str) -> io::Result<()> {
        let line = format!("{}{rest}", table::colored(first, color));
        self.line(line.trim_end().as_bytes())
    }

    /// Ends the table of the rows so far: others may follow.
    pub(crate) fn end_rows(&mut self) -> io::Result<()> {
        match self.grid.take() {
            Some(grid) => writeln!(self.out, "{}", grid.render()),
            None => Ok(()),
        }
    }

    /// Adds a row under `heads`, its first cell in a colour.
    pub(crate) fn row(&mut self, heads: &'static [Head], cells: Vec<String>, color: Option<Color>) {
        let grid = self.grid.get_or_insert_with(|| Grid::new(heads));
        grid.add(cells, color);
    }
}

/// Writes results of one kind.
pub(crate) struct List {
    sink: Sink,
    is_empty: bool,
}

enum Sink {
    People(Page),
    Jsonl(Stdout),
    Csv(Box<csv::Writer<Stdout>>),
}

impl List {
    pub(crate) fn new(format: Format) -> Self {
        let sink = match format {
            Format::Table => Sink::People(Page {
                out: stdout(),
                grid: None,
            }),
            Format::Jsonl => Sink::Jsonl(stdout()),
            Format::Csv => Sink::Csv(Box::new(csv::Writer::from_writer(stdout()))),
        };
        Self {
            sink,
            is_empty: true,
        }
    }

    /// Adds a result.
    pub(crate) fn add<T: Listed>(&mut self, result: &T) -> io::Result<()> {
        match &mut self.sink {
            Sink::People(page) => result.show(page)?,
            Sink::Jsonl(out) => jsonl::write(out, &result.fields())?,
            Sink::Csv(out) => {
                let fields = result.fields();
                if self.is_empty {
                    out.write_record(fields.iter().map(|(name, _)| name))
                        .map_err(io_error)?;
                }
                out.write_record(fields.iter().map(|(_, value)| csv_text(value).into_owned()))
                    .map_err(io_error)?;
            }
        }
        self.is_empty = false;
        Ok(())
    }

    /// Hands on what was added so far: for results that are slow to come.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::People(page) => page.out.flush(),
            Sink::Jsonl(out) => out.flush(),
            Sink::Csv(out) => out.flush(),
        }
    }

    /// Ends a list of `T`.
    pub(crate) fn finish<T: Listed>(mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::People(page) => page.end_rows()?,
            Sink::Csv(out) if self.is_empty => {
                out.write_record(T::COLUMNS).map_err(io_error)?;
            }
            _ => {}
        }
        self.flush()
    }
}

/// The error of the writer below, whose kind says whether anybody reads.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A value as the text of a CSV field; NULL is empty.
fn csv_text<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Real(number) => Cow::Owned(jsonl::real(*number)),
        Value::Text(text) => Cow::Borrowed(text),
        Value::Stored(text) => Cow::Borrowed(text.as_str()),
        Value::Json(text) => Cow::Borrowed(text),
    }
}
