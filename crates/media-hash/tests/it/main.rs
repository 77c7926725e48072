//! Tests of the public interface.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share fails as tests do"
)]

mod canonical_text;
mod canonical_value;
mod changes;
mod files;
mod hash_cache;
mod hash_text;
mod many;
mod protect;
mod python;
mod registry;
mod vectors;
mod verify;
