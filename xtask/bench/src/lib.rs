//! Measures this workspace beside what a user would pick instead, and writes
//! docs/benchmarks.md and docs/benchmarks-server.md. Run by `cargo xtask bench`.
#![cfg(unix)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks on its standard streams"
)]

mod bench;
mod bounds;
mod cost;
mod data;
mod machine;
mod plain;
mod plain_postgres;
mod python;
mod report;
mod topics;
mod workers;

use std::error::Error as StdError;

pub use bench::main;
use media_schema::TimeRange;

type Error = Box<dyn StdError + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// A count for reckoning with.
#[expect(clippy::cast_precision_loss, reason = "no count here reaches 2^53")]
fn real(count: usize) -> f64 {
    count as f64
}

/// Ranges as structs, the plain way.
fn as_json(ranges: Option<&str>) -> Result<Vec<TimeRange>> {
    Ok(serde_json::from_str(ranges.unwrap_or("[]"))?)
}
