//! Checks and generators for maintainers.

fn main() {}
