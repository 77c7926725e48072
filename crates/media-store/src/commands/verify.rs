//! `verify`: do the recorded files still hold what was recorded?

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::Color;
use media_hash::{ContentHash, DynAlgorithm, FileHasher, HashFileError, HashedFile, Registry};
use media_schema::StoredHash;
use serde_json::json;

use crate::cli::{Shared, VerifyArgs};
use crate::expectations::{self, Expectation, JobName, NamedFile};
use crate::failure::{Failure, Status, chain};
use crate::output::{Fields, Format, Head, List, Listed, Page, Shorten, Value, short_hash};
use crate::place::Place;
use crate::progress::Progress;
use crate::{messages, stop};

pub(crate) fn run(shared: &Shared, args: &VerifyArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let mut unreadable_rows = 0_u64;
    // Closed before files are read, one of which may be the database itself.
    let files = {
        let database = Place::find(shared.db.as_deref())?.open_to_read()?;
        expectations::collect(&database, args, &mut |error| {
            unreadable_rows += 1;
            messages::error(error);
        })?
    };
    let progress = Progress::new(shared.quiet);
    if progress.is_visible() {
        progress.set_total(files.iter().map(size).sum());
    }
    let format = Format::resolve(shared.format);
    let mut check = Check {
        list: List::new(format),
        for_people: format == Format::Table,
        stop,
        progress: &progress,
        tally: Tally::default(),
        broken: None,
    };
    for (names, files) in by_algorithms(files) {
        let algorithms: Vec<_> = names.iter().filter_map(|name| algorithm(name)).collect();
        check.files(&algorithms, files, args);
    }
    let Check {
        list,
        tally,
        broken,
        ..
    } = check;
    if let Some(error) = broken {
        return Err(error.into());
    }
    drop(progress);
    list.finish::<Checked<'_>>()?;
    messages::note(shared.quiet, &tally);
    stop::check(stop)?;
    Ok(if tally.is_all_intact() && unreadable_rows == 0 {
        Status::Fine
    } else {
        Status::Difference
    })
}

fn size(file: &NamedFile) -> u64 {
    fs::metadata(&file.path).map_or(0, |metadata| metadata.len())
}

fn algorithm(name: &str) -> Option<DynAlgorithm> {
    Registry::builtin().get(name)
}

/// Groups files by the algorithms that their hashes need.
fn by_algorithms(files: Vec<NamedFile>) -> BTreeMap<Vec<&'static str>, Vec<NamedFile>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in files {
        let mut names: Vec<_> = file
            .expectations
            .iter()
            .filter_map(|expectation| expectation.hash.parse().ok())
            .filter_map(|hash| algorithm(hash.algorithm()))
            .map(|algorithm| algorithm.name())
            .collect();
        names.sort_unstable();
        names.dedup();
        groups.entry(names).or_default().push(file);
    }
    groups
}

/// A check at work.
struct Check<'a> {
    list: List,
    for_people: bool,
    stop: &'a AtomicBool,
    progress: &'a Progress,
    tally: Tally,
    /// Why no more results can be written.
    broken: Option<io::Error>,
}

impl Check<'_> {
    /// Checks files whose hashes are by these algorithms, and others that
    /// cannot be checked.
    fn files(&mut self, algorithms: &[DynAlgorithm], files: Vec<NamedFile>, args: &VerifyArgs) {
        if algorithms.is_empty() {
            for file in &files {
                self.file(file, None);
            }
            return;
        }
        let (stop, progress) = (self.stop, self.progress);
        let advance = |bytes| progress.advance(bytes);
        let mut hasher = FileHasher::new(algorithms).progress(&advance).cancel(stop);
        if let Some(threads) = args.jobs {
            hasher = hasher.threads(threads);
        }
        let files = files
            .into_iter()
            .take_while(|_| !stop.load(Ordering::Relaxed));
        hasher.hash_each(files, |file, hashed| {
            if !matches!(hashed, Err(HashFileError::Cancelled { .. })) {
                self.file(&file, Some(&hashed));
            }
        });
    }

    /// Says of a file what came of it; `None` if it was not read.
    fn file(&mut self, file: &NamedFile, hashed: Option<&Hashed>) {
        self.tally.files += 1;
        for expectation in &file.expectations {
            let checked = Checked::new(&file.path, expectation, hashed);
            self.tally.add(checked.verdict);
            let progress = self.progress;
            let written = progress.aside(|| {
                if self.for_people {
                    checked.say_problem();
                }
                self.list.add(&checked).and_then(|()| self.list.flush())
            });
            if let Err(error) = written {
                // Nobody reads on: the files that are left need no check.
                self.stop.store(true, Ordering::Relaxed);
                self.broken.get_or_insert(error);
                return;
            }
        }
    }
}

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Intact,
    Changed,
    Missing,
    Unreadable,
    Unverifiable,
}

impl Verdict {
    const ALL: [Self; 5] = [
        Self::Intact,
        Self::Changed,
        Self::Missing,
        Self::Unreadable,
        Self::Unverifiable,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// A file, what was expected of it and what came of it.
struct Checked<'a> {
    path: &'a str,
    expectation: &'a Expectation,
    verdict: Verdict,
    actual: Option<&'a ContentHash>,
    problem: Option<String>,
}

/// The outcome of hashing a file.
type Hashed = Result<HashedFile, HashFileError>;

/// A verdict, with the hash that the file has now, or what kept it from being
/// known.
fn judge<'a>(
    expected: &StoredHash,
    hashed: Option<&'a Hashed>,
) -> (Verdict, Option<&'a ContentHash>, Option<String>) {
    let expected = match expected.parse() {
        Ok(expected) => expected,
        Err(error) => return (Verdict::Unverifiable, None, Some(error.to_string())),
    };
    let name = expected.algorithm();
    if algorithm(name).is_none() {
        let problem = format!("hash algorithm {name:?} is not known here");
        return (Verdict::Unverifiable, None, Some(problem));
    }
    match hashed {
        Some(Ok(file)) => match file.hashes.iter().find(|hash| hash.algorithm() == name) {
            Some(actual) if *actual == expected => (Verdict::Intact, Some(actual), None),
            actual => (Verdict::Changed, actual, None),
        },
        Some(Err(HashFileError::NotFound { .. })) => (Verdict::Missing, None, None),
        Some(Err(error)) => (Verdict::Unreadable, None, Some(chain(error))),
        // Not read, for all that is recorded of it is as above.
        None => (Verdict::Unverifiable, None, None),
    }
}

impl<'a> Checked<'a> {
    fn new(path: &'a str, expectation: &'a Expectation, hashed: Option<&'a Hashed>) -> Self {
        let (verdict, actual, problem) = judge(&expectation.hash, hashed);
        Self {
            path,
            expectation,
            verdict,
            actual,
            problem,
        }
    }

    fn say_problem(&self) {
        if let Some(problem) = &self.problem {
            messages::error(&Failure::Message(match self.verdict {
                Verdict::Unverifiable => format!("{:?} cannot be verified: {problem}", self.path),
                _ => problem.clone(),
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
        self.expectation.jobs.iter().map(name).collect()
    }
}

impl Listed for Checked<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "path", "role", "expected", "actual", "verdict", "problem", "jobs",
    ];

    fn fields(&self) -> Fields<'_> {
        vec![
            ("path", self.path.into()),
            ("role", self.expectation.role.as_str().into()),
            ("expected", self.expectation.hash.as_str().into()),
            ("actual", self.actual.map(ContentHash::as_str).into()),
            ("verdict", self.verdict.as_str().into()),
            ("problem", self.problem.as_deref().into()),
            ("jobs", Value::Json(self.jobs().to_string())),
        ]
    }

    /// People look for what is wrong, and the summary counts the rest.
    fn show(&self, page: &mut Page) -> io::Result<()> {
        static HEADS: [Head; 6] = [
            Head::new("VERDICT", Shorten::Never),
            Head::new("ROLE", Shorten::Never),
            Head::new("PATH", Shorten::Start),
            Head::new("EXPECTED", Shorten::Never),
            Head::new("ACTUAL", Shorten::Never),
            Head::new("JOBS", Shorten::Never),
        ];
        let color = match self.verdict {
            Verdict::Intact => return Ok(()),
            Verdict::Changed | Verdict::Missing => Color::Red,
            Verdict::Unreadable | Verdict::Unverifiable => Color::Yellow,
        };
        let actual = self.actual.map(|hash| short_hash(hash.as_str()));
        let cells = vec![
            self.verdict.as_str().to_owned(),
            self.expectation.role.as_str().to_owned(),
            self.path.to_owned(),
            short_hash(self.expectation.hash.as_str()),
            actual.unwrap_or_else(|| "-".to_owned()),
            self.expectation.jobs.len().to_string(),
        ];
        page.row(&HEADS, cells, Some(color));
        Ok(())
    }
}

/// How many came out how.
#[derive(Debug, Default)]
struct Tally {
    files: u64,
    verdicts: [u64; Verdict::ALL.len()],
}

impl Tally {
    fn add(&mut self, verdict: Verdict) {
        self.verdicts[verdict as usize] += 1;
    }

    fn is_all_intact(&self) -> bool {
        self.verdicts.iter().sum::<u64>() == self.verdicts[Verdict::Intact as usize]
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files == 0 {
            return f.write_str("nothing to verify");
        }
        let hashes: u64 = self.verdicts.iter().sum();
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{} file{}, {hashes} recorded hash{}: ",
            self.files,
            plural(self.files),
            if hashes == 1 { "" } else { "es" },
        )?;
        let mut before = "";
        for verdict in Verdict::ALL {
            let count = self.verdicts[verdict as usize];
            if count > 0 {
                write!(f, "{before}{count} {}", verdict.as_str())?;
                before = ", ";
            }
        }
        Ok(())
    }
}
