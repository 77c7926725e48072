//! `analyze`: the silence plugin over files, through the cache.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use media_analysis_store::{AnalyzeOptions, Analyzed, MediaAnalysisStorage};
use media_hash::{Sha256, hash_file};
use media_schema::TimeRange;
use plugin_silence::Control;
use serde::Deserialize;

use crate::cli::{AnalyzeArgs, Shared};
use crate::failure::{Failure, Status};
use crate::names::absolute;
use crate::output::{Fields, Format, List, Listed, Page, Value, printable};
use crate::place::{Database, Place};
use crate::progress::Progress;
use crate::{messages, stop};

pub(crate) fn run(shared: &Shared, args: &AnalyzeArgs) -> Result<Status, Failure> {
    args.silence.options().validate()?;
    let stop = stop::on_signal()?;
    if !args.paths.iter().any(|path| path.is_file()) {
        return nothing_to_read(shared, args);
    }
    let database = Place::find(shared.db.as_deref())?.open_to_write(shared.quiet)?;
    let storage = MediaAnalysisStorage::with_source(database)?;
    let progress = Progress::new(shared.quiet);
    let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    if progress.is_visible() {
        progress.set_total(args.paths.iter().map(|path| size(path)).sum());
    }
    let mut list = List::new(Format::resolve(shared.format));
    let mut status = Status::Fine;
    let mut done = 0;
    for path in &args.paths {
        let size = if progress.is_visible() { size(path) } else { 0 };
        let hashed = AtomicU64::new(0);
        let answer = analyze(
            &storage,
            path,
            args,
            stop,
            &|bytes| {
                let hashed = hashed.fetch_add(bytes, Ordering::Relaxed) + bytes;
                progress.set_done(done + hashed.min(size) / 2);
            },
            &mut |decoded| {
                if let Some(total) = decoded.total {
                    let decoded = portion(size, decoded.seconds / total);
                    // A file is read twice, unless its hash is known.
                    let read = match hashed.load(Ordering::Relaxed) {
                        0 => decoded,
                        hashed => u64::midpoint(hashed.min(size), decoded),
                    };
                    progress.set_done(done + read);
                }
            },
        );
        done += size;
        progress.set_done(done);
        match answer {
            // What failed because of Ctrl-C has not failed by itself.
            Err(_) if stop::check(stop).is_err() => break,
            Ok(answer) => progress.aside(|| list.add(&answer).and_then(|()| list.flush()))?,
            Err(failure) => {
                progress.aside(|| messages::error(&failure));
                status = Status::Incomplete;
            }
        }
    }
    drop(progress);
    list.finish::<Answer>()?;
    stop::check(stop)?;
    Ok(status)
}

fn analyze(
    storage: &MediaAnalysisStorage<Database>,
    path: &Path,
    args: &AnalyzeArgs,
    stop: &AtomicBool,
    hashing: &(dyn Fn(u64) + Sync),
    decoding: &mut dyn FnMut(plugin_silence::Progress),
) -> Result<Answer, Failure> {
    let cache = AnalyzeOptions {
        force: args.force,
        progress: Some(hashing),
        cancel: Some(stop),
        ..AnalyzeOptions::default()
    };
    let mut control = Control {
        allow_damage: args.allow_damage,
        cancel: Some(stop),
        progress: Some(decoding),
    };
    let options = args.silence.options();
    let analyzed =
        plugin_silence::analyze(storage, absolute(path)?, &options, cache, &mut control)?;
    Ok(Answer(analyzed))
}

/// Says why no path can be analysed, and creates no database for that.
fn nothing_to_read(shared: &Shared, args: &AnalyzeArgs) -> Result<Status, Failure> {
    for path in &args.paths {
        if let Err(error) = hash_file::<Sha256>(absolute(path)?) {
            messages::error(&error);
        }
    }
    List::new(Format::resolve(shared.format)).finish::<Answer>()?;
    Ok(Status::Incomplete)
}

/// The part of a number of bytes that a fraction stands for.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "for a bar on a screen"
)]
fn portion(bytes: u64, fraction: f64) -> u64 {
    (bytes as f64 * fraction.clamp(0.0, 1.0)) as u64
}

/// A result and whether it was there already.
pub(super) struct Answer(pub(super) Analyzed);

/// What people want to know of the metadata.
#[derive(Deserialize)]
struct Facts {
    duration: f64,
    total_silence: f64,
}

impl Listed for Answer {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "file_path",
        "file_hash",
        "config_hash",
        "ranges",
        "metadata",
        "created_at",
        "outcome",
        "reason",
    ];

    fn fields(&self) -> Fields<'_> {
        let mut fields = self.0.row.fields();
        fields.push(("outcome", self.0.outcome.as_str().into()));
        fields.push(("reason", Value::Text(self.0.outcome.reason())));
        fields
    }

    /// The file, how it was answered, and its ranges in seconds.
    fn show(&self, page: &mut Page) -> io::Result<()> {
        let Self(Analyzed { row, outcome, .. }) = self;
        page.line(printable(row.file_path.clone()).as_bytes())?;
        let facts = row.metadata_as::<Facts>().ok().flatten();
        let facts = facts.map_or_else(String::new, |facts| {
            let Facts {
                duration,
                total_silence,
            } = facts;
            format!(": {duration:.1} s, {total_silence:.1} s of it silence")
        });
        let (answer, reason) = (outcome.as_str(), printable(outcome.reason().into_owned()));
        page.line(format!("  {answer} ({reason}){facts}").as_bytes())?;
        match row.time_ranges() {
            Ok(ranges) => {
                for TimeRange {
                    start, end, label, ..
                } in ranges
                {
                    let label = printable(label);
                    page.line(format!("  {start:>10.3} {end:>10.3}  {label}").as_bytes())?;
                }
            }
            Err(error) => page.line(format!("  {error}").as_bytes())?,
        }
        Ok(())
    }
}
