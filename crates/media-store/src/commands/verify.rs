//! `verify`: do the recorded files still hold what was recorded?

use std::fmt;
use std::io;
use std::ops::ControlFlow;

use comfy_table::Color;
use media_audit::{Audit, Checked, Ending, Event, JobName, Scope, Summary, Totals, Verdict};
use media_hash::ContentHash;
use serde_json::json;

use crate::cli::{Shared, VerifyArgs};
use crate::failure::{Failure, Status};
use crate::output::{Fields, Format, Head, List, Listed, Page, Shorten, Value, short_hash};
use crate::place::{Audited, Place};
use crate::progress::Progress;
use crate::{messages, stop};

pub(crate) fn run(shared: &Shared, args: &VerifyArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let Audited {
        database,
        no_history,
    } = Place::find(shared.db.as_deref())?.open_to_audit()?;
    let progress = Progress::of_files(shared.quiet);
    let advance = |now| progress.show(now);
    let mut audit = Audit::new(&database)
        .scope(args.scope())
        .resume(args.resume)
        .cancel(stop);
    if let Some(selection) = args.selection(&database)? {
        audit = audit.only(selection);
    }
    if let Some(threads) = args.jobs {
        audit = audit.threads(threads);
    }
    if let Some(limit) = args.time_limit {
        audit = audit.time_limit(limit);
    }
    if progress.is_visible() {
        audit = audit.progress(&advance);
    }
    let format = Format::resolve(shared.format);
    let mut teller = Teller {
        list: List::new(format),
        for_people: format == Format::Table,
        quiet: shared.quiet,
        resume: args.resume,
        no_history,
        progress: &progress,
        broken: None,
    };
    let summary = audit.run(|event| teller.tell(event))?;
    let Teller { list, broken, .. } = teller;
    if let Some(error) = broken {
        return Err(error.into());
    }
    drop(progress);
    list.finish::<Row<'_>>()?;
    let report = Report {
        summary: &summary,
        scope: args.scope(),
    };
    messages::note(shared.quiet, &report);
    if summary.ending == Ending::Stopped {
        return Err(Failure::Stopped);
    }
    Ok(if summary.totals.is_all_intact() {
        Status::Fine
    } else {
        Status::Difference
    })
}

/// Tells what an audit finds, while the bar is out of the way.
struct Teller<'a> {
    list: List,
    for_people: bool,
    quiet: bool,
    resume: bool,
    /// Why no history can be kept, where that is known beforehand.
    no_history: Option<String>,
    progress: &'a Progress,
    /// Why no more results can be written.
    broken: Option<io::Error>,
}

impl Teller<'_> {
    /// People look for what is wrong, and the summary counts the rest.
    fn tell(&mut self, event: Event<'_>) -> ControlFlow<()> {
        if let Event::Checked(file) = &event
            && file.verdict == Verdict::Intact
            && self.for_people
        {
            return ControlFlow::Continue(());
        }
        let progress = self.progress;
        let told = progress.aside(|| match event {
            Event::Begun {
                audit_id,
                is_resumed,
            } => {
                self.begin(audit_id, is_resumed);
                Ok(())
            }
            Event::UnreadableRow(error) => {
                messages::error(error);
                Ok(())
            }
            Event::Checked(file) => {
                let row = Row(file);
                if self.for_people {
                    row.say_problem();
                }
                self.list.add(&row).and_then(|()| self.list.flush())
            }
            _ => Ok(()),
        });
        match told {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody reads on: the files that are left need no check.
            Err(error) => {
                self.broken = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn begin(&mut self, audit_id: Option<i64>, is_resumed: bool) {
        let quiet = self.quiet;
        if audit_id.is_none() {
            let reason = self.no_history.take();
            let reason = reason.unwrap_or_else(|| "the database takes no writes".to_owned());
            messages::note(quiet, &format_args!("no history is kept: {reason}"));
        }
        match audit_id {
            Some(id) if is_resumed => {
                messages::note(quiet, &format_args!("going on with audit {id}"));
            }
            _ if self.resume => {
                messages::note(quiet, &"no audit was left unfinished: beginning a new one");
            }
            _ => {}
        }
    }
}

/// What came of a file, as a result.
struct Row<'a>(Checked<'a>);

impl Row<'_> {
    fn say_problem(&self) {
        if let Some(problem) = self.0.problem {
            messages::error(&Failure::Message(match self.0.verdict {
                Verdict::Unverifiable => format!("{:?} cannot be verified: {problem}", self.0.path),
                _ => problem.to_owned(),
            }));
        }
    }

    fn jobs(&self) -> serde_json::Value {
        let name = |job: &JobName| match job {
            JobName::Analysis { id } => json!({"table": "analysis_jobs", "id": id}),
            JobName::Processing { id, job_id } => {
                json!({"table": "processing_jobs", "id": id, "job_id": job_id})
            }
        };
        self.0.jobs.iter().map(name).collect()
    }
}

impl Listed for Row<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "path", "role", "expected", "actual", "verdict", "found_at", "problem", "jobs",
    ];

    fn fields(&self) -> Fields<'_> {
        let file = &self.0;
        vec![
            ("path", file.path.into()),
            ("role", file.role.as_str().into()),
            ("expected", file.expected.as_str().into()),
            ("actual", file.actual.map(ContentHash::as_str).into()),
            ("verdict", file.verdict.as_str().into()),
            ("found_at", file.found_at.into()),
            ("problem", file.problem.into()),
            ("jobs", Value::Json(self.jobs().to_string())),
        ]
    }

    /// What is wrong: nothing else comes here.
    fn show(&self, page: &mut Page) -> io::Result<()> {
        static HEADS: [Head; 6] = [
            Head::new("VERDICT", Shorten::Never),
            Head::new("ROLE", Shorten::Never),
            Head::new("PATH", Shorten::Start),
            Head::new("EXPECTED", Shorten::Never),
            Head::new("FOUND", Shorten::Start),
            Head::new("JOBS", Shorten::Never),
        ];
        let file = &self.0;
        let color = match file.verdict {
            Verdict::Changed | Verdict::Missing => Color::Red,
            _ => Color::Yellow,
        };
        let actual = file.actual.map(|hash| short_hash(hash.as_str()));
        let found = file.found_at.map(str::to_owned).or(actual);
        let cells = vec![
            file.verdict.as_str().to_owned(),
            file.role.as_str().to_owned(),
            file.path.to_owned(),
            short_hash(file.expected.as_str()),
            found.unwrap_or_else(|| "-".to_owned()),
            file.jobs.len().to_string(),
        ];
        page.row(&HEADS, cells, Some(color));
        Ok(())
    }
}

/// What an audit came to, and what there is to do.
struct Report<'a> {
    summary: &'a Summary,
    scope: Scope,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { totals, ending, .. } = self.summary;
        if totals.files == 0 && *ending == Ending::Finished {
            return f.write_str("nothing to verify");
        }
        write_totals(f, totals)?;
        for verdict in Verdict::ALL {
            if totals.of(verdict) > 0
                && let Some(advice) = advice(verdict)
            {
                write!(f, "\n{verdict}: {advice}")?;
            }
        }
        if *ending == Ending::Finished {
            return Ok(());
        }
        f.write_str(if *ending == Ending::TimeLimit {
            "\nthe time is up"
        } else {
            "\nnot all was checked"
        })?;
        if let Some(left) = self.summary.files_left {
            write!(f, ", {left} file{} left", plural(left))?;
        }
        if self.summary.audit_id.is_some() {
            let scope = match self.scope {
                Scope::All => "",
                Scope::Analysis => " --analysis",
                Scope::Processing => " --processing",
            };
            write!(f, ": go on with `media-store verify --resume{scope}`")?;
        }
        Ok(())
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn write_totals(f: &mut fmt::Formatter<'_>, totals: &Totals) -> fmt::Result {
    let (files, hashes) = (totals.files, totals.checks());
    write!(
        f,
        "{files} file{}, {hashes} recorded hash{}",
        plural(files),
        if hashes == 1 { "" } else { "es" },
    )?;
    let mut before = ": ";
    for verdict in Verdict::ALL {
        let count = totals.of(verdict);
        if count > 0 {
            write!(f, "{before}{count} {verdict}")?;
            before = ", ";
        }
    }
    Ok(())
}

/// What a person can do about a verdict.
fn advice(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Changed => {
            Some("restore it from a backup; if it was meant, analyse or make it again")
        }
        Verdict::Missing => Some("restore it from a backup"),
        Verdict::Moved => Some("nothing is lost, the content is where it was found"),
        Verdict::Unreadable => Some("mend what is said of it, and verify it again"),
        _ => None,
    }
}
