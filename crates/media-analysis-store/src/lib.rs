//! Analysis results over a SQLite connection source: an upserting, verified cache.
