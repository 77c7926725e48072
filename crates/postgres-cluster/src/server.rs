//! A server that runs.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use crate::folder::Folder;
use crate::system::{self, Signal};
use crate::wait::{self, LIMIT};
use crate::{Error, Programs};

const LOG: &str = "log";
const PID_FILE: &str = "postmaster.pid";
const TAIL: usize = 4096;

/// The first process of a server, and word of when the last one is gone.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    port: u16,
    /// Ends when no process of the server is left. They all have its standard output, to which
    /// they write nothing: the end of that pipe is the end of the last of them.
    gone: Receiver<()>,
    paused: Vec<u32>,
}

impl Server {
    /// Starts the server of a data folder, and waits until it takes connections.
    pub(crate) fn start(programs: &Programs, folder: &Folder, port: u16) -> Result<Self, Error> {
        let path = folder.path().join(LOG);
        let mut log = fs::OpenOptions::new();
        let log = log.create(true).append(true).open(&path);
        let log = log.map_err(Error::file("open", &path))?;
        let mut command = programs.command("postgres", folder.path());
        command
            .arg("-D")
            .arg(folder.data())
            .args(["-p", &port.to_string()])
            .arg("-k")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(log);
        system::apart(&mut command);
        folder.user().run(&mut command);
        let program = Path::new(command.get_program()).to_owned();
        let mut child = command.spawn().map_err(Error::run(&program))?;
        let (held, gone) = mpsc::channel();
        if let Some(mut output) = child.stdout.take() {
            thread::spawn(move || {
                let _ = output.read_to_end(&mut Vec::new());
                drop::<mpsc::Sender<()>>(held);
            });
        }
        let mut server = Self {
            child,
            port,
            gone,
            paused: Vec::new(),
        };
        let watched = folder.watch(Some(server.child.id()));
        match watched.and_then(|()| server.wait_until_ready(folder)) {
            Ok(()) => Ok(server),
            Err(error) => {
                // The error that is returned is why.
                let _ = server.end(folder, Signal::Immediate);
                Err(error)
            }
        }
    }

    fn wait_until_ready(&mut self, folder: &Folder) -> Result<(), Error> {
        let path = folder.data().join(PID_FILE);
        let pid = self.child.id().to_string();
        let is_ready = || {
            // Its process, …, and in the eighth line its state.
            let said = fs::read_to_string(&path).unwrap_or_default();
            let mut lines = said.lines();
            lines.next() == Some(&pid) && lines.nth(6).is_some_and(|state| state.trim() == "ready")
        };
        let ready = wait::until(|| {
            if is_ready() {
                return Ok(Some(()));
            }
            match self.child.try_wait() {
                Ok(None) => Ok(None),
                _ => Err(Error::Ended {
                    port: self.port,
                    log: log_tail(folder),
                }),
            }
        })?;
        ready.ok_or_else(|| self.too_slow(folder, "ready"))
    }

    /// Tells the server to end, and waits until all its processes are gone.
    pub(crate) fn end(&mut self, folder: &Folder, signal: Signal) -> Result<(), Error> {
        self.resume()?;
        self.signal(self.child.id(), signal)?;
        self.wait_until_gone(folder)
    }

    /// Kills all its processes, and waits until they are gone.
    pub(crate) fn kill(&mut self, folder: &Folder) -> Result<(), Error> {
        // It starts no further ones meanwhile.
        self.pause()?;
        for process in self.paused.split_off(0) {
            self.signal(process, Signal::Kill)?;
        }
        self.wait_until_gone(folder)?;
        // A new server would take the word of these files if the process had a successor.
        let socket_lock = folder.path().join(format!(".s.PGSQL.{}.lock", self.port));
        for left in [folder.data().join(PID_FILE), socket_lock] {
            match fs::remove_file(&left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::file("remove", &left)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Lets all its processes stand still.
    pub(crate) fn pause(&mut self) -> Result<(), Error> {
        let first = self.child.id();
        self.signal(first, Signal::Pause)?;
        self.paused = vec![first];
        let others = system::descendants(first).map_err(|source| self.cannot_signal(source))?;
        for process in others {
            self.paused.push(process);
            self.signal(process, Signal::Pause)?;
        }
        Ok(())
    }

    pub(crate) fn resume(&mut self) -> Result<(), Error> {
        for process in self.paused.split_off(0) {
            self.signal(process, Signal::Resume)?;
        }
        Ok(())
    }

    /// Makes sure that nothing is left of its first process.
    pub(crate) fn reap(&mut self) {
        // Both fail only if there is none.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn wait_until_gone(&mut self, folder: &Folder) -> Result<(), Error> {
        if self.gone.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            return Err(self.too_slow(folder, "gone"));
        }
        self.reap();
        folder.watch(None)
    }

    fn signal(&self, process: u32, signal: Signal) -> Result<(), Error> {
        system::signal(process, signal).map_err(|source| self.cannot_signal(source))
    }

    fn cannot_signal(&self, source: io::Error) -> Error {
        Error::Signal {
            port: self.port,
            source,
        }
    }

    fn too_slow(&self, folder: &Folder, goal: &'static str) -> Error {
        too_slow(folder, self.port, goal)
    }
}

pub(crate) fn too_slow(folder: &Folder, port: u16, goal: &'static str) -> Error {
    Error::TooSlow {
        port,
        goal,
        seconds: LIMIT.as_secs(),
        log: log_tail(folder),
    }
}

/// All that the server of a folder has written, or nothing if it never started.
pub(crate) fn log(folder: &Folder) -> String {
    let log = fs::read(folder.path().join(LOG)).unwrap_or_default();
    String::from_utf8_lossy(&log).into_owned()
}

fn log_tail(folder: &Folder) -> String {
    let log = log(folder);
    let mut start = log.len().saturating_sub(TAIL);
    while !log.is_char_boundary(start) {
        start += 1;
    }
    log[start..].to_owned()
}
