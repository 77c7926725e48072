//! The processes that save, so that they can be killed, stopped and limited:
//! this program again, in a role.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use media_analysis_store::MediaAnalysisStorage;
use media_hash::{Sha256, config_hash, hash_bytes};
use media_processing_store::MediaProcessingStorage;
use media_schema::{NewAnalysis, NewProcessing, StoreError};
use media_sqlite::{Database, OpenOptions};

use super::{damage, hashing, kill, limits};
use crate::error::Error;

/// A role to play.
#[derive(Debug, Args)]
pub(crate) struct Play {
    #[arg(value_enum)]
    pub(super) role: Role,
    /// The database, or the folder for several
    pub(super) path: PathBuf,
    /// How often
    pub(super) count: u64,
    /// Where chance begins
    #[arg(default_value_t = 0)]
    pub(super) seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    Save,
    SaveSame,
    SaveJobs,
    Open,
    Hold,
    SaveUntilKilled,
    CheckpointUntilKilled,
    CreateUntilKilled,
    AdoptUntilKilled,
    SaveUntilFull,
    Flip,
    Cut,
    ChangeFiles,
}

/// Plays a role; what there is to say goes to standard output, a line each.
pub(crate) fn play(play: &Play) -> Result<(), Error> {
    let (path, count) = (play.path.as_path(), play.count);
    match play.role {
        Role::Save => save(path, count, &format!("/{}", process::id())),
        Role::SaveSame => save(path, count, "/same"),
        Role::SaveJobs => save_jobs(path, count),
        Role::Open => open_and_save(path),
        Role::Hold => hold(path),
        Role::SaveUntilKilled => kill::save_until_killed(path),
        Role::CheckpointUntilKilled => kill::checkpoint_until_killed(path),
        Role::CreateUntilKilled => kill::create_until_killed(path),
        Role::AdoptUntilKilled => kill::adopt_until_killed(path),
        Role::SaveUntilFull => limits::save_until_full(path),
        Role::Flip => damage::flip(path, count, play.seed),
        Role::Cut => damage::cut(path, count, play.seed),
        Role::ChangeFiles => hashing::change_files(path, count, play.seed),
    }
}

/// Both stores on one database.
pub(super) struct Stores {
    pub(super) analyses: MediaAnalysisStorage<Database>,
    pub(super) jobs: MediaProcessingStorage<Database>,
}

impl Stores {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, &OpenOptions::new())
    }

    pub(super) fn open_with(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        let database = options.open(path)?;
        Ok(Self {
            analyses: MediaAnalysisStorage::with_source(database.clone())?,
            jobs: MediaProcessingStorage::with_source(database)?,
        })
    }
}

/// A result for a path.
pub(super) fn analysis(path: &str) -> Result<NewAnalysis, Error> {
    let config = config_hash("torture").map_err(Error::Configuration)?;
    Ok(NewAnalysis::new(path, hash_bytes::<Sha256>(path), config)?)
}

fn save(path: &Path, count: u64, prefix: &str) -> Result<(), Error> {
    let stores = Stores::open(path)?;
    wait_for_go()?;
    let mut worst = Duration::ZERO;
    for number in 0..count {
        let new = analysis(&format!("{prefix}/{number}"))?;
        let started = Instant::now();
        stores.analyses.save(&new)?;
        worst = worst.max(started.elapsed());
    }
    say(&format!("saved {count}"))?;
    say_worst(worst)
}

fn save_jobs(path: &Path, count: u64) -> Result<(), Error> {
    let stores = Stores::open(path)?;
    wait_for_go()?;
    let (mut won, mut worst) = (0, Duration::ZERO);
    for number in 0..count {
        let (name, output) = (number.to_string(), format!("/{}/{number}", process::id()));
        let content = hash_bytes::<Sha256>("");
        let new = NewProcessing::new(&name, "cut", ("/in", content.clone()), (output, content))?;
        let started = Instant::now();
        match stores.jobs.save(&new) {
            Ok(_) => won += 1,
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        worst = worst.max(started.elapsed());
    }
    say(&format!("saved {won}"))?;
    say_worst(worst)
}

fn open_and_save(path: &Path) -> Result<(), Error> {
    wait_for_go()?;
    let started = Instant::now();
    let stores = Stores::open(path)?;
    let worst = started.elapsed();
    stores
        .analyses
        .save(&analysis(&format!("/{}", process::id()))?)?;
    say("saved 1")?;
    say_worst(worst)
}

fn hold(path: &Path) -> Result<(), Error> {
    let failed = || Error::sqlite("take the lock");
    let connection = rusqlite::Connection::open(path).map_err(failed())?;
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(failed())?;
    wait_for_go()
}

/// Says a line to the parent.
pub(super) fn say(line: &str) -> Result<(), Error> {
    let mut output = std::io::stdout();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .map_err(Error::io("write to", "standard output"))
}

pub(super) fn say_worst(worst: Duration) -> Result<(), Error> {
    say(&format!("worst {}", worst.as_micros()))
}

fn wait_for_go() -> Result<(), Error> {
    say("ready")?;
    std::io::stdin()
        .read_line(&mut String::new())
        .map(|_| ())
        .map_err(Error::io("read from", "standard input"))
}

/// Lets a moment pass that is too short to sleep for.
pub(super) fn spin(moment: Duration) {
    let started = Instant::now();
    while started.elapsed() < moment {
        std::hint::spin_loop();
    }
}

/// A running child, killed when this goes.
pub(super) struct Child {
    process: process::Child,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program in a role.
    pub(super) fn start(role: Role, path: &Path, count: u64, seed: u64) -> Result<Self, Error> {
        Self::start_by(Command::new(program()?), role, path, count, seed)
    }

    /// Starts it by a command that runs its last arguments, or is this program.
    pub(super) fn start_by(
        mut command: Command,
        role: Role,
        path: &Path,
        count: u64,
        seed: u64,
    ) -> Result<Self, Error> {
        let role = role.to_possible_value();
        let role = role.as_ref().map_or("?", |role| role.get_name());
        command
            .args(["torture-child", role])
            .arg(path)
            .args([count.to_string(), seed.to_string()]);
        Self::spawn(command)
    }

    /// Starts another program.
    pub(super) fn spawn(mut command: Command) -> Result<Self, Error> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io("run", command.get_program()))?;
        let output = process.stdout.take().ok_or(Error::Child)?;
        Ok(Self {
            process,
            output: BufReader::new(output),
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line that it says; `None` when it has ended.
    pub(super) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).ok()?;
        // What was cut off by its end was not said.
        (read > 0 && line.ends_with('\n')).then(|| line.trim_end().to_owned())
    }

    /// Waits until it is ready; `false` if it ended instead.
    pub(super) fn is_ready(&mut self) -> bool {
        while let Some(line) = self.line() {
            if line == "ready" {
                return true;
            }
        }
        false
    }

    pub(super) fn go(&mut self) {
        // A child that has ended is noticed by its status.
        if let Some(input) = &mut self.process.stdin {
            let _ = input.write_all(b"go\n");
        }
    }

    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
    }

    /// What else it says, and whether it ended well.
    pub(super) fn end(mut self) -> Result<(Vec<String>, bool), Error> {
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            lines.push(line);
        }
        let status = self
            .process
            .wait()
            .map_err(Error::io("wait for", "a child"))?;
        Ok((lines, status.success()))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
        let _ = self.process.wait();
    }
}

/// This program.
pub(super) fn program() -> Result<PathBuf, Error> {
    std::env::current_exe().map_err(Error::io("find", "this program"))
}

/// The number behind a word, in the line that begins with it.
pub(super) fn number(lines: &[String], word: &str) -> Option<u64> {
    let mut found = lines.iter().filter_map(|line| line.strip_prefix(word));
    found.find_map(|rest| rest.trim().parse().ok())
}

/// Whether a database is whole, and how many rows a statement counts.
pub(super) fn check(path: &Path, count: &str) -> Result<(bool, u64), Error> {
    let failed = || Error::sqlite(format!("check {}", path.display()));
    let connection = rusqlite::Connection::open(path).map_err(failed())?;
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(failed())?;
    let rows: i64 = connection
        .query_row(count, [], |row| row.get(0))
        .map_err(failed())?;
    Ok((verdict == "ok", u64::try_from(rows).unwrap_or(0)))
}
