//! Other programs as plugins: started without a shell, watched, and ended with
//! everything they started.

mod analysis;
mod command_line;
mod error;
mod group;
mod run;

pub(crate) use analysis::parse;
pub(crate) use command_line::CommandLine;
pub(crate) use error::ProgramError;
pub(crate) use group::end_at_once;
pub(crate) use run::{Stdout, Supervision, run};
