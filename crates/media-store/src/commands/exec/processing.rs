//! `exec processing`: any converter, on record.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use media_processing_store::{
    MediaProcessingStorage, ProcessError, ProcessOptions, Processed, Recipe,
};
use media_schema::path_key;

use super::object::Object;
use crate::cli::{ExecProcessingArgs, Shared};
use crate::failure::{Failure, Status};
use crate::names::absolute;
use crate::output::{Fields, Format, List, Listed, Page, Value, printable};
use crate::program::{self, CommandLine, ProgramError, Stdout, Supervision};
use crate::progress::Progress;
use crate::{messages, stop};

pub(super) fn run(shared: &Shared, args: &ExecProcessingArgs) -> Result<Status, Failure> {
    let command = CommandLine::new(&args.command)?;
    let parameters = Object::of_option("--params", args.params.as_deref())?
        .with_command("--params", &command)?;
    let stop = stop::on_signal()?;
    let input = super::input(&args.input)?;
    let output = output(&args.output)?;
    let storage = MediaProcessingStorage::with_source(super::database(shared, &command)?)?;
    let progress = Progress::new(shared.quiet);
    progress.set_total(fs::metadata(&input).map_or(0, |metadata| metadata.len()));
    let advance = |bytes| progress.advance(bytes);
    let options = ProcessOptions {
        force: args.force,
        progress: Some(&advance),
        cancel: Some(stop),
        ..ProcessOptions::default()
    };
    let supervision = Supervision {
        stop,
        quiet: shared.quiet,
    };
    let recipe = Recipe {
        action: &args.action,
        input: &input,
        output: &output,
        parameters: &parameters,
    };
    let answer = storage.get_or_process_with(&recipe, options, |input, output| {
        progress.clear();
        super::note_untold(shared, &command);
        let mut filled = command.with_files(input, Some(output));
        program::run(&mut filled, Stdout::Message, supervision).map(|_| ())
    });
    drop(progress);
    let answer = match answer {
        // What failed because of Ctrl-C has not failed by itself.
        Err(_) if stop::check(stop).is_err() => return Err(Failure::Stopped),
        Err(error) if is_the_programs(&error) => {
            if matches!(error, ProcessError::NothingWritten { .. }) && !command.names_output() {
                messages::note(
                    false,
                    &"no argument of the command holds {output}, the path to write to",
                );
            }
            messages::error(&error);
            return Ok(Status::Difference);
        }
        answer => Answer(answer?),
    };
    let mut list = List::new(Format::resolve(shared.format));
    list.add(&answer)?;
    list.finish::<Answer>()?;
    Ok(Status::Fine)
}

/// The file to write, as it is recorded, in a folder that is there.
fn output(path: &Path) -> Result<PathBuf, Failure> {
    let output = absolute(path)?;
    path_key(&output, "OUTPUT")?;
    if let Some(folder) = output.parent()
        && let Err(source) = fs::metadata(folder)
    {
        let folder = folder.into();
        return Err(Failure::ExecProcessing(ProcessError::NoFolder {
            output,
            folder,
            source,
        }));
    }
    Ok(output)
}

/// Whether the program ran, and failed to make its output.
fn is_the_programs(error: &ProcessError<ProgramError>) -> bool {
    match error {
        ProcessError::Processor { source, .. } => source.is_its_own(),
        ProcessError::NothingWritten { .. }
        | ProcessError::WroteNoFile { .. }
        | ProcessError::StillWritten { .. } => true,
        _ => false,
    }
}

/// A job and whether its output was there already.
struct Answer(Processed);

impl Listed for Answer {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "job_id",
        "action",
        "input_path",
        "input_hash",
        "output_path",
        "output_hash",
        "parameters",
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

    /// The output, how it was come by, and the job.
    fn show(&self, page: &mut Page) -> io::Result<()> {
        let Processed { row, outcome, .. } = &self.0;
        page.line(printable(row.output_path.clone()).as_bytes())?;
        let (answer, reason) = (outcome.as_str(), outcome.reason().into_owned());
        let line = format!("  {answer} ({reason}), job {}", row.job_id);
        page.line(printable(line).as_bytes())
    }
}
