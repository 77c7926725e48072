//! What `show` shows: results, jobs and checks, with headings for people.

use std::io;

use comfy_table::Color;
use indicatif::HumanCount;
use media_audit::PastCheck;
use media_lineage::{Content, Lineage, TreeStyle};
use media_schema::{JsonText, MediaAnalysisRow, MediaProcessingRow, StoredHash, TimeRange};

use serde_json::json;

use crate::output::{
    Fields, Head, Listed, Page, Shorten, Value, printable, short_hash, shorten, terminal_width,
    timeline, wants_color,
};
use crate::time;

/// One thing that is known, or what people read between them.
pub(crate) enum Entry<'a> {
    /// What the following is about.
    Title {
        kind: &'static str,
        name: &'a str,
        is_first: bool,
    },
    /// What the following table is.
    Heading(&'static str),
    Remark(&'static str),
    /// How many there are that are not shown.
    More(u64, &'static str),
    /// A result, and the path or hash that was asked for.
    Result(&'a MediaAnalysisRow, &'a str),
    Job(&'a MediaProcessingRow),
    /// The job that was asked for.
    JobInFull(&'a MediaProcessingRow),
    Check(&'a PastCheck),
    /// A content that the subject was made from, or that was made from it, with
    /// the number of jobs between them.
    Relative {
        kind: &'static str,
        content: &'a Content,
        depth: usize,
    },
    /// All of these, for people.
    Tree(&'a Lineage),
}

/// The ranges of a result that people get in figures.
const RANGES: usize = 5;

/// The lines of a tree that they get.
const BRANCHES: usize = 20;

impl Listed for Entry<'_> {
    const COLUMNS: &'static [&'static str] = &["kind"];

    fn fields(&self) -> Fields<'_> {
        let (kind, fields) = match self {
            Self::Result(row, _) => ("analysis", row.fields()),
            Self::Job(row) | Self::JobInFull(row) => ("job", row.fields()),
            Self::Check(check) => ("check", check_fields(check)),
            Self::Relative {
                kind,
                content,
                depth,
            } => (*kind, relative_fields(content, *depth)),
            _ => ("text", Vec::new()),
        };
        let mut all: Fields<'_> = vec![("kind", kind.into())];
        all.extend(fields);
        all
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        match self {
            Self::Title {
                kind,
                name,
                is_first,
            } => {
                page.end_rows()?;
                if !is_first {
                    page.line(b"")?;
                }
                page.line(format!("{kind} {}", printable((*name).to_owned())).as_bytes())
            }
            Self::Heading(text) => {
                page.end_rows()?;
                page.line(b"")?;
                page.line(text.as_bytes())
            }
            Self::Remark(text) => {
                page.end_rows()?;
                page.line(text.as_bytes())
            }
            Self::More(count, what) => {
                page.end_rows()?;
                page.line(format!("and {} {what}", HumanCount(*count)).as_bytes())
            }
            Self::Result(row, name) => show_result(page, row, name),
            Self::Job(row) => row.show(page),
            Self::JobInFull(row) => show_job(page, row),
            Self::Check(check) => {
                show_check(page, check);
                Ok(())
            }
            Self::Tree(lineage) => show_tree(page, lineage),
            // People have the tree.
            Self::Relative { .. } => Ok(()),
        }
    }
}

/// The width of what stands before a value.
const LABEL: usize = 8;

fn line(page: &mut Page, label: &str, value: &str) -> io::Result<()> {
    page.line(format!("{label:LABEL$}{}", printable(value.to_owned())).as_bytes())
}

/// A path, or its end, as far as it fits into a line.
fn path(page: &mut Page, label: &str, path: &str) -> io::Result<()> {
    let room = terminal_width().saturating_sub(LABEL);
    let path = printable(path.to_owned());
    line(page, label, &shorten(&path, room, Shorten::Start))
}

/// JSON, as far as it fits into a line.
fn json_line(page: &mut Page, label: &str, json: Option<&JsonText>) -> io::Result<()> {
    let Some(json) = json else {
        return Ok(());
    };
    // More than a line cannot show, and far less than a column can hold.
    let start: String = json.as_str().chars().take(2 * terminal_width()).collect();
    let room = terminal_width().saturating_sub(LABEL);
    line(page, label, &shorten(&printable(start), room, Shorten::End))
}

fn show_result(page: &mut Page, row: &MediaAnalysisRow, name: &str) -> io::Result<()> {
    page.end_rows()?;
    page.line(b"")?;
    page.line(format!("result of {}", time::local(row.created_at)).as_bytes())?;
    if row.file_path != name {
        path(page, "file", &row.file_path)?;
    }
    if row.file_hash.as_str() != name {
        line(page, "hash", row.file_hash.as_str())?;
    }
    line(page, "config", row.config_hash.as_str())?;
    json_line(page, "meta", row.metadata.as_ref())?;
    if row.ranges.is_none() {
        return line(page, "ranges", "none recorded");
    }
    match row.time_ranges() {
        Ok(ranges) => show_ranges(page, &ranges),
        Err(error) => line(page, "ranges", &crate::failure::chain(&error)),
    }
}

fn show_ranges(page: &mut Page, ranges: &[TimeRange]) -> io::Result<()> {
    line(page, "ranges", &HumanCount(ranges.len() as u64).to_string())?;
    for line in timeline(ranges) {
        page.line(line.as_bytes())?;
    }
    for range in ranges.iter().take(RANGES) {
        let sure = range
            .confidence
            .map(|sure| format!("  {sure:.2}"))
            .unwrap_or_default();
        let label = printable(range.label.clone());
        let text = format!("{:12.3} {:10.3}  {label}{sure}", range.start, range.end);
        page.line(shorten(&text, terminal_width(), Shorten::End).as_bytes())?;
    }
    match ranges.len().saturating_sub(RANGES) {
        0 => Ok(()),
        others => page.line(format!("and {} more", HumanCount(others as u64)).as_bytes()),
    }
}

fn show_job(page: &mut Page, row: &MediaProcessingRow) -> io::Result<()> {
    line(page, "action", &row.action)?;
    line(page, "when", &time::local(row.created_at))?;
    path(page, "input", &row.input_path)?;
    line(page, "", row.input_hash.as_str())?;
    path(page, "output", &row.output_path)?;
    line(page, "", row.output_hash.as_str())?;
    json_line(page, "params", row.parameters.as_ref())?;
    json_line(page, "meta", row.metadata.as_ref())
}

fn check_fields(check: &PastCheck) -> Fields<'_> {
    vec![
        ("audit_id", Value::Integer(check.audit_id)),
        ("path", check.path.as_str().into()),
        ("expected", check.expected.as_str().into()),
        (
            "actual",
            check.actual.as_ref().map(StoredHash::as_str).into(),
        ),
        ("verdict", check.verdict.as_str().into()),
        ("found_at", check.found_at.as_deref().into()),
        ("problem", check.problem.as_deref().into()),
        (
            "checked_at",
            Value::Real(check.checked_at.as_unix_seconds()),
        ),
    ]
}

fn relative_fields(content: &Content, depth: usize) -> Fields<'_> {
    let files = content.files.iter().map(|file| {
        let verdict = file.check.as_ref().map(|check| check.verdict.as_str());
        json!({"path": file.path, "verdict": verdict})
    });
    let files: serde_json::Value = files.collect();
    let changed_ancestor = content.changed_ancestor.as_ref().map(StoredHash::as_str);
    vec![
        ("hash", content.hash.as_str().into()),
        (
            "depth",
            Value::Integer(i64::try_from(depth).unwrap_or(i64::MAX)),
        ),
        ("files", Value::Json(files.to_string())),
        ("changed", Value::Json(content.is_changed().to_string())),
        ("changed_ancestor", changed_ancestor.into()),
    ]
}

/// The first lines of a tree.
fn show_tree(page: &mut Page, lineage: &Lineage) -> io::Result<()> {
    let style = TreeStyle {
        width: terminal_width(),
        color: wants_color(),
    };
    let mut tree = Vec::new();
    lineage.write_tree(&mut tree, style)?;
    let lines: Vec<_> = tree.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    for line in lines.iter().take(BRANCHES) {
        page.line(line)?;
    }
    match lines.len().saturating_sub(BRANCHES) {
        0 => Ok(()),
        left => {
            let left = HumanCount(left as u64);
            page.line(format!("and {left} more lines: see `media-store lineage`").as_bytes())
        }
    }
}

fn show_check(page: &mut Page, check: &PastCheck) {
    static HEADS: [Head; 5] = [
        Head::new("VERDICT", Shorten::Never),
        Head::new("CHECKED", Shorten::Never),
        Head::new("PATH", Shorten::Start),
        Head::new("EXPECTED", Shorten::Never),
        Head::new("ACTUAL", Shorten::Never),
    ];
    let color = match check.verdict.as_str() {
        "intact" => Color::Green,
        "changed" | "missing" => Color::Red,
        _ => Color::Yellow,
    };
    let actual = check.actual.as_ref().map(|hash| short_hash(hash.as_str()));
    let cells = vec![
        check.verdict.clone(),
        time::local(check.checked_at),
        check.path.clone(),
        short_hash(check.expected.as_str()),
        actual.unwrap_or_else(|| "-".to_owned()),
    ];
    page.row(&HEADS, cells, Some(color));
}
