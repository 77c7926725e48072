//! Why a program has no result.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitStatus;

use thiserror::Error;

use super::analysis::OutputError;

/// Why a program has no result.
#[derive(Debug, Error)]
pub(crate) enum ProgramError {
    #[error(
        "word {number} of the command, {word:?}, is not UTF-8: the command is part of what the \
         result is found by, so put that word into a script"
    )]
    NotUnicode { number: usize, word: OsString },
    #[error("there is no program {program:?}: install it, or give its path")]
    NotFound { program: String },
    #[error("{program:?} cannot be executed: make it executable, or name what runs it first")]
    NotExecutable { program: String },
    #[error("cannot start the program {program:?}")]
    Start { program: String, source: io::Error },
    #[error("cannot start the program {program:?}: does its first line (#!) name what runs it?")]
    Interpreter { program: String, source: io::Error },
    #[error("cannot follow the program {program:?}")]
    Follow { program: String, source: io::Error },
    #[error("the program {program:?} failed ({status}): nothing was saved, see above what it said")]
    Failed { program: String, status: ExitStatus },
    #[error(
        "the program {program:?} printed more than {} MiB and was ended: nothing was saved, \
         keep bulk data in a file", limit >> 20
    )]
    TooMuch { program: String, limit: usize },
    #[error(
        "the program {program:?} ended, but something that it started was still running: \
         nothing was saved, let the command wait for it"
    )]
    LeftRunning { program: String },
    #[error("the program {program:?} printed no analysis, nothing was saved")]
    Output {
        program: String,
        source: Box<OutputError>,
    },
    #[error("stopped")]
    Stopped,
}

impl ProgramError {
    /// Why a program could not be started.
    pub(super) fn start(program: &str, source: io::Error) -> Self {
        let program = program.to_owned();
        match source.kind() {
            ErrorKind::NotFound => Self::NotFound { program },
            ErrorKind::PermissionDenied => Self::NotExecutable { program },
            _ => Self::Start { program, source },
        }
    }

    /// Whether the program ran, and failed by itself.
    pub(crate) fn is_its_own(&self) -> bool {
        match self {
            Self::Failed { .. }
            | Self::TooMuch { .. }
            | Self::LeftRunning { .. }
            | Self::Output { .. } => true,
            Self::NotUnicode { .. }
            | Self::NotFound { .. }
            | Self::NotExecutable { .. }
            | Self::Start { .. }
            | Self::Interpreter { .. }
            | Self::Follow { .. }
            | Self::Stopped => false,
        }
    }
}
