//! The program as its users meet it: real processes on real files.
#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod analyze;
mod browser;
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
mod report;
mod report_in_browser;
mod schema;
mod server;
mod show;
mod stats;
mod stopping;
mod support;
mod verify;
