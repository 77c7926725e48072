//! Processing jobs over a SQLite connection source: which file came from which.
