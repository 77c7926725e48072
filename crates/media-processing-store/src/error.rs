//! Why there is no output.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use media_hash::HashFileError;
use media_schema::{ClaimError, InvalidValue, StoreError};
use thiserror::Error;

/// Why there is no output.
///
/// Nothing was recorded then, and what lay at the output's place still lies
/// there, but for [`NotRecorded`](Self::NotRecorded) and
/// [`NotSynced`](Self::NotSynced).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProcessError<E: Error + 'static> {
    /// The input cannot be hashed, or it was stopped while a file was.
    #[error(transparent)]
    File(#[from] HashFileError),
    /// A path, the action, the parameters or the metadata are what no column takes.
    #[error("the making of {output:?} cannot be recorded")]
    Invalid {
        /// The output.
        output: PathBuf,
        /// What, and why.
        source: InvalidValue,
    },
    /// The output is the input, by its own or another name.
    #[error("{output:?} is its own input {input:?}: name another output")]
    OverInput {
        /// The output.
        output: PathBuf,
        /// The input.
        input: PathBuf,
    },
    /// There is no file name in the output's path, or what lies there is none.
    #[error("{output:?} is not a regular file and is not replaced: name another output")]
    NotAFile {
        /// The output.
        output: PathBuf,
    },
    /// The output is a database that is open in this process.
    #[error("{output:?} is a database open in this process: name another output")]
    InUse {
        /// The output.
        output: PathBuf,
    },
    /// The output's folder is not there, or cannot be looked at.
    #[error("there is no folder {folder:?} for {output:?}: create it, or check its rights")]
    NoFolder {
        /// The output.
        output: PathBuf,
        /// Its folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The processor failed.
    #[error("cannot process {input:?} into {output:?}")]
    Processor {
        /// The input.
        input: PathBuf,
        /// The output.
        output: PathBuf,
        /// What the processor says.
        source: E,
    },
    /// The processor succeeded and wrote nothing to the path it was given.
    #[error("nothing was written for {output:?}: write to the path that is given")]
    NothingWritten {
        /// The output.
        output: PathBuf,
    },
    /// The processor made something that is not a regular file.
    #[error("{kind} was written for {output:?}: write a regular file")]
    WroteNoFile {
        /// The output.
        output: PathBuf,
        /// What it made, with its article: `a folder`.
        kind: &'static str,
    },
    /// What the processor wrote cannot be hashed.
    #[error("what was written for {output:?} cannot be hashed")]
    Output {
        /// The output.
        output: PathBuf,
        /// Why, with the temporary path.
        source: HashFileError,
    },
    /// What the processor wrote changed after it had returned.
    #[error("{output:?} is still being written: return when it is complete")]
    StillWritten {
        /// The output.
        output: PathBuf,
    },
    /// The input changed while it was processed.
    #[error("{input:?} changed while it was processed: nothing was recorded, try again")]
    InputChanged {
        /// The input.
        input: PathBuf,
    },
    /// An intact output of the same job cannot be copied.
    #[error("cannot copy {from:?}, which is the same, to {output:?}")]
    Copy {
        /// The output that is there.
        from: PathBuf,
        /// The output that was asked for.
        output: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The output cannot be put in its place.
    #[error("cannot write {output:?}: check the space and the rights of its folder")]
    Write {
        /// The output.
        output: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The output is in its place, and nobody can say whether it would stay
    /// there if the machine went down.
    #[error("{output:?} is there and not recorded: its folder cannot be made durable")]
    NotSynced {
        /// The output.
        output: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The output is in its place, and the job could not be saved. If the
    /// connection to a server broke meanwhile, it may have been.
    #[error("{output:?} is there and not recorded")]
    NotRecorded {
        /// The output.
        output: PathBuf,
        /// Why not.
        source: Box<StoreError>,
    },
    /// Somebody else was making the same, and the caller could not wait for it.
    #[error("no {output:?} yet")]
    Claim {
        /// The output.
        output: PathBuf,
        /// Why not.
        source: ClaimError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
