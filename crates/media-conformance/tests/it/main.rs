//! The suite on both backends, and between them.
#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod across;
mod listed;
mod partitioned;
mod postgres;
mod sqlite;
