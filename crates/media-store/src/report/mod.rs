//! A database as one page that a browser shows without a network.
//!
//! The page is written as a stream: its frame, style and script are files of
//! their own here, and between them come the rows as blocks of JSON, a page of
//! the database at a time. What is in a block is parsed when somebody asks for
//! it. The page finds blocks by kind (`analyses`, `jobs`, `checks`, `past`,
//! `problems`, `about`) and by row (`analysis-7`, `job-3`).

mod analyses;
mod checks;
mod embed;
mod processing;

use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

use base64ct::{Base64, Encoding};
use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{
    AnalysisFilter, AnalysisJob, Job, JobStore, ProcessingFilter, ProcessingJob, Query, RowError,
    Timestamp,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use self::embed::block_of_kind;
use crate::failure::{Failure, chain};
use crate::place::{Database, if_any};
use crate::{messages, stop};

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// One script, in files that are read in this order.
const SCRIPT: &str = concat!(
    include_str!("page/elements.js"),
    include_str!("page/words.js"),
    include_str!("page/data.js"),
    include_str!("page/state.js"),
    include_str!("page/list.js"),
    include_str!("page/overview.js"),
    include_str!("page/stored.js"),
    include_str!("page/ranges.js"),
    include_str!("page/timeline.js"),
    include_str!("page/results.js"),
    include_str!("page/lineage.js"),
    include_str!("page/audit.js"),
    include_str!("page/file.js"),
    include_str!("page/start.js"),
);

/// The first bytes of every report.
pub(crate) const BEGINNING: &[u8] = b"<!doctype html>";

/// The most results with their ranges that are held at once, and the most jobs.
const ANALYSES: usize = 25;
const JOBS: usize = 500;

/// Why a report was not written.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error("cannot write the report")]
    Write(#[from] io::Error),
    #[error(transparent)]
    Read(#[from] Failure),
}

/// How much is in a report.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) analyses: usize,
    pub(crate) ranges: usize,
    pub(crate) jobs: usize,
    pub(crate) checks: usize,
    /// Rows that cannot be read.
    pub(crate) problems: usize,
}

/// What the page says of itself.
#[derive(Serialize)]
struct About<'a> {
    version: &'static str,
    database: &'a str,
    created_at: f64,
    since: Option<f64>,
    totals: &'a Totals,
}

/// A report that is being written.
struct Report<'a> {
    out: &'a mut dyn Write,
    stop: &'a AtomicBool,
    totals: Totals,
}

impl Report<'_> {
    /// Says of a row that it cannot be read, here and on the page.
    fn unreadable(&mut self, error: &RowError) -> io::Result<()> {
        messages::error(error);
        self.totals.problems += 1;
        block_of_kind(self.out, "problems", &[chain(error)])
    }
}

/// A kind of row that the page shows.
trait Section: Sized {
    fn write(report: &mut Report<'_>, rows: &[&Self]) -> io::Result<()>;
}

/// Writes the report of everything that was recorded since a time, or ever.
///
/// # Errors
/// What the database says, or the writer. A row that cannot be read is said on
/// standard error and on the page.
pub(crate) fn write(
    out: &mut dyn Write,
    database: &Database,
    since: Option<Timestamp>,
    stop: &AtomicBool,
) -> Result<Totals, Error> {
    let mut report = Report {
        out,
        stop,
        totals: Totals::default(),
    };
    // The frame has its places marked like {{this}}.
    for (place, piece) in FRAME.split("{{").enumerate() {
        let mut text = piece;
        if place > 0 {
            let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
            match name {
                "policy" => report.out.write_all(policy().as_bytes())?,
                "style" => report.out.write_all(STYLE.as_bytes())?,
                "script" => report.out.write_all(SCRIPT.as_bytes())?,
                _ => write_data(&mut report, database, since)?,
            }
            text = rest;
        }
        report.out.write_all(text.as_bytes())?;
    }
    report.out.flush()?;
    Ok(report.totals)
}

/// The page may run its own script and use its own style, known by their
/// hashes, and nothing else: no network, no frames, no forms.
fn policy() -> String {
    let hash = |text: &str| Base64::encode_string(&Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn write_data(
    report: &mut Report<'_>,
    database: &Database,
    since: Option<Timestamp>,
) -> Result<(), Error> {
    if let Some(store) = if_any(MediaAnalysisStorage::with_source(database))? {
        let filter = AnalysisFilter {
            since,
            ..AnalysisFilter::default()
        };
        write_rows::<AnalysisJob>(report, &store, filter, ANALYSES)?;
    }
    if let Some(store) = if_any(MediaProcessingStorage::with_source(database))? {
        let filter = ProcessingFilter {
            since,
            ..ProcessingFilter::default()
        };
        write_rows::<ProcessingJob>(report, &store, filter, JOBS)?;
    }
    checks::write(report, database)?;
    let about = About {
        version: env!("CARGO_PKG_VERSION"),
        database: &database.name(),
        created_at: Timestamp::now().as_unix_seconds(),
        since: since.map(Timestamp::as_unix_seconds),
        totals: &report.totals,
    };
    Ok(block_of_kind(report.out, "about", &about)?)
}

/// Writes the rows of a store, newest first.
fn write_rows<J: Job<Row: Section>>(
    report: &mut Report<'_>,
    store: &dyn JobStore<J>,
    filter: J::Filter,
    limit: usize,
) -> Result<(), Error> {
    let mut query = Query::from(filter).limit(limit);
    loop {
        stop::check(report.stop)?;
        let page = store.list(&query).map_err(Failure::from)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            match row {
                Ok(row) => rows.push(row),
                Err(error) => report.unreadable(error)?,
            }
        }
        if !rows.is_empty() {
            J::Row::write(report, &rows)?;
        }
        if page.next.is_none() {
            return Ok(());
        }
        query.after = page.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_has_each_place_once() {
        let begins = std::str::from_utf8(BEGINNING).unwrap();
        assert!(FRAME.starts_with(begins));
        for place in ["policy", "style", "data", "script"] {
            let marked = format!("{{{{{place}}}}}");
            assert_eq!(FRAME.matches(&marked).count(), 1, "{place}");
        }
        assert_eq!(FRAME.matches("{{").count(), 4);
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}
