//! `stats`: what is recorded, in numbers.

use std::io;

use indicatif::{HumanBytes, HumanCount};
use media_schema::{AuditStatistics, GroupStatistics, RowStatistics, Statistics, Timestamp};
use serde_json::json;

use crate::cli::Shared;
use crate::failure::{Failure, Status};
use crate::output::{Fields, Format, Head, List, Listed, Page, Shorten, Value, printable};
use crate::place::Place;
use crate::time;

pub(crate) fn run(shared: &Shared) -> Result<Status, Failure> {
    let database = Place::find(shared.db.as_deref())?.open_to_read()?;
    let mut list = List::new(Format::resolve(shared.format));
    list.add(&Overview {
        name: database.name().into_owned(),
        found: database.statistics()?,
    })?;
    list.finish::<Overview>()?;
    Ok(Status::Fine)
}

/// A database and what it holds.
struct Overview {
    name: String,
    found: Statistics,
}

impl Listed for Overview {
    const COLUMNS: &'static [&'static str] = &[];

    fn fields(&self) -> Fields<'_> {
        let Statistics {
            analyses,
            jobs,
            space,
            ..
        } = &self.found;
        vec![
            ("path", self.name.as_str().into()),
            ("analyses", integer(analyses.rows)),
            ("analyses_oldest", seconds(analyses.oldest)),
            ("analyses_newest", seconds(analyses.newest)),
            ("analyses_json_bytes", integer(analyses.json_bytes)),
            ("configs", integer(self.found.configs.total)),
            ("top_configs", groups(&self.found.configs, "config_hash")),
            ("jobs", integer(jobs.rows)),
            ("jobs_oldest", seconds(jobs.oldest)),
            ("jobs_newest", seconds(jobs.newest)),
            ("jobs_json_bytes", integer(jobs.json_bytes)),
            ("actions", integer(self.found.actions.total)),
            ("top_actions", groups(&self.found.actions, "action")),
            ("files", integer(self.found.files)),
            ("contents", integer(self.found.contents)),
            ("file_hashes", integer(self.found.file_hashes)),
            ("database_bytes", integer(space.database_bytes)),
            ("free_bytes", space.free_bytes.map_or(Value::Null, integer)),
            ("log_bytes", space.log_bytes.map_or(Value::Null, integer)),
            ("audit", self.found.audit.as_ref().map(audit).into()),
        ]
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        let found = &self.found;
        page.line(printable(self.name.clone()).as_bytes())?;
        let rows = format!(
            "{} and {}",
            counted(found.analyses.rows, "analysis result"),
            counted(found.jobs.rows, "processing job"),
        );
        line(page, "rows", &rows)?;
        if let Some(span) = span([&found.analyses, &found.jobs]) {
            line(page, "", &span)?;
        }
        let files = format!(
            "{} named, with {}",
            counted(found.files, "file"),
            counted(found.contents, "distinct hash"),
        );
        line(page, "files", &files)?;
        let json = format!(
            "{} of results, {} of jobs",
            HumanBytes(found.analyses.json_bytes),
            HumanBytes(found.jobs.json_bytes),
        );
        line(page, "JSON", &json)?;
        let space = &found.space;
        let parts = [
            Some(HumanBytes(space.database_bytes).to_string()),
            space
                .free_bytes
                .map(|free| format!(", {} of it free", HumanBytes(free))),
            space
                .log_bytes
                .map(|log| format!(", and a log of {}", HumanBytes(log))),
        ];
        let space: String = parts.into_iter().flatten().collect();
        line(page, "space", &space)?;
        let cache = counted(found.file_hashes, "hash");
        line(page, "cache", &format!("{cache} of files that lie still"))?;
        line(page, "audit", &audit_line(found.audit.as_ref()))?;
        top(page, &CONFIGS, "configuration", &found.configs)?;
        top(page, &ACTIONS, "action", &found.actions)
    }
}

/// The width of what stands before a value.
const LABEL: usize = 8;

fn line(page: &mut Page, label: &str, value: &str) -> io::Result<()> {
    page.line(format!("{label:LABEL$}{value}").as_bytes())
}

/// A number of things, such as `1 file` or `1,204 hashes`.
fn counted(number: u64, thing: &str) -> String {
    let plural = match number {
        1 => "",
        _ if thing.ends_with("sh") => "es",
        _ => "s",
    };
    format!("{} {thing}{plural}", HumanCount(number))
}

/// From when to when rows were saved.
fn span(tables: [&RowStatistics; 2]) -> Option<String> {
    let seconds = |time: &Timestamp| time.as_unix_seconds();
    let earlier = |a: &Timestamp, b: &Timestamp| seconds(a).total_cmp(&seconds(b));
    let oldest = tables
        .iter()
        .filter_map(|table| table.oldest)
        .min_by(earlier)?;
    let newest = tables
        .iter()
        .filter_map(|table| table.newest)
        .max_by(earlier)?;
    Some(format!(
        "{} to {}",
        time::local(oldest),
        time::local(newest)
    ))
}

static CONFIGS: [Head; 3] = [
    Head::new("RESULTS", Shorten::Never),
    Head::new("NEWEST", Shorten::Never),
    Head::new("CONFIG", Shorten::Middle),
];
static ACTIONS: [Head; 3] = [
    Head::new("JOBS", Shorten::Never),
    Head::new("NEWEST", Shorten::Never),
    Head::new("ACTION", Shorten::Middle),
];

/// The largest groups, and how many there are beside them.
fn top(
    page: &mut Page,
    heads: &'static [Head],
    kind: &str,
    groups: &GroupStatistics,
) -> io::Result<()> {
    if groups.top.is_empty() {
        return Ok(());
    }
    page.line(b"")?;
    for group in &groups.top {
        let cells = vec![
            HumanCount(group.rows).to_string(),
            group.newest.map_or_else(|| "-".to_owned(), time::local),
            group.name.clone(),
        ];
        page.row(heads, cells, None);
    }
    page.end_rows()?;
    match groups.total.saturating_sub(groups.top.len() as u64) {
        0 => Ok(()),
        others => page.line(format!("and {} more", counted(others, kind)).as_bytes()),
    }
}

fn audit_line(audit: Option<&AuditStatistics>) -> String {
    let Some(audit) = audit else {
        return "none: run `media-store verify`".to_owned();
    };
    let begun = audit.started_at.map_or_else(|| "?".to_owned(), time::local);
    let verdicts: Vec<_> = audit
        .verdicts
        .iter()
        .map(|(verdict, count)| format!("{} {verdict}", HumanCount(*count)))
        .collect();
    let open = if audit.finished_at.is_none() {
        ", not finished"
    } else {
        ""
    };
    if verdicts.is_empty() {
        format!("{begun}{open}")
    } else {
        format!("{begun}{open}: {}", verdicts.join(", "))
    }
}

fn groups(groups: &GroupStatistics, name: &str) -> Value<'static> {
    let list: serde_json::Value = groups
        .top
        .iter()
        .map(|group| {
            json!({
                name: group.name,
                "rows": group.rows,
                "newest": group.newest.map(Timestamp::as_unix_seconds),
            })
        })
        .collect();
    Value::Json(list.to_string())
}

fn audit(audit: &AuditStatistics) -> Value<'static> {
    let mut object = serde_json::Map::new();
    let time = |time: Option<Timestamp>| json!(time.map(Timestamp::as_unix_seconds));
    object.insert("started_at".into(), time(audit.started_at));
    object.insert("finished_at".into(), time(audit.finished_at));
    for (verdict, count) in &audit.verdicts {
        object.insert((*verdict).to_owned(), json!(count));
    }
    Value::Json(serde_json::Value::from(object).to_string())
}

fn seconds(time: Option<Timestamp>) -> Value<'static> {
    time.map_or(Value::Null, |time| Value::Real(time.as_unix_seconds()))
}

fn integer(number: u64) -> Value<'static> {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
