//! Analysis results: a line for the list of files, and the ranges for whoever
//! asks.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use media_schema::{MediaAnalysisRow, TimeRange};
use serde::{Serialize, Serializer};

use super::embed::{Excerpt, block_of_kind, block_of_row};
use super::{Report, Section};
use crate::failure::chain;

/// What the page knows of a result before it is opened: `id`, `file_path`,
/// `file_hash`, `config_hash`, `created_at`, how many ranges, from when to when,
/// the labels, and why the ranges cannot be read.
type Line<'a> = (
    i64,
    &'a str,
    &'a str,
    &'a str,
    f64,
    Option<usize>,
    Option<(f64, f64)>,
    Vec<String>,
    Option<String>,
);

/// The rest of a result.
#[derive(Serialize)]
struct Details<'a> {
    /// The ranges as columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    ranges: Option<Columns<'a>>,
    /// The text of ranges that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    ranges_raw: Option<Excerpt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Excerpt<'a>>,
}

/// Ranges as arrays of numbers: a third of the size of objects, and what the
/// page draws from.
#[derive(Serialize)]
struct Columns<'a> {
    start: Column<'a, f64>,
    end: Column<'a, f64>,
    /// The place of the label in `labels`.
    label: Vec<usize>,
    labels: Vec<&'a str>,
    /// Left out if no range has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Column<'a, Option<f64>>>,
    /// The payload and unknown fields of those ranges that have any, as JSON
    /// text, so that no number is rounded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    more: BTreeMap<usize, String>,
}

/// One field of each range.
struct Column<'a, T> {
    ranges: &'a [TimeRange],
    field: fn(&TimeRange) -> T,
}

impl<T: Serialize> Serialize for Column<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.ranges.iter().map(self.field))
    }
}

impl Section for MediaAnalysisRow {
    fn write(report: &mut Report<'_>, rows: &[&Self]) -> io::Result<()> {
        let mut lines = Vec::with_capacity(rows.len());
        for row in rows {
            lines.push(write_row(report, row)?);
        }
        report.totals.analyses += rows.len();
        block_of_kind(report.out, "analyses", &lines)
    }
}

fn write_row<'a>(report: &mut Report<'_>, row: &'a MediaAnalysisRow) -> io::Result<Line<'a>> {
    let stored = row.ranges.as_ref();
    let (ranges, problem) = match row.time_ranges() {
        Ok(ranges) => (stored.map(|_| ranges), None),
        Err(error) => (None, Some(chain(&error))),
    };
    let labels = ranges.as_deref().map(labels).unwrap_or_default();
    let details = Details {
        ranges: ranges.as_deref().map(|ranges| columns(ranges, &labels)),
        ranges_raw: problem
            .as_ref()
            .and(stored)
            .map(|text| Excerpt(text.as_str())),
        metadata: row.metadata.as_ref().map(|text| Excerpt(text.as_str())),
    };
    block_of_row(report.out, "analysis", row.id, &details)?;
    let count = ranges.as_ref().map(Vec::len);
    report.totals.ranges += count.unwrap_or(0);
    Ok((
        row.id,
        &row.file_path,
        row.file_hash.as_str(),
        row.config_hash.as_str(),
        row.created_at.as_unix_seconds(),
        count,
        ranges.as_deref().and_then(extent),
        labels.into_iter().map(str::to_owned).collect(),
        problem,
    ))
}

/// The first and the last time, also where a peer's range ends before it starts.
fn extent(ranges: &[TimeRange]) -> Option<(f64, f64)> {
    let times = ranges.iter().flat_map(|range| [range.start, range.end]);
    times.fold(None, |extent, time| match extent {
        None => Some((time, time)),
        Some((from, to)) => Some((time.min(from), time.max(to))),
    })
}

/// The distinct labels, sorted.
fn labels(ranges: &[TimeRange]) -> Vec<&str> {
    let labels: BTreeSet<_> = ranges.iter().map(|range| range.label.as_str()).collect();
    labels.into_iter().collect()
}

fn columns<'a>(ranges: &'a [TimeRange], labels: &[&'a str]) -> Columns<'a> {
    let place = |range: &TimeRange| labels.binary_search(&range.label.as_str()).unwrap_or(0);
    let has_confidence = ranges.iter().any(|range| range.confidence.is_some());
    Columns {
        start: Column {
            ranges,
            field: |range| range.start,
        },
        end: Column {
            ranges,
            field: |range| range.end,
        },
        label: ranges.iter().map(place).collect(),
        labels: labels.to_vec(),
        confidence: has_confidence.then_some(Column {
            ranges,
            field: |range| range.confidence,
        }),
        more: ranges.iter().enumerate().filter_map(more).collect(),
    }
}

/// What a range says beyond the four fields.
fn more((place, range): (usize, &TimeRange)) -> Option<(usize, String)> {
    if range.payload.is_empty() && range.extra.is_empty() {
        return None;
    }
    let mut fields = range.extra.clone();
    if !range.payload.is_empty() {
        fields.insert("payload".to_owned(), range.payload.clone().into());
    }
    let text = serde_json::to_string(&fields).unwrap_or_default();
    Some((place, text))
}
