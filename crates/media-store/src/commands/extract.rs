//! `extract`: the ranges of an analysis as clips, each on record.

use std::fs;

use media_analysis_store::MediaAnalysisStorage;
use media_processing_store::MediaProcessingStorage;
use media_schema::{
    AnalysisFilter, ColumnError, MediaAnalysisRow, MediaProcessingRow, Query, RowError,
};
use plugin_extract::Control;

use super::jobs::path_and_config;
use crate::cli::{ExtractArgs, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::names::absolute;
use crate::output::{Format, List};
use crate::place::{Place, if_any};
use crate::progress::Progress;
use crate::stop;

pub(crate) fn run(shared: &Shared, args: &ExtractArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let input = absolute(&args.path)?;
    let place = Place::find(shared.db.as_deref())?;
    let analysis = newest_analysis(&place, args)?;
    let mut ranges = analysis.time_ranges()?;
    if let Some(label) = &args.label {
        ranges.retain(|range| range.label == *label);
    }
    let mut list = List::new(Format::resolve(shared.format));
    if ranges.is_empty() {
        list.finish::<MediaProcessingRow>()?;
        messages::note(shared.quiet, &"no such ranges");
        return Ok(Status::Fine);
    }
    let expected = analysis.file_hash.parse().map_err(|reason| RowError {
        table: "analysis_jobs",
        row: analysis.id.to_string(),
        column: "file_hash",
        reason: ColumnError::Hash(reason),
    })?;
    let folder = absolute(&args.output_dir)?;
    fs::create_dir_all(&folder).map_err(|source| Failure::File {
        action: "create the folder",
        path: folder.clone(),
        source,
    })?;
    let storage = MediaProcessingStorage::with_source(place.open_to_write(shared.quiet)?)?;
    let progress = Progress::new(shared.quiet);
    let end = ranges
        .iter()
        .fold(0.0, |end: f64, range| end.max(range.end));
    progress.set_total(fs::metadata(&input).map_or(0, |metadata| metadata.len()));
    let mut show = |decoded: plugin_extract::Progress| {
        progress.set_fraction(decoded.seconds / end);
    };
    let mut control = Control {
        allow_damage: args.allow_damage,
        cancel: Some(stop),
        progress: Some(&mut show),
    };
    let extracted = plugin_extract::extract(
        &storage,
        &input,
        Some(&expected),
        &ranges,
        &folder,
        &mut control,
    );
    drop(progress);
    let extracted = match extracted {
        // What failed because of Ctrl-C has not failed by itself.
        Err(_) if stop::check(stop).is_err() => return Err(Failure::Stopped),
        extracted => extracted?,
    };
    for job in &extracted.jobs {
        list.add(job)?;
    }
    list.finish::<MediaProcessingRow>()?;
    let cut = extracted.cut;
    let there = extracted.jobs.len() - cut;
    messages::note(
        shared.quiet,
        &format_args!("clips: {cut} cut, {there} there already"),
    );
    Ok(Status::Fine)
}

/// The newest analysis of a path. Read before anything is created.
fn newest_analysis(place: &Place, args: &ExtractArgs) -> Result<MediaAnalysisRow, Failure> {
    let none = || {
        Failure::Message(format!(
            "no such analysis of {} is recorded: run `media-store analyze` on it first",
            args.path.display()
        ))
    };
    let database = place.open_to_read()?;
    let store = if_any(MediaAnalysisStorage::with_source(database))?.ok_or_else(none)?;
    let mut filter = AnalysisFilter::default();
    path_and_config(
        &store,
        &mut filter,
        Some(&args.path),
        args.config.as_deref(),
    )?;
    let page = store.list_jobs(&Query::from(filter).limit(1))?;
    let newest = page.into_rows()?.into_iter().next();
    newest.ok_or_else(none)
}
