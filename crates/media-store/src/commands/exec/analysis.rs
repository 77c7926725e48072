//! `exec analysis`: any analyser, through the cache.

use std::fs;

use media_analysis_store::{AnalyzeError, AnalyzeOptions, MediaAnalysisStorage};
use media_schema::JsonText;

use super::object::Object;
use crate::cli::{ExecAnalysisArgs, Shared};
use crate::commands::analyze::Answer;
use crate::failure::{Failure, Status};
use crate::output::{Format, List};
use crate::program::{self, CommandLine, ProgramError, Stdout, Supervision};
use crate::progress::Progress;
use crate::{messages, stop};

/// The most that a program may print, in bytes.
const LIMIT: usize = JsonText::MAX_LEN;

pub(super) fn run(shared: &Shared, args: &ExecAnalysisArgs) -> Result<Status, Failure> {
    let command = CommandLine::new(&args.command)?;
    let config = Object::of_option("--config", args.config.as_deref())?.under_config(&command)?;
    let stop = stop::on_signal()?;
    let input = super::input(&args.input)?;
    let storage = MediaAnalysisStorage::with_source(super::database(shared, &command)?)?;
    let progress = Progress::new(shared.quiet);
    progress.set_total(fs::metadata(&input).map_or(0, |metadata| metadata.len()));
    let advance = |bytes| progress.advance(bytes);
    let options = AnalyzeOptions {
        force: args.force,
        progress: Some(&advance),
        cancel: Some(stop),
        ..AnalyzeOptions::default()
    };
    let supervision = Supervision {
        stop,
        quiet: shared.quiet,
    };
    let answer = storage.get_or_analyze_json(&input, &config, options, |input| {
        progress.clear();
        super::note_untold(shared, &command);
        let mut filled = command.with_files(input, None);
        let output = program::run(&mut filled, Stdout::Result { limit: LIMIT }, supervision)?;
        program::parse(output).map_err(|source| ProgramError::Output {
            program: command.program().to_owned(),
            source: source.into(),
        })
    });
    drop(progress);
    let answer = match answer {
        // What failed because of Ctrl-C has not failed by itself.
        Err(_) if stop::check(stop).is_err() => return Err(Failure::Stopped),
        Err(AnalyzeError::Analyzer { source, path }) if source.is_its_own() => {
            messages::error(&AnalyzeError::Analyzer { source, path });
            return Ok(Status::Difference);
        }
        answer => Answer(answer?),
    };
    let mut list = List::new(Format::resolve(shared.format));
    list.add(&answer)?;
    list.finish::<Answer>()?;
    Ok(Status::Fine)
}
