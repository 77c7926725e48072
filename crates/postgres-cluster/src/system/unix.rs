//! Unix.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, geteuid, kill_process};

use super::Signal;
pub(crate) use super::processes::descendants;
use crate::Error;

/// Root's servers run as the first of these.
const INSTEAD_OF_ROOT: [&str; 2] = ["postgres", "nobody"];

/// As whom a server runs: user and group, or whoever runs this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User(Option<(u32, u32)>);

impl User {
    pub(crate) fn find() -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        let path = Path::new("/etc/passwd");
        let known = fs::read_to_string(path).map_err(Error::file("read", path))?;
        let mut found = INSTEAD_OF_ROOT
            .iter()
            .filter_map(|name| ids_of(name, &known));
        found
            .next()
            .map_or(Err(Error::NoUser), |ids| Ok(Self(Some(ids))))
    }

    /// Lets a program run as this user.
    pub(crate) fn run(self, command: &mut Command) -> &mut Command {
        match self.0 {
            Some((user, group)) => command.uid(user).gid(group),
            None => command,
        }
    }

    /// Gives a file or folder to this user. Others may pass through a folder, so that its maker
    /// and clients of other users reach the socket.
    pub(crate) fn own(self, path: &Path) -> io::Result<()> {
        let Some((user, group)) = self.0 else {
            return Ok(());
        };
        if path.is_dir() {
            fs::set_permissions(path, PermissionsExt::from_mode(0o711))?;
        }
        chown(path, Some(user), Some(group))
    }
}

/// User and group of a line `name:password:user:group:…`.
fn ids_of(name: &str, known: &str) -> Option<(u32, u32)> {
    let mut lines = known.lines().map(|line| line.split(':'));
    let mut fields = lines.find_map(|mut fields| (fields.next()? == name).then_some(fields))?;
    let user = fields.nth(1)?.parse().ok()?;
    Some((user, fields.next()?.parse().ok()?))
}

/// Keeps the signals of a terminal, and of whoever ends this process with its group, away from a
/// program.
pub(crate) fn apart(command: &mut Command) {
    command.process_group(0);
}

/// A file that its owner only can read.
pub(crate) fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

pub(crate) fn signal(process: u32, signal: Signal) -> io::Result<()> {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    let process = process.ok_or(io::ErrorKind::InvalidInput)?;
    let signal = match signal {
        Signal::Fast => rustix::process::Signal::INT,
        Signal::Immediate => rustix::process::Signal::QUIT,
        Signal::Kill => rustix::process::Signal::KILL,
        Signal::Pause => rustix::process::Signal::STOP,
        Signal::Resume => rustix::process::Signal::CONT,
    };
    match kill_process(process, signal) {
        // Gone is what most signals aim at.
        Err(rustix::io::Errno::SRCH) => Ok(()),
        other => Ok(other?),
    }
}
