//! Systems where no server is ever started, because no programs are found.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Signal;
use crate::Error;

#[derive(Debug, Clone, Copy)]
pub(crate) struct User;

impl User {
    pub(crate) fn find() -> Result<Self, Error> {
        Err(Error::NoUser)
    }

    #[expect(clippy::unused_self, reason = "the same as on Unix")]
    pub(crate) fn run(self, command: &mut Command) -> &mut Command {
        command
    }

    #[expect(clippy::unused_self, reason = "the same as on Unix")]
    pub(crate) fn own(self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub(crate) fn apart(_: &mut Command) {}

pub(crate) fn new_private_file(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn signal(_: u32, _: Signal) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) fn descendants(_: u32) -> io::Result<Vec<u32>> {
    Err(io::ErrorKind::Unsupported.into())
}
