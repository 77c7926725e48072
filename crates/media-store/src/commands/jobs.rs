//! `jobs`: what is recorded, newest first.

use std::io;
use std::path::Path;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{
    AnalysisFilter, AnalysisJob, Job, JobStore, MediaAnalysisRow, MediaProcessingRow,
    ProcessingFilter, ProcessingJob, Query,
};
use serde::de::IgnoredAny;

use crate::cli::{JobsCommand, ListArgs, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::names::Names;
use crate::output::{Fields, Format, Head, List, Listed, Page, Shorten, Value, short_hash};
use crate::place::{Database, Place, if_any};
use crate::time;

/// The most rows that are held at once, but for a table.
const PAGE: usize = 500;

pub(crate) fn run(shared: &Shared, command: JobsCommand) -> Result<Status, Failure> {
    let database = Place::find(shared.db.as_deref())?.open_to_read()?;
    match command {
        JobsCommand::Analysis { list, config } => {
            let store = if_any(MediaAnalysisStorage::with_source(database))?;
            let Some(store) = store else {
                return none::<MediaAnalysisRow>(shared);
            };
            let filter = analysis_filter(&store, &list, config.as_deref())?;
            print::<AnalysisJob>(shared, &store, filter, &list)
        }
        JobsCommand::Processing { list, action } => {
            let store = if_any(MediaProcessingStorage::with_source(database))?;
            let Some(store) = store else {
                return none::<MediaProcessingRow>(shared);
            };
            let filter = processing_filter(&store, &list, action)?;
            print::<ProcessingJob>(shared, &store, filter, &list)
        }
    }
}

fn analysis_filter(
    store: &MediaAnalysisStorage<Database>,
    list: &ListArgs,
    config: Option<&str>,
) -> Result<AnalysisFilter, Failure> {
    let mut filter = AnalysisFilter {
        since: list.since,
        until: list.until,
        ..AnalysisFilter::default()
    };
    path_and_config(store, &mut filter, list.path.as_deref(), config)?;
    if let Some(hash) = &list.hash {
        filter.file_hash = Some(Names::of_hash(hash).recorded(|hash| {
            store.count(&AnalysisFilter {
                file_hash: Some(hash.to_owned()),
                ..AnalysisFilter::default()
            })
        })?);
    }
    Ok(filter)
}

/// Narrows a filter to a path and a configuration, where given.
pub(super) fn path_and_config(
    store: &MediaAnalysisStorage<Database>,
    filter: &mut AnalysisFilter,
    path: Option<&Path>,
    config: Option<&str>,
) -> Result<(), Failure> {
    if let Some(path) = path {
        filter.file_path = Some(Names::of_path(path)?.recorded(|path| {
            store.count(&AnalysisFilter {
                file_path: Some(path.to_owned()),
                ..AnalysisFilter::default()
            })
        })?);
    }
    if let Some(hash) = config {
        filter.config_hash = Some(Names::of_hash(hash).recorded(|hash| {
            store.count(&AnalysisFilter {
                config_hash: Some(hash.to_owned()),
                ..AnalysisFilter::default()
            })
        })?);
    }
    Ok(())
}

fn processing_filter(
    store: &MediaProcessingStorage<Database>,
    list: &ListArgs,
    action: Option<String>,
) -> Result<ProcessingFilter, Failure> {
    let mut filter = ProcessingFilter {
        action,
        since: list.since,
        until: list.until,
        ..ProcessingFilter::default()
    };
    if let Some(path) = &list.path {
        filter.path = Some(Names::of_path(path)?.recorded(|path| {
            store.count(&ProcessingFilter {
                path: Some(path.to_owned()),
                ..ProcessingFilter::default()
            })
        })?);
    }
    if let Some(hash) = &list.hash {
        filter.hash = Some(Names::of_hash(hash).recorded(|hash| {
            store.count(&ProcessingFilter {
                hash: Some(hash.to_owned()),
                ..ProcessingFilter::default()
            })
        })?);
    }
    Ok(filter)
}

/// Lists nothing.
fn none<R: Listed>(shared: &Shared) -> Result<Status, Failure> {
    List::new(Format::resolve(shared.format)).finish::<R>()?;
    messages::note(shared.quiet, &"no jobs");
    Ok(Status::Fine)
}

/// Lists what a filter keeps, up to the limit.
fn print<J: Job<Row: Listed>>(
    shared: &Shared,
    store: &dyn JobStore<J>,
    filter: J::Filter,
    args: &ListArgs,
) -> Result<Status, Failure> {
    let mut list = List::new(Format::resolve(shared.format));
    let mut query = Query::from(filter);
    query.after.clone_from(&args.after);
    let mut left = args.limit.get();
    let mut status = Status::Fine;
    while left > 0 {
        query.limit = left.min(PAGE);
        let page = store.list(&query)?;
        left = left.saturating_sub(page.rows.len());
        for row in &page.rows {
            match row {
                Ok(row) => list.add(row)?,
                Err(error) => {
                    messages::error(error);
                    status = Status::Incomplete;
                }
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let nothing = left == args.limit.get();
    list.finish::<J::Row>()?;
    if let Some(cursor) = query.after {
        messages::note(
            shared.quiet,
            &format_args!("there is more: --after {cursor}"),
        );
    } else if nothing {
        messages::note(shared.quiet, &"no jobs");
    }
    Ok(status)
}

impl Listed for MediaAnalysisRow {
    const COLUMNS: &'static [&'static str] = Self::COLUMNS;

    fn fields(&self) -> Fields<'_> {
        vec![
            ("id", Value::Integer(self.id)),
            ("file_path", self.file_path.as_str().into()),
            ("file_hash", self.file_hash.as_str().into()),
            ("config_hash", self.config_hash.as_str().into()),
            ("ranges", self.ranges.as_ref().into()),
            ("metadata", self.metadata.as_ref().into()),
            ("created_at", Value::Real(self.created_at.as_unix_seconds())),
        ]
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        static HEADS: [Head; 5] = [
            Head::new("CREATED", Shorten::Never),
            Head::new("FILE", Shorten::Start),
            Head::new("RANGES", Shorten::Never),
            Head::new("FILE HASH", Shorten::Never),
            Head::new("CONFIG", Shorten::Never),
        ];
        let ranges = self.ranges.as_ref().map_or_else(
            || "-".to_owned(),
            |ranges| match ranges.get::<Vec<IgnoredAny>>() {
                Ok(ranges) => ranges.len().to_string(),
                Err(_) => "?".to_owned(),
            },
        );
        let cells = vec![
            time::local(self.created_at),
            self.file_path.clone(),
            ranges,
            short_hash(self.file_hash.as_str()),
            short_hash(self.config_hash.as_str()),
        ];
        page.row(&HEADS, cells, None);
        Ok(())
    }
}

impl Listed for MediaProcessingRow {
    const COLUMNS: &'static [&'static str] = Self::COLUMNS;

    fn fields(&self) -> Fields<'_> {
        let mut fields = vec![
            ("id", Value::Integer(self.id)),
            ("job_id", self.job_id.as_str().into()),
            ("action", self.action.as_str().into()),
            ("input_path", self.input_path.as_str().into()),
            ("input_hash", self.input_hash.as_str().into()),
            ("output_path", self.output_path.as_str().into()),
            ("output_hash", self.output_hash.as_str().into()),
            ("parameters", self.parameters.as_ref().into()),
            ("metadata", self.metadata.as_ref().into()),
            ("created_at", Value::Real(self.created_at.as_unix_seconds())),
        ];
        if let Some(hash) = &self.config_hash {
            fields.push(("config_hash", hash.as_str().into()));
        }
        fields
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        static HEADS: [Head; 5] = [
            Head::new("CREATED", Shorten::Never),
            Head::new("JOB", Shorten::Middle),
            Head::new("ACTION", Shorten::Middle),
            Head::new("INPUT", Shorten::Start),
            Head::new("OUTPUT", Shorten::Start),
        ];
        let cells = vec![
            time::local(self.created_at),
            self.job_id.clone(),
            self.action.clone(),
            self.input_path.clone(),
            self.output_path.clone(),
        ];
        page.row(&HEADS, cells, None);
        Ok(())
    }
}
