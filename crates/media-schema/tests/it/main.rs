//! The types by themselves; the stores test them on databases.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ddl;
mod json_column;
mod json_line;
mod ranges;
mod values;
