//! Audits of real files by real databases and processes.
#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod child;
mod counted;
mod history;
mod limits;
mod moved;
mod support;
mod verdicts;
