//! Writes: whole or not at all, and never acknowledged into nowhere.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use media_schema::{ANALYSIS_JOBS, StoreError};
use media_sqlite::{ConnectionSource, Journal, OpenError, OpenOptions};

use crate::child::{spawn, wait_for};
use crate::{INSERT, count, insert, open, python_file, stranger, with_tables};

#[test]
fn a_failed_write_leaves_nothing_and_the_connection_clean() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    let failed = database.write("insert twice", |connection| {
        connection.execute(INSERT, ["/a"])?;
        connection.execute(INSERT, ["/a"])?;
        Ok(())
    });
    assert!(matches!(
        failed,
        Err(StoreError::Backend {
            action: "insert twice",
            ..
        })
    ));
    assert_eq!(count(&database, "analysis_jobs"), 0);
    insert(&database, "/b").unwrap();
    assert_eq!(count(&database, "analysis_jobs"), 1);
}

#[test]
fn a_full_database_says_so_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    insert(&database, "/a").unwrap();
    let error = database
        .write("insert", |connection| {
            connection.execute_batch("PRAGMA max_page_count = 1")?;
            connection.execute(INSERT, ["/long".repeat(10_000)])?;
            Ok(())
        })
        .unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert_eq!(count(&database, "analysis_jobs"), 1);
}

#[test]
fn a_damaged_table_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    insert(&with_tables(&path), "/a").unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The schema's page is left whole, so that the file opens.
    bytes[4096..].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let database = open(&path);
    let error = database
        .read("count", |connection| {
            Ok(
                connection.query_row("SELECT count(*) FROM analysis_jobs", [], |row| {
                    row.get::<_, i64>(0)
                })?,
            )
        })
        .unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

#[test]
fn a_panic_inside_a_write_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        database.write::<()>("panic", |connection| {
            connection.execute(INSERT, ["/a"])?;
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    insert(&database, "/b").unwrap();
    assert_eq!(count(&database, "analysis_jobs"), 1);
}

#[test]
fn a_transaction_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let database = with_tables(&folder.path().join("media.db"));
    let insert_in = |source: &dyn Fn(&str) -> Result<(), StoreError>, path| source(path);

    let failed: Result<(), StoreError> = database.transaction(|transaction| {
        let save = |path: &str| {
            transaction.write("insert", |connection| {
                connection.execute(INSERT, [path])?;
                Ok(())
            })
        };
        insert_in(&save, "/a")?;
        insert_in(&save, "/a")
    });
    assert!(failed.is_err());
    assert_eq!(count(&database, "analysis_jobs"), 0);

    // A call that fails inside may be survived: it alone leaves nothing.
    database
        .transaction::<_, StoreError>(|transaction| {
            for (number, path) in ["/a", "/b", "/a", "/c"].iter().enumerate() {
                let _ = transaction.write("insert", |connection| {
                    connection.execute(INSERT, [format!("{path}/{number}")])?;
                    connection.execute(INSERT, [path])?;
                    Ok(())
                });
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(count(&database, "analysis_jobs"), 6);
}

#[test]
fn a_lock_held_elsewhere_is_busy_and_then_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    let database = OpenOptions::new()
        .busy_timeout(Duration::from_millis(50))
        .open(&path)
        .unwrap();
    let mut holder = spawn("hold the lock", &path);
    wait_for(&mut holder, "locked");

    let busy = insert(&database, "/a").unwrap_err();
    let StoreError::Busy { waited, .. } = busy else {
        panic!("{busy:?}");
    };
    assert!(waited >= Duration::from_millis(50));
    // Readers go on meanwhile.
    assert_eq!(count(&database, "analysis_jobs"), 0);

    holder.kill().unwrap();
    holder.wait().unwrap();
    insert(&database, "/a").unwrap();
    assert_eq!(count(&database, "analysis_jobs"), 1);
}

#[cfg(unix)]
#[test]
fn a_deleted_or_replaced_database_acknowledges_and_answers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    for (journal, replace) in [
        (Journal::Wal, false),
        (Journal::Wal, true),
        (Journal::Rollback, false),
        (Journal::Rollback, true),
    ] {
        let database = OpenOptions::new().journal(journal).open(&path).unwrap();
        database.ensure_table(&ANALYSIS_JOBS).unwrap();
        insert(&database, "/before").unwrap();
        // A reader is open by now.
        assert_eq!(count(&database, "analysis_jobs"), 1);
        std::fs::rename(&path, folder.path().join("moved.db")).unwrap();
        if replace {
            std::fs::write(&path, "").unwrap();
        }
        let error = database.read("read", |_| Ok(())).unwrap_err();
        assert!(matches!(error, StoreError::Replaced { .. }), "{error:?}");
        let error = insert(&database, "/after").unwrap_err();
        assert!(matches!(error, StoreError::Replaced { .. }), "{error:?}");
        let error = database
            .transaction::<_, StoreError>(|transaction| {
                transaction.write("insert", |connection| {
                    connection.execute(INSERT, ["/after too"])?;
                    Ok(())
                })
            })
            .unwrap_err();
        assert!(matches!(error, StoreError::Replaced { .. }), "{error:?}");
        let _ = std::fs::remove_file(&path);
        drop(database);
        for beside in ["media.db-wal", "media.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(beside));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_reader_opened_late_does_not_read_another_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    insert(&database, "/ours").unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let [from, to] =
            ["media.db", "moved.db"].map(|name| folder.path().join(format!("{name}{suffix}")));
        std::fs::rename(from, to).unwrap();
    }
    let _other = with_tables(&path);
    let error = database.read("read", |_| Ok(())).unwrap_err();
    assert!(matches!(error, StoreError::Replaced { .. }), "{error:?}");
}

#[test]
fn a_transaction_that_was_rolled_back_commits_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    stranger(&path)
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON analysis_jobs WHEN NEW.file_path = '/bad'
             BEGIN SELECT raise(ROLLBACK, 'refused'); END",
        )
        .unwrap();
    let mut outcomes = Vec::new();
    let result = database.transaction::<_, StoreError>(|transaction| {
        for path in ["/good", "/bad", "/better"] {
            outcomes.push(transaction.write("insert", |connection| {
                connection.execute(INSERT, [path])?;
                Ok(())
            }));
        }
        Ok(())
    });
    assert!(result.is_err());
    assert!(matches!(&outcomes[..], [Ok(()), Err(_), Err(_)]));
    assert_eq!(count(&database, "analysis_jobs"), 0);
    insert(&database, "/after").unwrap();
}

#[test]
fn closing_folds_the_log_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    insert(&database, "/a").unwrap();
    assert_eq!(count(&database, "analysis_jobs"), 1);
    drop(database);
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["media.db"]);
}

#[test]
fn the_open_database_is_not_hashed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    for name in ["media.db", "media.db-wal", "media.db-shm"] {
        let result = media_hash::hash_file::<media_hash::Sha256>(folder.path().join(name));
        assert_eq!(result.is_err(), cfg!(unix), "{name}");
    }
    drop(database);
    media_hash::hash_file::<media_hash::Sha256>(&path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_database_opened_by_a_link_is_not_hashed_either() {
    let folder = tempfile::tempdir().unwrap();
    let [real, link] = ["real", "link"].map(|name| folder.path().join(name));
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(real.join("media.db"), &link).unwrap();
    let _database = with_tables(&link);
    for name in ["media.db", "media.db-wal", "media.db-shm"] {
        let result = media_hash::hash_file::<media_hash::Sha256>(real.join(name));
        assert!(result.is_err(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_database_that_is_being_opened_is_not_hashed() {
    let folder = tempfile::tempdir().unwrap();
    let path = python_file(folder.path(), 1);
    let mut holder = spawn("hold the lock", &path);
    wait_for(&mut holder, "locked");
    let options = OpenOptions::new().busy_timeout(Duration::from_millis(200));
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| options.open(&path).map(drop));
        let mut refused = false;
        while !refused && !opening.is_finished() {
            refused = media_hash::hash_file::<media_hash::Sha256>(&path).is_err();
        }
        assert!(refused);
        let outcome = opening.join().unwrap();
        assert!(
            matches!(outcome, Err(OpenError::Busy { .. })),
            "{outcome:?}"
        );
    });
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn processes_that_open_a_new_database_together_all_succeed() {
    const PROCESSES: usize = 32;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|_| spawn("open and save", &path))
        .collect();
    for child in &mut children {
        wait_for(child, "ready");
    }
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
    for child in &mut children {
        let mut rest = String::new();
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        assert!(child.wait().unwrap().success(), "{rest}");
    }
    assert_eq!(
        count(&open(&path), "analysis_jobs"),
        i64::try_from(PROCESSES).unwrap()
    );
    assert_eq!(media_sqlite::inspect(&path).unwrap().differences, []);
}

#[test]
fn a_killed_process_loses_nothing_that_was_acknowledged() {
    const CYCLES: usize = 12;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let mut acknowledged = BTreeMap::new();
    for cycle in 0..CYCLES {
        let mut child = spawn("save until killed", &path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut saved = 0;
        while saved < 5 + cycle {
            saved += usize::from(lines.next().unwrap().unwrap().ends_with("saved"));
        }
        child.kill().unwrap();
        // What it said before it died counts too.
        saved += lines
            .map_while(Result::ok)
            .filter(|line| line.ends_with("saved"))
            .count();
        child.wait().unwrap();
        acknowledged.insert(child.id(), saved);
    }
    let connection = stranger(&path);
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    for (process, saved) in acknowledged {
        let kept: u32 = connection
            .query_row(
                "SELECT count(*) FROM analysis_jobs WHERE file_path LIKE ?1",
                [format!("/{process}/%")],
                |row| row.get(0),
            )
            .unwrap();
        assert!(kept as usize >= saved, "{saved} acknowledged, {kept} kept");
    }
}

#[test]
fn the_queue_of_one_process_is_bounded_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    let database = OpenOptions::new()
        .busy_timeout(Duration::from_millis(50))
        .open(&path)
        .unwrap();
    database
        .transaction::<_, StoreError>(|_| {
            // Another handle waits for this transaction, which waits for it.
            let busy = insert(&database, "/a").unwrap_err();
            assert!(matches!(busy, StoreError::Busy { .. }), "{busy:?}");
            Ok(())
        })
        .unwrap();
    insert(&database, "/a").unwrap();
}
