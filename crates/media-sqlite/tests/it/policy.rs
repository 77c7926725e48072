//! The policy that each connection is given, read back.

use media_sqlite::{ConnectionSource, Database, Durability, Journal, OpenOptions};
use rusqlite::Connection;

fn pragma(connection: &Connection, name: &str) -> String {
    connection
        .query_row(&format!("PRAGMA {name}"), [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
        })
        .map(|value| match value {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(integer) => integer.to_string(),
            other => panic!("{other:?}"),
        })
        .unwrap()
}

fn on_each_connection(database: &Database, check: impl Fn(&Connection)) {
    database
        .read("read", |connection| {
            check(connection);
            Ok(())
        })
        .unwrap();
    database
        .write("write", |connection| {
            check(connection);
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_connection_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = OpenOptions::new()
        .open(folder.path().join("media.db"))
        .unwrap();
    on_each_connection(&database, |connection| {
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("busy_timeout", "60000"),
            ("wal_autocheckpoint", "500"),
            ("journal_size_limit", "67108864"),
            ("mmap_size", "0"),
            ("trusted_schema", "0"),
            ("cell_size_check", "1"),
            ("foreign_keys", "1"),
        ] {
            assert_eq!(pragma(connection, name), value, "{name}");
        }
        assert!(
            connection
                .db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE)
                .unwrap()
        );
        assert_eq!(
            connection
                .limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH)
                .unwrap(),
            1_000_000_000
        );
    });
}

#[test]
fn durability_and_journal_are_options() {
    for (durability, journal, mode, synchronous) in [
        (Durability::Full, Journal::Wal, "wal", "2"),
        (Durability::Normal, Journal::Wal, "wal", "1"),
        (Durability::Full, Journal::Rollback, "delete", "3"),
        (Durability::Normal, Journal::Rollback, "delete", "2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let database = OpenOptions::new()
            .durability(durability)
            .journal(journal)
            .open(folder.path().join("media.db"))
            .unwrap();
        on_each_connection(&database, |connection| {
            assert_eq!(pragma(connection, "journal_mode"), mode);
            assert_eq!(pragma(connection, "synchronous"), synchronous);
        });
    }
}

#[test]
fn the_journal_is_switched_either_way_and_keeps_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    crate::insert(&crate::with_tables(&path), "/a").unwrap();
    for (journal, mode) in [(Journal::Rollback, "delete"), (Journal::Wal, "wal")] {
        let database = OpenOptions::new().journal(journal).open(&path).unwrap();
        on_each_connection(&database, |connection| {
            assert_eq!(pragma(connection, "journal_mode"), mode);
        });
        assert_eq!(crate::count(&database, "analysis_jobs"), 1);
    }
}

#[test]
fn who_waits_for_no_lock_can_read() {
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        let database = OpenOptions::new()
            .durability(Durability::Normal)
            .busy_timeout(std::time::Duration::ZERO)
            .open(folder.path().join("media.db"))
            .unwrap();
        database.read("read", |_| Ok(())).unwrap();
    }
}

#[test]
fn reading_connections_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = crate::with_tables(&folder.path().join("media.db"));
    let error = database
        .read("write", |connection| {
            connection.execute(crate::INSERT, ["/a"])?;
            Ok(())
        })
        .unwrap_err();
    assert!(
        matches!(
            error,
            media_schema::StoreError::ReadOnly {
                source: Some(_),
                ..
            }
        ),
        "{error:?}"
    );
}
