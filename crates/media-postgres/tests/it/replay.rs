//! A connection that is lost after the server did what it was told, and before
//! it could say so.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::{
    AnalysisKey, ProcessingBackend as _, ProcessingFilter, Prune, Saved, StoreError, Walked,
};
use postgres_cluster::Cluster;

use crate::samples::{analyses, analysis, get_analysis, get_job, hash, job, jobs};

/// Stands between client and server.
pub(crate) struct Between {
    port: u16,
    /// Whether the next answer is kept from the client, and the connection cut.
    swallow: Arc<AtomicBool>,
}

impl Between {
    fn new(server: &Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let swallow = Arc::new(AtomicBool::new(false));
        let (server, swallows) = (server.port(), swallow.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || forward(from, to, None));
                let swallows = swallows.clone();
                thread::spawn(move || forward(server, client, Some(&swallows)));
            }
        });
        Self { port, swallow }
    }

    pub(crate) fn swallow_next(&self) {
        self.swallow.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_swallowed(&self) -> bool {
        !self.swallow.load(Ordering::SeqCst)
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, swallow: Option<&AtomicBool>) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if swallow.is_some_and(|swallow| swallow.swap(false, Ordering::SeqCst)) {
            break;
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// A database by way of something that can cut connections. Its statements are
/// prepared, so that an answer is that to a statement.
pub(crate) fn between(server: &Cluster) -> (PostgresDatabase, Between) {
    let between = Between::new(server);
    let name = server.fresh_database().unwrap();
    let name = name.rsplit('/').next().unwrap();
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
    // Everything is prepared before an answer is swallowed.
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
    assert!(!store.remove(key("/nowhere")).unwrap());
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
    store.prune_rows(Vec::new(), &old, true).unwrap();
    let before = rows();
    assert_eq!(before.len(), 2);
    between.swallow_next();
    let gone = store.prune_rows(before.clone(), &old, true).unwrap();
    assert_eq!(gone, before);
    assert_eq!(rows(), []);
}

#[test]
fn a_save_that_is_done_again_spares_what_is_newer() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let (database, between) = between(server);
    let store = analyses(&database);
    store.save(&analysis("/a", "first", 1.0)).unwrap();
    // The save fails before it is done, and somebody else is faster.
    store.save(&analysis("/a", "newer", 5.0)).unwrap();
    between.swallow_next();
    store.save(&analysis("/a", "older", 3.0)).unwrap();
    assert!(between.has_swallowed());
    // It was done, and is what was said last.
    let row = get_analysis(&database, "/a").unwrap();
    assert_eq!(row.file_hash, hash("older"));
}
