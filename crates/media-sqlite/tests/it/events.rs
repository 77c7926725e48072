//! What the log is told.

use std::time::Duration;

use media_hash::{ContentHash, Fingerprint, HashCache, Sha256, hash_bytes};
use media_schema::{ANALYSIS_JOBS, Backend, BackendHashCache, DeferredHashCache, Waiting};
use media_sqlite::{ConnectionSource, OpenOptions};

use crate::collector::{event, heard};
use crate::{insert, open, python_file, stranger, with_tables};

#[test]
fn opening_and_what_it_made_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let name = path.to_str().unwrap();
    let opened = event(
        "DEBUG",
        "opened a database",
        &[
            ("database", name),
            ("read_only", "false"),
            ("elapsed_ms", "some"),
        ],
    );
    let created = &[("database", name), ("version", "1")];
    let created = event("INFO", "created a database", created);
    let table = &[("database", name), ("table", "analysis_jobs")];
    let table = event("DEBUG", "created a table or its indexes", table);
    let first = heard(|| ConnectionSource::ensure_table(&open(&path), &ANALYSIS_JOBS).unwrap());
    assert_eq!(first, [created, opened.clone(), table]);
    let second = heard(|| ConnectionSource::ensure_table(&open(&path), &ANALYSIS_JOBS).unwrap());
    assert_eq!(second, [opened]);

    let python = python_file(folder.path(), 1);
    let adopted = &[("database", python.to_str().unwrap()), ("version", "1")];
    let adopted = event("INFO", "adopted a database of the Python library", adopted);
    assert_eq!(heard(|| open(&python))[0], adopted);
}

#[test]
fn waiting_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    let options = OpenOptions::new().busy_timeout(Duration::from_millis(5));
    let database = options.open(&path).unwrap();
    let holder = stranger(&path);
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let fields = &[("database", path.to_str().unwrap()), ("waited_ms", "some")];
    let busy = event("WARN", "the database is busy", fields);
    let said = heard(|| insert(&database, "/a").unwrap_err());
    assert_eq!(said, std::slice::from_ref(&busy));
    let said = heard(|| {
        let queued = database.transaction::<_, media_schema::StoreError>(|_| Ok(()));
        queued.unwrap_err();
    });
    assert_eq!(said, [busy]);
}

#[test]
fn a_claim_that_was_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = open(&path);
    let claim = |patience| {
        let cancel = None;
        database.claim(&["analysis", "x"], Waiting { patience, cancel })
    };
    let mut held = None;
    let said = heard(|| held = Some(claim(None).unwrap()));
    assert_eq!(said, []);
    let said = heard(|| claim(Some(Duration::ZERO)).unwrap_err());
    let claimed = ("claim", "analysis x");
    let fields = &[claimed, ("outcome", "timed out"), ("waited_ms", "some")];
    assert_eq!(
        said,
        [
            event("INFO", "waiting for another's computation", &[claimed]),
            event("INFO", "waited for another's computation", fields),
        ]
    );
    drop(held);
}

#[test]
fn a_hash_cache_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let database = with_tables(&path);
    let fingerprint = Fingerprint::of_path(folder.path()).unwrap();
    let hash: ContentHash = hash_bytes::<Sha256>("content");
    let cache = BackendHashCache::new(&database);
    let use_it = || {
        heard(|| {
            let known = cache.get(&fingerprint, "sha256");
            cache.put(&fingerprint, std::slice::from_ref(&hash));
            known
        })
    };
    // That there is no table yet is as it should be.
    assert_eq!(use_it(), []);
    assert_eq!(use_it(), []);

    stranger(&path)
        .execute_batch("DROP TABLE file_hashes; CREATE TABLE file_hashes (other)")
        .unwrap();
    let said = use_it();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["level"], "WARN");
    assert_eq!(said[0]["message"], "cannot remember a file's hash");
    assert!(
        said[0]["error"].contains("remember hashes of files"),
        "{said:?}"
    );

    let deferred = DeferredHashCache::new(&database);
    deferred.put(&fingerprint, std::slice::from_ref(&hash));
    assert_eq!(deferred.get(&fingerprint, "sha256").as_ref(), Some(&hash));
    let said = heard(|| deferred.flush());
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0]["message"], "cannot remember a file's hash");
    assert_eq!(heard(|| deferred.flush()), [], "nothing is left to write");

    let path = folder.path().join("reading.db");
    drop(with_tables(&path));
    let reading = OpenOptions::new().read_only(true).open(&path).unwrap();
    let cache = BackendHashCache::new(&reading);
    let said = heard(|| cache.put(&fingerprint, std::slice::from_ref(&hash)));
    assert_eq!(said, [], "whoever opened it so knows");

    // Windows deletes no file that is open.
    if cfg!(unix) {
        std::fs::remove_file(&path).unwrap();
        let said = heard(|| cache.get(&fingerprint, "sha256"));
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0]["level"], "WARN");
        assert_eq!(said[0]["message"], "cannot read remembered hashes");
    }
}
