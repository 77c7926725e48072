//! Lineages of real databases.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod changed;
mod formats;
mod peers;
mod python;
mod starts;
mod support;
mod walk;
