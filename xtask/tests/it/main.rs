//! The program as maintainers run it.

mod schema;
