//! The `media-store` command line.

fn main() {}
