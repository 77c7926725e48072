//! Descriptors and frozen statements name the same things.

use media_schema::{Ddl, MediaAnalysisRow, MediaProcessingRow, TABLES, VERSION};

#[test]
fn every_table_has_its_newest_statements() {
    for table in TABLES {
        let ddl = Ddl::newest(table.name).unwrap();
        assert_eq!(ddl.version, VERSION);
        assert!(
            ddl.sql
                .starts_with(&format!("CREATE TABLE IF NOT EXISTS {} (", table.name))
        );
        for column in table.columns {
            assert!(
                ddl.sql
                    .contains(&format!("    {} {}", column.name, column.declared_type))
            );
        }
        for index in table.indexes {
            let statement = format!(
                "CREATE INDEX IF NOT EXISTS {} ON {}({});",
                index.name,
                table.name,
                index.columns.join(", ")
            );
            assert!(ddl.sql.contains(&statement), "{statement}");
        }
    }
    assert!(Ddl::newest("other").is_none());
}

#[test]
fn rows_read_every_column() {
    for (table, columns) in TABLES
        .iter()
        .zip([MediaAnalysisRow::COLUMNS, MediaProcessingRow::COLUMNS])
    {
        let described: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(described, columns);
    }
}
