//! The program as its users meet it: real processes on real files.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod analyze;
mod config_hash;
mod doctor;
mod exchange;
#[cfg(unix)]
mod exec;
#[cfg(unix)]
mod exec_analysis;
#[cfg(unix)]
mod exec_processing;
mod extract;
mod hash;
mod help;
mod jobs;
mod lineage;
mod place;
mod prune;
mod schema;
mod show;
mod stats;
mod stopping;
mod support;
mod verify;
