//! How a command ends.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use media_analysis_store::AnalyzeError;
use media_audit::AuditError;
use media_hash::{CanonicalJsonError, HashFileError};
use media_lineage::LineageError;
use media_postgres::ConnectError;
use media_processing_store::ProcessError;
use media_schema::{InvalidValue, RowError, StoreError};
use media_sqlite::{Difference, OpenError};
use plugin_extract::ExtractError;
use plugin_silence::SilenceError;
use thiserror::Error;

use crate::json_lines::LineError;
use crate::program::ProgramError;

/// How a command that ran to its end found things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// All is well.
    Fine,
    /// A check found a difference, or another program failed.
    Difference,
    /// A part could not be carried out, as was said when it came to that.
    Incomplete,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Fine => 0,
            Status::Difference => 1,
            Status::Incomplete => 2,
        })
    }
}

/// Why a command ended early.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// Writing the results failed.
    #[error("cannot write the results to standard output")]
    Output(#[from] io::Error),
    /// Ctrl-C, or a signal to the same end.
    #[error("stopped")]
    Stopped,
    /// The machinery for Ctrl-C refused.
    #[error("cannot watch for Ctrl-C")]
    Signals(#[from] ctrlc::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Analyze(#[from] AnalyzeError<SilenceError>),
    /// A file that was to be read by another program.
    #[error(transparent)]
    Input(#[from] HashFileError),
    #[error(transparent)]
    ExecAnalysis(#[from] AnalyzeError<ProgramError>),
    #[error(transparent)]
    ExecProcessing(#[from] ProcessError<ProgramError>),
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The command line's own JSON.
    #[error("cannot write the command as JSON")]
    Json(#[from] serde_json::Error),
    #[error("{option}: cannot read {path:?}")]
    OptionFile {
        option: String,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{option} takes a JSON object")]
    OptionJson {
        option: String,
        source: CanonicalJsonError,
    },
    #[error("{option} takes a JSON object that others can read")]
    OptionObject {
        option: String,
        source: serde_json::Error,
    },
    #[error(transparent)]
    Extract(#[from] ExtractError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Row(#[from] RowError),
    /// An option of the silence plugin out of its range.
    #[error(transparent)]
    Silence(#[from] SilenceError),
    #[error(transparent)]
    Lineage(#[from] LineageError),
    #[error("cannot look for this path")]
    Path(#[from] InvalidValue),
    /// A file or folder other than the database or a media file.
    #[error("cannot {action} {path:?}")]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// What was imported before stays.
    #[error(
        "{path:?} line {line} was not imported, what stands before it is done: mend the line \
         and import the file again"
    )]
    Line {
        path: PathBuf,
        line: u64,
        source: LineError,
    },
    #[error("{path:?} is no regular file: name another, or leave --to out for standard output")]
    NotRegular { path: PathBuf },
    #[error("{path:?} belongs to the database: name another file")]
    IsDatabase { path: PathBuf },
    #[error("{document} has no config hash")]
    Document {
        document: String,
        source: CanonicalJsonError,
    },
    #[error(
        "file {path:?} has a name that is not UTF-8, which neither jsonl nor csv can hold: \
         use --format table"
    )]
    NotUnicode { path: PathBuf },
    #[error("{path:?} is a directory: pass -r to hash the files in it")]
    Directory { path: PathBuf },
    #[error("{path:?} has no tables, so there is nothing to adopt: the first save sets it up")]
    NothingToAdopt { path: PathBuf },
    #[error("{path:?} is still not as it should be: {difference}")]
    NotMended {
        path: PathBuf,
        difference: Difference,
    },
    #[error("{server} is still not as it should be: {difference}")]
    StillDiffers {
        server: String,
        difference: media_postgres::Difference,
    },
    /// What there is no type for: the whole message.
    #[error("{0}")]
    Message(String),
}

impl Failure {
    /// Whether whoever reads the results has had enough.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// An error and its causes on one line. A cause that the message before it
/// ends with already is left out.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_once() {
        #[derive(Debug, Error)]
        #[error("outer: {0}")]
        struct Quoting(#[from] io::Error);

        let quoting = Quoting(io::Error::other("inner"));
        assert_eq!(chain(&quoting), "outer: inner");
        let output = Failure::Output(io::Error::other("inner"));
        assert_eq!(
            chain(&output),
            "cannot write the results to standard output: inner"
        );
    }
}
