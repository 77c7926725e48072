//! What can lie at a path, and what opening says to it.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use media_schema::{ANALYSIS_JOBS, PROCESSING_JOBS};
use media_sqlite::{ConnectionSource, Journal, OpenError, OpenOptions};

use crate::{open, stranger, with_tables};

fn refused(path: impl AsRef<Path>) -> OpenError {
    OpenOptions::new().open(path).unwrap_err()
}

#[test]
fn paths_that_sqlite_would_take_otherwise() {
    assert!(matches!(refused(""), OpenError::EmptyPath));
    assert!(matches!(
        refused("file:x.db?mode=memory"),
        OpenError::Uri { .. }
    ));
    assert!(!Path::new("x.db").exists());
}

#[test]
fn a_name_that_sqlite_gives_a_meaning_is_a_file_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(":memory:");
    with_tables(&path);
    assert!(fs::metadata(&path).unwrap().len() > 0);
}

#[test]
fn paths_that_no_file_can_have() {
    for path in ["/long".repeat(20_000), "a\0b".to_owned()] {
        assert!(matches!(refused(&path), OpenError::Io { .. }));
        assert!(matches!(
            media_sqlite::inspect(&path).unwrap_err(),
            OpenError::Io { .. }
        ));
    }
}

#[test]
fn a_directory() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        refused(folder.path()),
        OpenError::NotAFile {
            kind: "directory",
            ..
        }
    ));
}

#[cfg(unix)]
#[test]
fn devices_fifos_and_sockets_do_not_hang() {
    assert!(matches!(
        refused("/dev/null"),
        OpenError::NotAFile { kind: "device", .. }
    ));

    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    assert!(matches!(
        refused(&fifo),
        OpenError::NotAFile { kind: "FIFO", .. }
    ));

    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(matches!(
        refused(&socket),
        OpenError::NotAFile { kind: "socket", .. }
    ));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_are_errors() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.db");
    let link = folder.path().join("link.db");
    symlink(&real, &link).unwrap();
    with_tables(&real);
    let database = open(&link);
    crate::insert(&database, "/a").unwrap();
    assert_eq!(crate::count(&open(&real), "analysis_jobs"), 1);

    let round = folder.path().join("loop");
    symlink(&round, &round).unwrap();
    assert!(matches!(refused(&round), OpenError::Io { .. }));
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(folder.path().join("no/such/media.db"));
    let OpenError::Io { path, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(path, folder.path().join("no/such"));
}

#[test]
fn reading_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let error = OpenOptions::new().read_only(true).open(&path).unwrap_err();
    assert!(matches!(error, OpenError::NotFound { .. }));
    assert!(!path.exists());
}

#[test]
fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    fs::write(&path, "").unwrap();
    with_tables(&path);
    assert!(media_sqlite::inspect(&path).unwrap().differences.is_empty());
}

/// Opening must fail with what `expected` accepts, and leave every byte alone.
fn refused_untouched(path: &Path, expected: impl Fn(&OpenError) -> bool) {
    let before = fs::read(path).unwrap();
    for read_only in [false, true] {
        for journal in [Journal::Wal, Journal::Rollback] {
            let options = OpenOptions::new().read_only(read_only).journal(journal);
            let error = options.open(path).unwrap_err();
            assert!(expected(&error), "{error:?}");
            assert!(
                error.to_string().contains(path.to_str().unwrap()),
                "{error}"
            );
        }
    }
    assert_eq!(fs::read(path).unwrap(), before);
    for suffix in ["-wal", "-shm", "-journal"] {
        let beside = path.with_file_name(format!(
            "{}{suffix}",
            path.file_name().unwrap().to_str().unwrap()
        ));
        assert!(!beside.exists(), "{} was left behind", beside.display());
    }
}

#[test]
fn a_text_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "not a database\n".repeat(100)).unwrap();
    refused_untouched(&path, |error| {
        matches!(error, OpenError::NotADatabase { .. })
    });
}

#[test]
fn a_truncated_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = crate::python_file(folder.path(), 1);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..5000]).unwrap();
    refused_untouched(&path, |error| matches!(error, OpenError::Corrupt { .. }));
}

#[test]
fn a_newer_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    stranger(&path)
        .execute_batch("CREATE TABLE analysis_jobs (id); PRAGMA user_version = 99;")
        .unwrap();
    refused_untouched(&path, |error| {
        matches!(
            error,
            OpenError::Newer {
                found: 99,
                supported: media_schema::VERSION,
                ..
            }
        )
    });
}

#[test]
fn a_table_that_comes_or_goes_meanwhile_is_there_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let other = stranger(&path);
    other
        .execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = off")
        .unwrap();
    let create = media_schema::Ddl::newest("analysis_jobs").unwrap().sql;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let done = &done;
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                other.execute_batch(create).unwrap();
                other.execute_batch("DROP TABLE analysis_jobs").unwrap();
            }
        });
        let outcomes: Vec<_> = (0..200)
            .map(|_| OpenOptions::new().read_only(true).open(&path).map(drop))
            .collect();
        done.store(true, Ordering::Relaxed);
        for outcome in outcomes {
            outcome.unwrap();
        }
    });
}

#[test]
fn a_log_that_cannot_be_made_says_what_reading_needs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    // Refused to whoever runs this, as a folder without write permission is not.
    fs::create_dir(folder.path().join("media.db-wal")).unwrap();
    for error in [
        OpenOptions::new().read_only(true).open(&path).unwrap_err(),
        media_sqlite::inspect(&path).unwrap_err(),
    ] {
        assert!(
            matches!(error, OpenError::WalInReadOnlyFolder { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn another_programs_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    stranger(&path)
        .execute_batch("CREATE TABLE mail (id); PRAGMA user_version = 1;")
        .unwrap();
    refused_untouched(
        &path,
        |error| matches!(error, OpenError::NotOurs { found, .. } if found == "mail"),
    );
}

#[test]
fn a_view_named_like_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    stranger(&path)
        .execute_batch("CREATE VIEW analysis_jobs AS SELECT 1 AS id")
        .unwrap();
    refused_untouched(&path, |error| {
        matches!(error, OpenError::Schema { .. })
            && error
                .to_string()
                .contains("analysis_jobs is a view, not a table")
    });
}

#[test]
fn missing_and_changed_columns_are_named() {
    for (change, named) in [
        (
            "ALTER TABLE analysis_jobs DROP COLUMN metadata",
            "analysis_jobs.metadata is missing",
        ),
        (
            "ALTER TABLE analysis_jobs RENAME COLUMN ranges TO spans",
            "analysis_jobs.ranges is missing",
        ),
        (
            "DROP TABLE processing_jobs; CREATE TABLE processing_jobs (
                id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT UNIQUE NOT NULL,
                action TEXT NOT NULL, input_path TEXT NOT NULL, input_hash BLOB NOT NULL,
                output_path TEXT NOT NULL, output_hash TEXT NOT NULL, parameters JSON,
                metadata JSON, created_at REAL NOT NULL)",
            "processing_jobs.input_hash is declared \"BLOB\", expected TEXT",
        ),
        (
            "DROP TABLE processing_jobs; CREATE TABLE processing_jobs (
                id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL,
                action TEXT NOT NULL, input_path TEXT NOT NULL, input_hash TEXT NOT NULL,
                output_path TEXT NOT NULL, output_hash TEXT NOT NULL, parameters JSON,
                metadata JSON, created_at REAL NOT NULL)",
            "processing_jobs lacks UNIQUE(job_id)",
        ),
        (
            "DROP TABLE processing_jobs; CREATE TABLE processing_jobs (
                id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL,
                action TEXT NOT NULL, input_path TEXT NOT NULL, input_hash TEXT NOT NULL,
                output_path TEXT NOT NULL, output_hash TEXT NOT NULL, parameters JSON,
                metadata JSON, created_at REAL NOT NULL);
             CREATE UNIQUE INDEX some ON processing_jobs(job_id) WHERE action = 'cut'",
            "processing_jobs lacks UNIQUE(job_id)",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = crate::python_file(folder.path(), 1);
        stranger(&path).execute_batch(change).unwrap();
        refused_untouched(&path, |error| error.to_string().contains(named));
    }
}

#[test]
fn extra_columns_tables_and_indexes_are_tolerated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    stranger(&path)
        .execute_batch(
            "ALTER TABLE analysis_jobs ADD COLUMN note TEXT NOT NULL DEFAULT 'x';
             CREATE TABLE other (id);
             CREATE INDEX theirs ON analysis_jobs(note);",
        )
        .unwrap();
    let database = open(&path);
    crate::insert(&database, "/a").unwrap();
    assert_eq!(crate::count(&database, "analysis_jobs"), 1);
}

#[test]
fn a_column_that_no_save_could_fill_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    stranger(&path)
        .execute_batch(
            "CREATE TABLE analysis_jobs (id INTEGER PRIMARY KEY AUTOINCREMENT,
                file_path TEXT NOT NULL, file_hash TEXT NOT NULL, config_hash TEXT NOT NULL,
                ranges JSON, metadata JSON, created_at REAL NOT NULL, owner TEXT NOT NULL,
                UNIQUE(file_path, config_hash))",
        )
        .unwrap();
    refused_untouched(&path, |error| {
        error.to_string().contains("analysis_jobs.owner")
    });
}

#[test]
fn options_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let none = OpenOptions::new().readers(0);
    assert!(matches!(
        none.open(&path).unwrap_err(),
        OpenError::InvalidOption {
            option: "readers",
            ..
        }
    ));
    let forever = OpenOptions::new().busy_timeout(std::time::Duration::MAX);
    assert!(matches!(
        forever.open(&path).unwrap_err(),
        OpenError::InvalidOption {
            option: "busy_timeout",
            ..
        }
    ));
    assert!(!path.exists());
}

#[test]
fn each_table_comes_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (table, other) in [
        (&ANALYSIS_JOBS, "processing_jobs"),
        (&PROCESSING_JOBS, "analysis_jobs"),
    ] {
        let path = folder.path().join(table.name);
        open(&path).ensure_table(table).unwrap();
        let inspection = media_sqlite::inspect(&path).unwrap();
        assert_eq!(inspection.tables, [table.name]);
        assert_eq!(inspection.differences, []);

        let reading = OpenOptions::new().read_only(true).open(&path).unwrap();
        reading.ensure_table(table).unwrap();
        let absent = media_schema::TABLES
            .iter()
            .find(|table| table.name == other)
            .unwrap();
        assert!(matches!(
            reading.ensure_table(absent).unwrap_err(),
            OpenError::NoTable { table, .. } if table == other
        ));
    }
}

#[test]
fn a_dropped_index_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    stranger(&path)
        .execute_batch("DROP INDEX idx_analysis_hash_created_at")
        .unwrap();
    assert_eq!(media_sqlite::inspect(&path).unwrap().differences.len(), 1);
    with_tables(&path);
    assert_eq!(media_sqlite::inspect(&path).unwrap().differences, []);
}
