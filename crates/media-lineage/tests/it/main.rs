//! Lineages of real databases.
#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod changed;
mod formats;
mod peers;
mod python;
mod starts;
mod support;
mod walk;
