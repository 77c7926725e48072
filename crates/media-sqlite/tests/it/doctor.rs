//! Every state that a file can be in, what the doctor says of it, and that
//! nothing is any different afterwards.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use media_sqlite::{
    Diagnosis, FindingKind, Generation, OpenError, OpenOptions, Severity, diagnose, inspect,
    recover,
};

use crate::child::{spawn, wait_for};
use crate::{python_file, stranger, with_tables};

/// Everything in a folder: names, bytes and when they were changed.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| {
            let modified = entry.metadata().unwrap().modified().unwrap();
            (entry.path(), (fs::read(entry.path()).unwrap(), modified))
        })
        .collect()
}

/// The diagnosis, made of a folder that is as it was afterwards.
fn examined(path: &Path) -> Diagnosis {
    let folder = path.parent().unwrap();
    let before = state(folder);
    let diagnosis = diagnose(path).unwrap();
    assert!(state(folder) == before, "something changed: {diagnosis:#?}");
    for finding in &diagnosis.findings {
        let must_act = finding.severity > Severity::Ok;
        assert_eq!(finding.advice.is_some(), must_act, "{finding:?}");
        for text in [Some(&finding.message), finding.advice.as_ref()]
            .into_iter()
            .flatten()
        {
            assert!(!text.contains('\n') && !text.is_empty(), "{finding:?}");
            assert!(!text.contains("***"), "a heading of SQLite's: {finding:?}");
        }
    }
    diagnosis
}

/// What is not as it should be.
fn kinds(diagnosis: &Diagnosis) -> Vec<(Severity, FindingKind)> {
    let findings = diagnosis.findings.iter();
    findings
        .filter(|finding| finding.severity > Severity::Ok)
        .map(|finding| (finding.severity, finding.kind))
        .collect()
}

#[track_caller]
fn assert_found(path: &Path, expected: &[(Severity, FindingKind)]) -> String {
    let diagnosis = examined(path);
    assert_eq!(kinds(&diagnosis), expected, "{diagnosis:#?}");
    let worst = expected.iter().map(|(severity, _)| *severity).max();
    assert_eq!(diagnosis.severity(), worst.unwrap_or(Severity::Ok));
    let messages = diagnosis
        .findings
        .iter()
        .map(|finding| finding.message.as_str());
    messages.collect::<Vec<_>>().join("\n")
}

/// A database of ours, closed, with a row in each table.
fn healthy(folder: &Path) -> PathBuf {
    let path = folder.join("media.db");
    let database = with_tables(&path);
    crate::insert(&database, "/a").unwrap();
    path
}

use FindingKind as Kind;
use Severity::{Error, Note, Warning};

#[test]
fn a_healthy_database_has_nothing_to_be_said_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let said = assert_found(&path, &[]);
    assert!(said.contains("native, schema version 1"), "{said}");
    assert!(said.contains("all rows can be read: 1"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn names_that_a_uri_would_read_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    for name in ["a?b#c%20.db", "mode=rw&x.db", "\u{fc}ber uns.db"] {
        let other = folder.path().join(name);
        fs::copy(&path, &other).unwrap();
        assert_found(&other, &[]);
    }
}

#[test]
fn there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    assert!(matches!(diagnose(&path), Err(OpenError::NotFound { .. })));
    assert!(matches!(diagnose(""), Err(OpenError::EmptyPath)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_deleted_database_has_left_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let writer = stranger(&path);
    writer.execute(crate::INSERT, ["/b"]).unwrap();
    fs::remove_file(&path).unwrap();
    let said = assert_found(&path, &[(Error, Kind::Deleted)]);
    assert!(said.contains("media.db-wal"), "{said}");
}

#[test]
fn what_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    assert_found(&inner, &[(Error, Kind::NotAFile)]);
}

#[cfg(unix)]
#[test]
fn what_would_hang_or_go_round() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let said = assert_found(&fifo, &[(Error, Kind::NotAFile)]);
    assert_eq!(said, "it is a FIFO, not a file");
    assert_found(Path::new("/dev/null"), &[(Error, Kind::NotAFile)]);
    let round = folder.path().join("loop");
    std::os::unix::fs::symlink(&round, &round).unwrap();
    assert_found(&round, &[(Error, Kind::LinkLoop)]);
    let inside = healthy(folder.path()).join("media.db");
    let diagnosis = diagnose(inside).unwrap();
    assert_eq!(kinds(&diagnosis), [(Error, Kind::Unreachable)]);
}

#[test]
fn files_that_are_no_databases() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    fs::write(&path, "").unwrap();
    assert_found(&path, &[(Warning, Kind::Empty)]);
    for text in ["short", &"not a database\n".repeat(100)] {
        fs::write(&path, text).unwrap();
        assert_found(&path, &[(Error, Kind::NotADatabase)]);
    }
}

#[test]
fn a_truncated_database_with_either_journal() {
    let folder = tempfile::tempdir().unwrap();
    let native = healthy(folder.path());
    for path in [native, python_file(folder.path(), 1)] {
        let length = fs::metadata(&path).unwrap().len();
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(length / 2)
            .unwrap();
        assert_found(&path, &[(Error, Kind::Integrity)]);
    }
}

#[test]
fn a_page_that_was_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page..page + 8].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    assert_found(&path, &[(Error, Kind::Integrity)]);
}

#[test]
fn a_bit_that_was_flipped_never_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let bytes = fs::read(&path).unwrap();
    let mut noticed = 0;
    for place in (0..110).chain((110..bytes.len()).step_by(1009)) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        fs::write(&path, &flipped).unwrap();
        let diagnosis = examined(&path);
        noticed += usize::from(diagnosis.severity() > Note);
    }
    assert!(noticed > 20, "{noticed}");
}

#[test]
fn schemas_that_are_not_ours() {
    for (sql, expected) in [
        (
            "CREATE TABLE analysis_jobs (id); PRAGMA user_version = 99",
            (Error, Kind::NewerVersion),
        ),
        ("CREATE TABLE mail (id)", (Error, Kind::Foreign)),
        (
            "CREATE VIEW analysis_jobs AS SELECT 1 AS id; PRAGMA user_version = 1",
            (Error, Kind::UnusableTable),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("media.db");
        stranger(&path).execute_batch(sql).unwrap();
        assert_found(&path, &[expected]);
    }
}

#[test]
fn tables_and_indexes_that_differ() {
    for (sql, expected) in [
        (
            "ALTER TABLE analysis_jobs DROP COLUMN metadata",
            (Error, Kind::UnusableTable),
        ),
        (
            "ALTER TABLE processing_jobs ADD COLUMN note TEXT",
            (Severity::Ok, Kind::Schema),
        ),
        ("DROP INDEX idx_analysis_created_at", (Warning, Kind::Index)),
        (
            "DROP INDEX idx_analysis_created_at;
             CREATE INDEX idx_analysis_created_at ON analysis_jobs(file_path)",
            (Warning, Kind::Index),
        ),
        ("DROP TABLE processing_jobs", (Note, Kind::NoTable)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = healthy(folder.path());
        stranger(&path).execute_batch(sql).unwrap();
        let expected: &[_] = if expected.0 == Severity::Ok {
            &[]
        } else {
            &[expected]
        };
        assert_found(&path, expected);
    }
}

#[test]
fn files_of_the_python_library() {
    for generation in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = python_file(folder.path(), generation);
        let said = assert_found(
            &path,
            &[(Note, Kind::NotAdopted), (Note, Kind::InvalidJson)],
        );
        assert!(said.contains(&format!("generation {generation}")), "{said}");
        drop(crate::open(&path));
        assert_found(&path, &[(Note, Kind::InvalidJson)]);
        assert_ne!(inspect(&path).unwrap().generation, Generation::Native);
    }
}

#[test]
fn rows_of_peers() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    stranger(&path)
        .execute_batch(
            "INSERT INTO analysis_jobs VALUES (7, '/b', 'h', 'c', 5, NULL, 1.5);
             INSERT INTO analysis_jobs VALUES (8, '/c', 'h', 'c', NULL, NULL, 'noon');
             INSERT INTO analysis_jobs VALUES (9, cast(x'ff' AS TEXT), 'h', 'c', NULL, NULL, 1.5);
             INSERT INTO analysis_jobs VALUES (10, '/d', 'h', 'c', '[NaN]', NULL, 1.5);
             INSERT INTO analysis_jobs VALUES (11, '/e', x'00', 'c', NULL, NULL, 9e99);
             INSERT INTO processing_jobs VALUES (1, 'j', 'a', 'i', 'h', 'o', 'h', '{', NULL, 9e99);",
        )
        .unwrap();
    let said = assert_found(
        &path,
        &[
            (Warning, Kind::UnreadableRow),
            (Note, Kind::InvalidJson),
            (Warning, Kind::FutureTime),
        ],
    );
    assert!(
        said.contains("4 of 7 rows cannot be read: analysis_jobs row 7"),
        "{said}"
    );
    assert!(said.contains("expected"), "and why not: {said}");
    assert!(said.contains("2 columns with text"), "{said}");
    assert!(said.contains("1 row with a time in the future"), "{said}");
}

#[test]
fn who_has_it_open_goes_on_undisturbed() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let mut child = spawn("hold it open", &path);
    wait_for(&mut child, "open");
    let said = assert_found(&path, &[]);
    if cfg!(unix) {
        assert!(
            said.contains(&format!("open by process {}", child.id())),
            "{said}"
        );
    }
    assert!(
        said.contains("all rows can be read: 2"),
        "the log counts: {said}"
    );
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    wait_for(&mut child, "saved");
    assert!(child.wait().unwrap().success());
    assert_found(&path, &[]);
}

#[test]
fn programs_that_come_and_go_are_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let mut child = spawn("come and go", &path);
    wait_for(&mut child, "going");
    for _ in 0..200 {
        let diagnosis = diagnose(&path).unwrap();
        let is_error = diagnosis.severity() == Error;
        assert!(!is_error, "{diagnosis:#?}");
    }
    assert!(
        child.try_wait().unwrap().is_none(),
        "it came and went all the while"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn who_holds_the_write_lock_is_named() {
    for journal in ["wal", "delete"] {
        let folder = tempfile::tempdir().unwrap();
        let path = healthy(folder.path());
        stranger(&path)
            .query_row(&format!("PRAGMA journal_mode = {journal}"), [], |_| Ok(()))
            .unwrap();
        let mut child = spawn("hold the lock", &path);
        wait_for(&mut child, "locked");
        let said = assert_found(&path, &[(Warning, Kind::Locked)]);
        assert!(
            said.contains(&format!("by process {}", child.id())),
            "{said}"
        );
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_found(&path, &[]);
    }
}

#[cfg(unix)]
#[test]
fn what_a_killed_program_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let mut child = spawn("hold it open", &path);
    wait_for(&mut child, "open");
    child.kill().unwrap();
    child.wait().unwrap();
    let said = assert_found(&path, &[(Note, Kind::Leftover)]);
    assert!(
        said.contains("all rows can be read: 2"),
        "the log counts: {said}"
    );

    fs::remove_file(folder.path().join("media.db-shm")).unwrap();
    let found = kinds(&examined(&path));
    assert!(found.contains(&(Warning, Kind::UnreadableLog)), "{found:?}");
    drop(crate::open(&path));
    assert_found(&path, &[]);
}

#[cfg(unix)]
#[test]
fn a_transaction_that_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = python_file(folder.path(), 1);
    let mut child = spawn("change much", &path);
    wait_for(&mut child, "changed");
    child.kill().unwrap();
    child.wait().unwrap();
    let found = kinds(&examined(&path));
    assert_eq!(found, [(Warning, Kind::HotJournal)]);

    let refused = [
        inspect(&path).map(drop),
        OpenOptions::new().read_only(true).open(&path).map(drop),
    ];
    for result in refused {
        let error = result.unwrap_err();
        assert!(matches!(error, OpenError::HotJournal { .. }), "{error:?}");
    }
    let recovered = recover(&path).unwrap();
    assert_eq!(
        (recovered.generation, recovered.version),
        (Generation::Python1, 0),
        "undone, and not adopted"
    );
    assert_found(
        &path,
        &[(Note, Kind::NotAdopted), (Note, Kind::InvalidJson)],
    );
}

#[cfg(unix)]
#[test]
fn what_readers_and_programs_of_yesterday_leave() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let reader =
        rusqlite::Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .unwrap();
    reader
        .query_row("SELECT count(*) FROM analysis_jobs", [], |_| Ok(()))
        .unwrap();
    drop(reader);
    assert!(folder.path().join("media.db-shm").exists());
    assert_found(&path, &[]);

    drop(crate::open(&path));
    let locks = folder.path().join("media.db-locks");
    fs::create_dir(&locks).unwrap();
    let lock = File::create(locks.join("0123")).unwrap();
    assert_found(&path, &[]);
    let yesterday = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    lock.set_modified(yesterday).unwrap();
    assert_found(&path, &[(Note, Kind::Leftover)]);
    fs::remove_dir_all(&locks).unwrap();

    let output = folder.path().join("clip.wav");
    stranger(&path)
        .execute(
            "INSERT INTO processing_jobs VALUES (1, 'j', 'a', 'i', 'h', ?1, 'h', NULL, NULL, 1.5)",
            [output.to_str().unwrap()],
        )
        .unwrap();
    assert_found(&path, &[]);
    let clip = File::create(folder.path().join(".clip-x.tmp")).unwrap();
    clip.set_modified(yesterday).unwrap();
    assert_found(&path, &[(Note, Kind::Leftover)]);
    fs::remove_file(folder.path().join(".clip-x.tmp")).unwrap();

    let unfinished = folder.path().join(".processing-x.tmp");
    fs::create_dir(&unfinished).unwrap();
    assert_found(&path, &[]);
    if cfg!(unix) {
        let handle = File::open(&unfinished).unwrap();
        handle.set_modified(yesterday).unwrap();
        assert_found(&path, &[(Note, Kind::Leftover)]);
    }
}

#[cfg(unix)]
#[test]
fn a_log_that_does_not_shrink() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let mut child = spawn("hold it open", &path);
    wait_for(&mut child, "open");
    let log = File::options()
        .write(true)
        .open(folder.path().join("media.db-wal"))
        .unwrap();
    log.set_len(65 << 20).unwrap();
    assert_found(&path, &[(Warning, Kind::LargeLog)]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_takes_no_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    for closed in [&path, folder.path()] {
        let before = fs::metadata(closed).unwrap().permissions();
        let mut permissions = before.clone();
        permissions.set_readonly(true);
        fs::set_permissions(closed, permissions).unwrap();
        let found = kinds(&examined(&path));
        fs::set_permissions(closed, before).unwrap();
        // Windows lets a folder that is marked so be written to.
        if cfg!(unix) || closed == path {
            assert_eq!(found, [(Warning, Kind::Permission)]);
        }
    }
}

#[test]
fn room_that_nobody_uses() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    stranger(&path)
        .execute_batch("CREATE TABLE filler AS SELECT zeroblob(20000000) AS x; DROP TABLE filler")
        .unwrap();
    assert_found(&path, &[(Note, Kind::FreeSpace)]);
}

#[test]
fn what_this_process_has_open_keeps_its_locks() {
    let folder = tempfile::tempdir().unwrap();
    let path = healthy(folder.path());
    let database = crate::open(&path);
    crate::insert(&database, "/mine").unwrap();
    assert_eq!(kinds(&diagnose(&path).unwrap()), []);

    database
        .transaction::<_, media_schema::StoreError>(|_| {
            assert_eq!(kinds(&diagnose(&path).unwrap()), []);
            // Another process must find the lock where it was.
            let mut child = spawn("try to write", &path);
            wait_for(&mut child, "busy");
            child.wait().unwrap();
            Ok(())
        })
        .unwrap();
}

#[test]
fn codes_are_told_apart() {
    let mut codes: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), FindingKind::ALL.len());
    assert!(
        codes
            .iter()
            .all(|code| code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'-')))
    );
}
