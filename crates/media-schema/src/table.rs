//! Descriptors: what a table of ours looks like, as data.
//!
//! The frozen DDL says the same in SQL; `cargo xtask schema check` holds the
//! two, a fresh database and the row types together.

/// A table: its columns in order, the column sets that must be unique, and the
/// indexes that this project adds for its own queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: &'static str,
    /// The columns, in the order of the DDL.
    pub columns: &'static [Column],
    /// Column sets declared `UNIQUE` in the table itself.
    pub unique: &'static [&'static [&'static str]],
    /// Indexes beside the table.
    pub indexes: &'static [Index],
}

impl Table {
    /// The descriptor of a column, by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// A column as `PRAGMA table_info` reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The column's name.
    pub name: &'static str,
    /// The declared type, such as `TEXT` or `JSON`.
    pub declared_type: &'static str,
    /// Declared `NOT NULL`.
    pub not_null: bool,
    /// Part of the primary key.
    pub primary_key: bool,
    /// What the column holds, for people.
    pub about: &'static str,
}

/// An index of ours over some columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// The index's name.
    pub name: &'static str,
    /// The columns it covers, in order.
    pub columns: &'static [&'static str],
    /// The question that it answers, for people.
    pub about: &'static str,
}
