//! A connection that is lost after the server did what it was told, and before
//! it could say so.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::{
    AnalysisBackend as _, AnalysisKey, Backend as _, ProcessingBackend as _, ProcessingFilter,
    Prune, Saved, StoreError, Waiting, Walked,
};
use postgres_cluster::Cluster;

use crate::samples::{analyses, analysis, get_analysis, get_job, hash, job, jobs};

/// What is done when an answer is swallowed, before the client can know.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// There while the next answer is to be swallowed.
type Swallow = Arc<Mutex<Option<Meanwhile>>>;

/// Stands between client and server.
pub(crate) struct Between {
    port: u16,
    /// The next answer to a statement is kept from the client, and the
    /// connection cut.
    swallow: Swallow,
    /// The address of the database without a detour.
    direct: String,
}

impl Between {
    fn new(server: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let swallow = Swallow::default();
        let (to, swallows) = (server.port(), swallow.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || forward(&Cut { from, to }, None));
                let swallows = swallows.clone();
                let back = Cut {
                    from: server,
                    to: client,
                };
                thread::spawn(move || forward(&back, Some(&swallows)));
            }
        });
        Self {
            port,
            swallow,
            direct: server.fresh_database().unwrap(),
        }
    }

    pub(crate) fn swallow_next(&self) {
        self.swallow_next_and(|| {});
    }

    fn swallow_next_and(&self, meanwhile: impl FnOnce() + Send + 'static) {
        *self.swallow.lock().unwrap() = Some(Box::new(meanwhile));
    }

    pub(crate) fn has_swallowed(&self) -> bool {
        self.swallow.lock().unwrap().is_none()
    }
}

/// One way of a connection, both of which are cut when one ends, by a panic
/// too: nobody waits for an answer that never comes.
struct Cut {
    from: TcpStream,
    to: TcpStream,
}

impl Drop for Cut {
    fn drop(&mut self) {
        let _ = self.from.shutdown(Shutdown::Both);
        let _ = self.to.shutdown(Shutdown::Both);
    }
}

/// Whether it begins as the answer to a statement does that was carried out,
/// with `BindComplete` or `CommandComplete`. That a statement was prepared is no
/// such answer: a client that does not hear it has done nothing yet.
fn is_of_statement(answer: &[u8]) -> bool {
    matches!(answer.first(), Some(b'2' | b'C'))
}

fn forward(way: &Cut, swallow: Option<&Swallow>) {
    let (mut from, mut to) = (&way.from, &way.to);
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let read = &buffer[..length];
        let meanwhile = swallow
            .filter(|_| is_of_statement(read))
            .and_then(|swallow| {
                swallow
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take()
            });
        if let Some(meanwhile) = meanwhile {
            return meanwhile();
        }
        if to.write_all(read).is_err() {
            return;
        }
    }
}

/// A database by way of something that can cut connections. Two jobs are there.
pub(crate) fn between(server: &Cluster) -> (PostgresDatabase, Between) {
    let between = Between::new(server);
    let name = between.direct.rsplit('/').next().unwrap();
    let address = format!("postgres://postgres@127.0.0.1:{}/{name}", between.port);
    let database = ConnectOptions::new().connections(1).open(&address).unwrap();
    jobs(&database)
        .save(&job("first", "/in", "/out", 1.0))
        .unwrap();
    jobs(&database)
        .save_many(&[job("second", "/in", "/out", 1.0)])
        .unwrap();
    (database, between)
}

fn count(database: &PostgresDatabase) -> u64 {
    jobs(database).count(&ProcessingFilter::default()).unwrap()
}

#[test]
fn a_job_that_was_saved_unheard_is_no_conflict() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    // Its time is that of saving, and the same for every try.
    let new =
        media_schema::NewProcessing::new("a", "cut", ("/in", hash("in")), ("/out", hash("out")))
            .unwrap();
    between.swallow_next();
    let (row, saved) = database.record_and_get(&new, &[], None).unwrap();
    assert!(between.has_swallowed());
    assert_eq!(saved, Saved::Inserted);
    assert_eq!(get_job(&database, "a"), Some(row));
    assert_eq!(count(&database), 3);
    // Said again it is one, though it is the same.
    let error = jobs(&database).save(&new).unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

#[test]
fn jobs_that_were_saved_unheard_are_no_conflict() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let batch = ["a", "b", "c"].map(|name| job(name, "/in", "/out", 2.0));
    between.swallow_next();
    assert_eq!(
        jobs(&database).save_many(&batch).unwrap(),
        [Saved::Inserted; 3]
    );
    assert!(between.has_swallowed());
    assert_eq!(count(&database), 5);
}

#[test]
fn another_job_of_that_name_is_a_conflict_all_the_same() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let is_conflict = |error: &StoreError| matches!(error, StoreError::Conflict { .. });
    between.swallow_next();
    let error = jobs(&database)
        .save(&job("first", "/in", "/elsewhere", 1.0))
        .unwrap_err();
    assert!(is_conflict(&error) && between.has_swallowed(), "{error:?}");
    between.swallow_next();
    let batch = [job("a", "/in", "/out", 1.0), job("first", "/in", "/b", 1.0)];
    let error = jobs(&database).save_many(&batch).unwrap_err();
    assert!(is_conflict(&error) && between.has_swallowed(), "{error:?}");
    assert_eq!(count(&database), 2);
}

#[test]
fn what_was_done_unheard_is_told_as_it_was() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let store = analyses(&database);
    store.save(&analysis("/first", "a", 1.0)).unwrap();
    for path in ["/a", "/b"] {
        between.swallow_next();
        let saved = store.save(&analysis(path, "a", 2.0)).unwrap();
        assert_eq!(saved, Saved::Inserted);
        assert!(between.has_swallowed());
    }
    let config = hash("config");
    let key = |file_path| AnalysisKey {
        file_path,
        config_hash: config.as_str(),
    };
    between.swallow_next();
    assert!(store.remove(key("/a")).unwrap());
    assert!(between.has_swallowed());

    let old = Prune {
        older_than: media_schema::Timestamp::from_unix_seconds(9.0),
        ..Prune::default()
    };
    let rows = || -> Vec<_> {
        let page = store.walk(i64::MIN).unwrap();
        page.into_iter()
            .map(|Walked { id, bytes, row }| Walked {
                id,
                bytes,
                row: row.unwrap(),
            })
            .collect()
    };
    let before = rows();
    assert_eq!(before.len(), 2);
    between.swallow_next();
    let gone = store.prune_rows(before.clone(), &old, true).unwrap();
    assert!(between.has_swallowed());
    assert_eq!(gone, before);
    assert_eq!(rows(), []);
}

#[test]
fn a_save_that_is_done_again_spares_what_is_newer() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    analyses(&database)
        .save(&analysis("/a", "first", 1.0))
        .unwrap();
    // It is done, and somebody else saves before it can be done again.
    let other = ConnectOptions::new().open(&between.direct).unwrap();
    between.swallow_next_and(move || {
        analyses(&other)
            .save(&analysis("/a", "newer", 5.0))
            .unwrap();
    });
    let older = analysis("/a", "older", 3.0);
    let (row, saved) = database.save_and_get(&older, &[], None).unwrap();
    assert!(between.has_swallowed());
    let newer = get_analysis(&database, "/a").unwrap();
    assert_eq!(newer.file_hash, hash("newer"));
    // The caller is told of what it saved, which had the place of the newer.
    assert_eq!(saved, Saved::Replaced);
    assert_eq!((row.id, row.file_hash), (newer.id, hash("older").into()));
}

#[test]
fn a_batch_that_is_done_again_spares_what_is_newer() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let store = analyses(&database);
    store.save(&analysis("/a", "first", 1.0)).unwrap();
    let other = ConnectOptions::new().open(&between.direct).unwrap();
    between.swallow_next_and(move || {
        let newer = analysis("/a", "newer", 5.0);
        analyses(&other).save(&newer).unwrap();
    });
    let batch = [analysis("/a", "older", 3.0), analysis("/b", "new", 3.0)];
    let saved = store.save_many(&batch).unwrap();
    assert!(between.has_swallowed());
    assert_eq!(saved, [Saved::Replaced, Saved::Inserted]);
    let hash_of = |path| get_analysis(&database, path).unwrap().file_hash;
    assert_eq!(hash_of("/a"), hash("newer"));
    assert_eq!(hash_of("/b"), hash("new"));
}

#[test]
fn what_was_saved_unheard_over_something_newer_stays() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let store = analyses(&database);
    store.save(&analysis("/a", "newer", 5.0)).unwrap();
    between.swallow_next();
    let saved = store.save(&analysis("/a", "older", 3.0)).unwrap();
    assert!(between.has_swallowed());
    assert_eq!(saved, Saved::Replaced);
    // It was done, and is what was said last.
    let row = get_analysis(&database, "/a").unwrap();
    assert_eq!(row.file_hash, hash("older"));
}

#[test]
fn what_was_saved_unheard_by_a_claim_is_there_and_the_claim_is_not() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let claim = || database.claim(&["test", "a"], Waiting::default()).unwrap();
    let held = claim();
    let save = |path, token| database.save_and_get(&analysis(path, "a", 1.0), &[], Some(token));
    save("/first", held.token()).unwrap();
    between.swallow_next();
    let error = save("/a", held.token()).unwrap_err();
    assert!(between.has_swallowed());
    assert!(matches!(error, StoreError::ClaimLost { .. }), "{error:?}");
    assert!(get_analysis(&database, "/a").is_some());
    // Nothing more is saved by it, but by the next one.
    let error = save("/b", held.token()).unwrap_err();
    assert!(matches!(error, StoreError::ClaimLost { .. }), "{error:?}");
    assert_eq!(get_analysis(&database, "/b"), None);
    let (_, saved) = save("/a", claim().token()).unwrap();
    assert_eq!(saved, Saved::Replaced);
}
