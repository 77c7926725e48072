//! Running a program to its end, or to ours.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::error::ProgramError;
use super::group::{Running, find};
use crate::secrets;

/// How long a program may take to end when it is asked to, and how long what
/// it started may hold its output when it has ended.
const GRACE: Duration = Duration::from_secs(2);

/// How often it is asked whether the program has ended, or should.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

/// The last of what a program says that is kept, in bytes and in lines.
const LAST_WORDS: usize = 4 << 10;
const LAST_LINES: usize = 10;

/// What becomes of a program's standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stdout {
    /// It is the result, of at most so many bytes.
    Result { limit: usize },
    /// It goes where standard error goes.
    Message,
}

/// What is around a program while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Supervision<'a> {
    /// Ends the program soon after it is true.
    pub(crate) stop: &'a AtomicBool,
    /// What the program says is shown only if it fails, and only the last of
    /// it.
    pub(crate) quiet: bool,
}

/// Runs a program and returns its standard output, if that is its result.
///
/// What the program started in its process group ends with it, except that
/// whatever still holds its output has a moment to end by itself.
pub(crate) fn run(
    command: &mut Command,
    stdout: Stdout,
    supervision: Supervision<'_>,
) -> Result<Vec<u8>, ProgramError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let follow = |source| ProgramError::Follow {
        program: program.clone(),
        source,
    };
    secrets::keep(command);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(if supervision.quiet {
            Stdio::piped()
        } else {
            Stdio::inherit()
        });
    let mut running =
        Running::start(command).map_err(|source| not_started(program.clone(), source))?;
    let mut watch = Watch::over(&mut running, stdout, supervision).map_err(follow)?;
    let end = watch.until_end(&mut running).map_err(follow)?;
    let status = running.finish().map_err(follow)?;
    let answer = match (end, stdout) {
        (End::Stopped, _) => return Err(ProgramError::Stopped),
        (End::TooMuch { limit }, _) => Err(ProgramError::TooMuch { program, limit }),
        _ if !status.success() => Err(ProgramError::Failed { program, status }),
        // Who knows whether the file is complete; a JSON document says so.
        (End::LeftRunning, Stdout::Message) => Err(ProgramError::LeftRunning { program }),
        _ => Ok(watch.result),
    };
    if answer.is_err() {
        watch.last_words.show();
    }
    answer
}

fn not_started(program: String, source: io::Error) -> ProgramError {
    // The system says the same of a program and of the one that runs it.
    match find(&program) {
        Err(source) => ProgramError::start(&program, source),
        Ok(()) if is_without_interpreter(&source) => ProgramError::Interpreter { program, source },
        Ok(()) => ProgramError::start(&program, source),
    }
}

/// "Exec format error" has no kind of its own.
fn is_without_interpreter(error: &io::Error) -> bool {
    cfg!(unix) && (error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(8))
}

/// What a program's pipes bring.
enum Event {
    Result(Vec<u8>),
    Message(Vec<u8>),
    StdoutClosed(io::Result<()>),
    StderrClosed(io::Result<()>),
}

/// How it came to an end.
enum End {
    /// By itself.
    Ended,
    /// By itself, but what it started holds its standard output.
    LeftRunning,
    Stopped,
    TooMuch {
        limit: usize,
    },
}

struct Watch<'a> {
    supervision: Supervision<'a>,
    events: Receiver<Event>,
    /// Kept, so that the channel outlives the pipes.
    _sender: SyncSender<Event>,
    /// Whether somebody may write to the pipes.
    stdout_open: bool,
    stderr_open: bool,
    limit: usize,
    result: Vec<u8>,
    last_words: LastWords,
}

impl<'a> Watch<'a> {
    fn over(
        running: &mut Running,
        stdout: Stdout,
        supervision: Supervision<'a>,
    ) -> io::Result<Self> {
        let (sender, events) = sync_channel(16);
        let mut watch = Self {
            supervision,
            events,
            _sender: sender.clone(),
            stdout_open: false,
            stderr_open: false,
            limit: 0,
            result: Vec::new(),
            last_words: LastWords::default(),
        };
        if let Some(pipe) = running.child().stdout.take() {
            let event = match stdout {
                Stdout::Result { limit } => {
                    watch.limit = limit;
                    Event::Result
                }
                Stdout::Message => Event::Message,
            };
            forward(pipe, sender.clone(), event, Event::StdoutClosed)?;
            watch.stdout_open = true;
        }
        if let Some(pipe) = running.child().stderr.take() {
            forward(pipe, sender, Event::Message, Event::StderrClosed)?;
            watch.stderr_open = true;
        }
        Ok(watch)
    }

    fn until_end(&mut self, running: &mut Running) -> io::Result<End> {
        let mut end = End::Ended;
        let mut has_ended = false;
        let mut deadline: Option<Instant> = None;
        let [mut pause, longest] = PAUSES;
        loop {
            let stop = self.supervision.stop.load(Ordering::Relaxed);
            let interruption = if stop {
                Some(End::Stopped)
            } else if self.result.len() > self.limit {
                Some(End::TooMuch { limit: self.limit })
            } else {
                None
            };
            if let (End::Ended, Some(interruption)) = (&end, interruption) {
                end = interruption;
                deadline = Some(Instant::now() + GRACE);
                running.terminate();
            }
            if !has_ended && running.has_ended()? {
                has_ended = true;
                deadline.get_or_insert_with(|| Instant::now() + GRACE);
            }
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if is_over || has_ended && !self.stdout_open && !self.stderr_open {
                return Ok(match end {
                    End::Ended if self.stdout_open => End::LeftRunning,
                    end => end,
                });
            }
            match self.events.recv_timeout(pause) {
                // Nobody will look at it.
                Ok(Event::Result(_)) if !matches!(end, End::Ended) => {}
                Ok(Event::Result(bytes)) => self.result.extend(bytes),
                Ok(Event::Message(bytes)) if self.supervision.quiet => self.last_words.add(&bytes),
                // If even standard error is gone, there is nobody to tell.
                Ok(Event::Message(bytes)) => {
                    let _ = io::stderr().lock().write_all(&bytes);
                }
                Ok(Event::StdoutClosed(read)) => {
                    read?;
                    self.stdout_open = false;
                    pause = PAUSES[0];
                }
                Ok(Event::StderrClosed(read)) => {
                    read?;
                    self.stderr_open = false;
                    pause = PAUSES[0];
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    pause = (pause * 2).min(longest);
                }
            }
        }
    }
}

/// Reads a pipe in a thread of its own, which ends when nobody listens.
fn forward(
    mut pipe: impl Read + Send + 'static,
    sender: SyncSender<Event>,
    brought: fn(Vec<u8>) -> Event,
    closed: fn(io::Result<()>) -> Event,
) -> io::Result<()> {
    thread::Builder::new().spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        let read = loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(len) => {
                    if sender.send(brought(buffer[..len].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        // Nobody listens any more.
        let _ = sender.send(closed(read));
    })?;
    Ok(())
}

/// The last of what a program said.
#[derive(Default)]
struct LastWords(VecDeque<u8>);

impl LastWords {
    fn add(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        let surplus = self.0.len().saturating_sub(LAST_WORDS);
        self.0.drain(..surplus);
    }

    /// Shows the last lines.
    fn show(&mut self) {
        let words = self.0.make_contiguous();
        let lines: Vec<_> = words.split_inclusive(|byte| *byte == b'\n').collect();
        let mut last = lines[lines.len().saturating_sub(LAST_LINES)..].concat();
        if last.last().is_some_and(|byte| *byte != b'\n') {
            last.push(b'\n');
        }
        let _ = io::stderr().lock().write_all(&last);
    }
}
