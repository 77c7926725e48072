//! Differences between the tables that are there and those that ought to be.

use std::fmt;

use media_schema::postgres::TABLES;
use media_schema::{Column, Table};

use crate::Fault;
use crate::session::Session;

/// In what the tables of a database differ from ours.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The table or index, or the column as `table.column`.
    pub object: String,
    /// What is wrong with it.
    pub problem: String,
    /// Whether nothing can be saved or read until it is mended.
    pub is_obstacle: bool,
    /// Whether it is only missing, so that [`adopt`](crate::adopt) creates it.
    pub is_creatable: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.object, self.problem)
    }
}

impl Difference {
    fn obstacle(object: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            object: object.into(),
            problem: problem.into(),
            is_obstacle: true,
            is_creatable: false,
        }
    }

    fn missing(object: impl Into<String>) -> Self {
        Self {
            is_creatable: true,
            ..Self::obstacle(object, "is missing")
        }
    }

    fn tolerated(object: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            is_obstacle: false,
            ..Self::obstacle(object, problem)
        }
    }
}

/// The columns of our tables as they are there.
const COLUMNS: &str = "SELECT c.relname::text, c.relkind::text, a.attname::text, \
     format_type(a.atttypid, a.atttypmod), a.attnotnull, \
     a.atthasdef OR a.attidentity <> '', coalesce(l.collname::text, ''), \
     a.attidentity <> 'a' AND pg_get_serial_sequence(wanted.name, a.attname) IS NOT NULL \
     FROM unnest($1::text[]) AS wanted(name) \
     JOIN pg_class AS c ON c.oid = to_regclass(wanted.name) \
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_collation AS l ON l.oid = a.attcollation";

/// The indexes of our tables that hold every row: for each the table, its name,
/// whether it is unique and whole, and its columns and expressions.
const INDEXES: &str = "SELECT c.relname::text, i.relname::text, x.indisunique, x.indisvalid, \
     ARRAY(SELECT replace(pg_get_indexdef(x.indexrelid, n, true), '\"', '') \
         FROM generate_series(1, x.indnkeyatts::int) AS n ORDER BY n) \
     FROM unnest($1::text[]) AS wanted(name) \
     JOIN pg_class AS c ON c.oid = to_regclass(wanted.name) \
     JOIN pg_index AS x ON x.indrelid = c.oid AND x.indpred IS NULL \
     JOIN pg_class AS i ON i.oid = x.indexrelid";

/// The unique indexes over columns alone. Unlike [`INDEXES`], this waits for
/// nobody who has locked a table.
const KEYS: &str = "SELECT c.relname::text, i.relname::text, true, true, \
     ARRAY(SELECT a.attname::text \
         FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) AS key (number) \
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = key.number) \
     FROM unnest($1::text[]) AS wanted(name) \
     JOIN pg_class AS c ON c.oid = to_regclass(wanted.name) \
     JOIN pg_index AS x ON x.indrelid = c.oid AND x.indpred IS NULL AND x.indexprs IS NULL \
     JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indisunique AND x.indisvalid";

/// A column that is there.
struct FoundColumn {
    table: String,
    kind: String,
    name: String,
    declared_type: String,
    not_null: bool,
    has_default: bool,
    collation: String,
    /// Whether a sequence of its own numbers it, which may be asked by others too.
    has_sequence: bool,
}

/// An index that is there.
struct FoundIndex {
    table: String,
    name: String,
    is_unique: bool,
    is_valid: bool,
    columns: Vec<String>,
}

fn names() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

fn found_columns(session: &mut Session) -> Result<Vec<FoundColumn>, Fault> {
    let rows = session.query(COLUMNS, &[&names()])?;
    rows.iter()
        .map(|row| {
            Ok(FoundColumn {
                table: row.try_get(0)?,
                kind: row.try_get(1)?,
                name: row.try_get(2)?,
                declared_type: row.try_get(3)?,
                not_null: row.try_get(4)?,
                has_default: row.try_get(5)?,
                collation: row.try_get(6)?,
                has_sequence: row.try_get(7)?,
            })
        })
        .collect()
}

fn found_indexes(session: &mut Session, sql: &str) -> Result<Vec<FoundIndex>, Fault> {
    let rows = session.query(sql, &[&names()])?;
    rows.iter()
        .map(|row| {
            Ok(FoundIndex {
                table: row.try_get(0)?,
                name: row.try_get(1)?,
                is_unique: row.try_get(2)?,
                is_valid: row.try_get(3)?,
                columns: row.try_get(4)?,
            })
        })
        .collect()
}

/// The first difference that keeps everybody from using the tables. Further
/// columns and tables are tolerated, and so are missing indexes.
pub(crate) fn obstacle(session: &mut Session) -> Result<Option<Difference>, Fault> {
    let columns = found_columns(session)?;
    let keys = found_indexes(session, KEYS)?;
    Ok(TABLES
        .iter()
        .flat_map(|table| {
            let mut differences = of_table(table, &columns);
            differences.extend(of_keys(table, &keys));
            differences
        })
        .find(|difference| difference.is_obstacle))
}

/// What there is of our tables, and in what it differs; none of them is no
/// difference.
pub(crate) fn compare(
    session: &mut Session,
) -> Result<(Vec<&'static str>, Vec<Difference>), Fault> {
    let columns = found_columns(session)?;
    let tables: Vec<_> = names()
        .into_iter()
        .filter(|name| columns.iter().any(|found| found.table == *name))
        .collect();
    if tables.is_empty() {
        return Ok((tables, Vec::new()));
    }
    let indexes = found_indexes(session, INDEXES)?;
    let mut differences = Vec::new();
    for table in TABLES {
        differences.extend(of_table(table, &columns));
        if tables.contains(&table.name) {
            differences.extend(of_keys(table, &indexes));
            differences.extend(of_indexes(table, &indexes));
        }
    }
    Ok((tables, differences))
}

/// In what a table and its columns differ.
fn of_table(table: &Table, found: &[FoundColumn]) -> Vec<Difference> {
    let columns: Vec<_> = found
        .iter()
        .filter(|found| found.table == table.name)
        .collect();
    let Some(first) = columns.first() else {
        return vec![Difference::missing(table.name)];
    };
    // `r`: a table; `p`: a partitioned one; `f`: another server's.
    if !["r", "p", "f"].contains(&first.kind.as_str()) {
        return vec![Difference::obstacle(table.name, "is a view, not a table")];
    }
    let mut differences = Vec::new();
    for column in table.columns {
        let object = format!("{}.{}", table.name, column.name);
        match columns.iter().find(|found| found.name == column.name) {
            Some(there) => differences.extend(of_column(&object, column, there)),
            None => differences.push(Difference::obstacle(object, "is missing")),
        }
    }
    for found in columns {
        if found.not_null && !found.has_default && table.column(&found.name).is_none() {
            differences.push(Difference::obstacle(
                format!("{}.{}", table.name, found.name),
                "is no column of ours, and must not be NULL",
            ));
        }
    }
    differences
}

fn of_column(object: &str, column: &Column, there: &FoundColumn) -> Option<Difference> {
    if there.declared_type != column.declared_type {
        return Some(Difference::obstacle(
            object,
            format!("is {}, not {}", there.declared_type, column.declared_type),
        ));
    }
    if there.not_null && !column.not_null {
        return Some(Difference::obstacle(object, "takes no NULL"));
    }
    // What is numbered by the server.
    if column.name == "id" && !there.has_default {
        return Some(Difference::obstacle(object, "has no default"));
    }
    // Batches of results take their numbers from the sequence.
    if object == "analysis_jobs.id" && !there.has_sequence {
        return Some(Difference::obstacle(
            object,
            "is not numbered by a sequence that the column owns, as a bigserial is",
        ));
    }
    if column.not_null && !there.not_null {
        return Some(Difference::tolerated(object, "takes NULL"));
    }
    (column.declared_type == "text" && there.collation != "C").then(|| {
        Difference::tolerated(
            object,
            format!("has the collation {}, not C", there.collation),
        )
    })
}

/// The columns that must be unique together and are not. A statement that gives
/// way to a row that is there needs an index over just these.
fn of_keys(table: &Table, found: &[FoundIndex]) -> Vec<Difference> {
    let is_there = |columns: &[&str]| {
        found.iter().any(|index| {
            index.table == table.name
                && index.is_unique
                && index.is_valid
                && index.columns.len() == columns.len()
                && columns
                    .iter()
                    .all(|column| index.columns.iter().any(|there| there == column))
        })
    };
    let missing = table.unique.iter().filter(|columns| !is_there(columns));
    missing
        .map(|columns| {
            Difference::obstacle(
                table.name,
                format!("has no unique key over {}", columns.join(", ")),
            )
        })
        .collect()
}

/// The indexes that are missing: one of any name that begins with the columns
/// will do.
fn of_indexes(table: &Table, found: &[FoundIndex]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for index in table.indexes {
        let mut there = found.iter().filter(|found| found.table == table.name);
        let fits = |found: &FoundIndex| {
            found.is_valid
                && index.columns.len() <= found.columns.len()
                && index
                    .columns
                    .iter()
                    .zip(&found.columns)
                    .all(|(column, found)| column == found)
        };
        if there.clone().any(fits) {
            continue;
        }
        differences.push(match there.find(|found| found.name == index.name) {
            Some(found) if !found.is_valid => {
                Difference::tolerated(index.name, "was not built to its end")
            }
            Some(found) => Difference::tolerated(
                index.name,
                format!(
                    "is over {}, not {}",
                    found.columns.join(", "),
                    index.columns.join(", ")
                ),
            ),
            None => Difference {
                is_obstacle: false,
                ..Difference::missing(index.name)
            },
        });
    }
    differences
}
