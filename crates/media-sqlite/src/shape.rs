//! The shape of a real file's tables, and how it differs from ours.

use std::fmt;

use media_schema::{Index, Table};
use rusqlite::{Connection, OptionalExtension};

/// One thing in which a real file differs from the canonical schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The object: `analysis_jobs`, `analysis_jobs.ranges`, an index's name.
    pub object: String,
    /// In what it differs.
    pub kind: DifferenceKind,
}

/// In what an object differs from the canonical schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It is not there.
    Missing,
    /// Something else than a table has a table's name.
    NotATable {
        /// What it is: `view`, …
        found: String,
    },
    /// A column is declared with another type.
    Type {
        /// The canonical type.
        expected: &'static str,
        /// The type in the file.
        found: String,
    },
    /// A column takes NULL where it must not, or the other way round.
    NotNull {
        /// Whether it must be `NOT NULL`.
        expected: bool,
    },
    /// A column is or is not part of the primary key.
    PrimaryKey {
        /// Whether it must be.
        expected: bool,
    },
    /// Columns that must be unique together are not.
    NotUnique {
        /// The columns.
        columns: &'static [&'static str],
    },
    /// A foreign column that must be given a value, so that no save succeeds.
    RequiredColumn,
    /// An index of ours covers other columns.
    IndexColumns {
        /// The canonical columns.
        expected: &'static [&'static str],
        /// The columns in the file.
        found: Vec<String>,
    },
    /// The file's version is not the newest.
    Version {
        /// The newest version.
        expected: u32,
        /// The version in the file.
        found: i64,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.object)?;
        match &self.kind {
            DifferenceKind::Missing => f.write_str("is missing"),
            DifferenceKind::NotATable { found } => write!(f, "is a {found}, not a table"),
            DifferenceKind::Type { expected, found } => {
                write!(f, "is declared {found:?}, expected {expected}")
            }
            DifferenceKind::NotNull { expected: true } => {
                f.write_str("takes NULL, expected NOT NULL")
            }
            DifferenceKind::NotNull { expected: false } => {
                f.write_str("is NOT NULL, expected to take NULL")
            }
            DifferenceKind::PrimaryKey { expected: true } => f.write_str("is not the primary key"),
            DifferenceKind::PrimaryKey { expected: false } => {
                f.write_str("is part of the primary key")
            }
            DifferenceKind::NotUnique { columns } => {
                write!(f, "lacks UNIQUE({})", columns.join(", "))
            }
            DifferenceKind::RequiredColumn => {
                f.write_str("is a column of another program that must be given a value")
            }
            DifferenceKind::IndexColumns { expected, found } => write!(
                f,
                "covers ({}), expected ({})",
                found.join(", "),
                expected.join(", ")
            ),
            DifferenceKind::Version { expected, found } => {
                write!(f, "is {found}, expected {expected}")
            }
        }
    }
}

fn difference(object: impl Into<String>, kind: DifferenceKind) -> Difference {
    Difference {
        object: object.into(),
        kind,
    }
}

/// A column as the file declares it.
#[derive(Debug)]
struct RealColumn {
    name: String,
    declared_type: String,
    not_null: bool,
    has_default: bool,
    primary_key: bool,
}

/// Whether the file has a table of that name. A view or the like is an error.
pub(crate) fn table_exists(
    connection: &Connection,
    table: &Table,
) -> rusqlite::Result<Result<bool, Difference>> {
    let kind: Option<String> = connection
        .prepare_cached("SELECT type FROM sqlite_master WHERE name = ?1 AND type <> 'index'")?
        .query_row([table.name], |row| row.get(0))
        .optional()?;
    Ok(match kind.as_deref() {
        None => Ok(false),
        Some("table") => Ok(true),
        Some(found) => Err(difference(
            table.name,
            DifferenceKind::NotATable {
                found: found.to_owned(),
            },
        )),
    })
}

/// In what a table that exists differs, but for its indexes beside it. Extra
/// columns are tolerated as long as a row can be saved without them.
pub(crate) fn table_differences(
    connection: &Connection,
    table: &'static Table,
) -> rusqlite::Result<Vec<Difference>> {
    let real = real_columns(connection, table.name)?;
    let mut found = Vec::new();
    for column in table.columns {
        let object = format!("{}.{}", table.name, column.name);
        let Some(real) = real.iter().find(|real| real.name == column.name) else {
            found.push(difference(object, DifferenceKind::Missing));
            continue;
        };
        if !real
            .declared_type
            .eq_ignore_ascii_case(column.declared_type)
        {
            let kind = DifferenceKind::Type {
                expected: column.declared_type,
                found: real.declared_type.clone(),
            };
            found.push(difference(object.clone(), kind));
        }
        if real.not_null != column.not_null {
            let kind = DifferenceKind::NotNull {
                expected: column.not_null,
            };
            found.push(difference(object.clone(), kind));
        }
        if real.primary_key != column.primary_key {
            let kind = DifferenceKind::PrimaryKey {
                expected: column.primary_key,
            };
            found.push(difference(object, kind));
        }
    }
    for extra in &real {
        if table.column(&extra.name).is_none() && extra.not_null && !extra.has_default {
            found.push(difference(
                format!("{}.{}", table.name, extra.name),
                DifferenceKind::RequiredColumn,
            ));
        }
    }
    let unique = unique_sets(connection, table.name)?;
    for columns in table.unique {
        if !unique.iter().any(|set| set == columns) {
            found.push(difference(
                table.name,
                DifferenceKind::NotUnique { columns },
            ));
        }
    }
    Ok(found)
}

/// Which of our indexes are missing, or cover other columns.
pub(crate) fn index_differences(
    connection: &Connection,
    table: &'static Table,
) -> rusqlite::Result<Vec<Difference>> {
    let mut found = Vec::new();
    for Index { name, columns, .. } in table.indexes {
        let real = index_columns(connection, name)?;
        if real.is_empty() {
            found.push(difference(*name, DifferenceKind::Missing));
        } else if real != *columns {
            let kind = DifferenceKind::IndexColumns {
                expected: columns,
                found: real,
            };
            found.push(difference(*name, kind));
        }
    }
    Ok(found)
}

/// Whether a real table has a column of that name. Asks the schema as the
/// connection has last read it, which takes no statement; a table may have come
/// since.
pub(crate) fn has_column(
    connection: &Connection,
    table: &str,
    column: &str,
) -> rusqlite::Result<bool> {
    if connection.column_exists(None, table, column)? {
        return Ok(true);
    }
    Ok(real_columns(connection, table)?
        .iter()
        .any(|real| real.name == column))
}

/// Whether exactly these columns of a real table are unique together, by a
/// constraint or by an index.
pub(crate) fn is_unique(
    connection: &Connection,
    table: &str,
    columns: &[&str],
) -> rusqlite::Result<bool> {
    Ok(unique_sets(connection, table)?
        .iter()
        .any(|set| set == columns))
}

fn real_columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<RealColumn>> {
    connection
        .prepare_cached(
            "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk > 0
             FROM pragma_table_info(?1)",
        )?
        .query_map([table], |row| {
            Ok(RealColumn {
                name: row.get(0)?,
                declared_type: row.get(1)?,
                not_null: row.get(2)?,
                has_default: row.get(3)?,
                primary_key: row.get(4)?,
            })
        })?
        .collect()
}

fn unique_sets(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let names: Vec<String> = connection
        .prepare_cached("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    names
        .iter()
        .map(|name| index_columns(connection, name))
        .collect()
}

/// The columns of an index, in order; none if there is no such index. An
/// expression stands as an empty name.
pub(crate) fn index_columns(connection: &Connection, index: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT coalesce(name, '') FROM pragma_index_info(?1) ORDER BY seqno")?
        .query_map([index], |row| row.get(0))?
        .collect()
}
