//! A primary that is killed, and a standby that takes over.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use media_hash::{Sha256, hash_bytes};
use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::{
    AnalysisJob, AnalysisKey, JobStore, NewAnalysis, NewProcessing, ProcessingJob, ProcessingKey,
    StoreError,
};
use postgres_cluster::Cluster;

const CLIENTS: usize = 8;

/// What each client must have saved before the primary is killed, and after.
const SAVES: usize = 50;

fn analysis(name: &str) -> NewAnalysis {
    NewAnalysis::new(
        format!("/media/{name}.wav"),
        hash_bytes::<Sha256>(name),
        hash_bytes::<Sha256>("config"),
    )
    .unwrap()
}

fn job(name: &str) -> NewProcessing {
    let hash = hash_bytes::<Sha256>;
    NewProcessing::new(
        name,
        "convert",
        (format!("/media/{name}.wav"), hash(name)),
        (format!("/media/{name}.flac"), hash("made")),
    )
    .unwrap()
}

fn is_there(database: &PostgresDatabase, name: &str) -> bool {
    let (path, config) = (format!("/media/{name}.wav"), hash_bytes::<Sha256>("config"));
    let key = AnalysisKey {
        file_path: &path,
        config_hash: config.as_str(),
    };
    let analysis = JobStore::<AnalysisJob>::get(database, key).unwrap();
    let job = JobStore::<ProcessingJob>::get(database, ProcessingKey { job_id: name }).unwrap();
    analysis.is_some() && job.is_some()
}

/// What the clients have been told.
#[derive(Default)]
struct Told {
    saved: Mutex<BTreeSet<String>>,
    count: [AtomicUsize; CLIENTS],
    end: AtomicBool,
}

impl Told {
    fn least(&self) -> usize {
        self.count
            .iter()
            .map(|count| count.load(SeqCst))
            .min()
            .unwrap_or(0)
    }
}

/// Saves until it is told to end. Nothing that it is told may be an error: each
/// call has the time that the standby needs to take over.
fn save(address: &str, client: usize, told: &Told) {
    let database = ConnectOptions::new()
        .timeout(Duration::from_secs(60))
        .open(address)
        .unwrap();
    let mut number = 0;
    while !told.end.load(SeqCst) {
        let name = format!("{client}-{number}");
        JobStore::<AnalysisJob>::save(&database, &analysis(&name)).unwrap();
        JobStore::<ProcessingJob>::save(&database, &job(&name)).unwrap();
        told.saved.lock().unwrap().insert(name);
        told.count[client].fetch_add(1, SeqCst);
        number += 1;
    }
}

/// Tells the clients to end, even if a panic leads past the end of the test,
/// which would wait for them for ever.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Waits for what the clients do, and not for a time.
fn until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "nothing goes on"
        );
        std::thread::yield_now();
    }
}

#[test]
fn what_was_acknowledged_survives_the_primary() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = Cluster::builder(&programs).start().unwrap();
    drop(ConnectOptions::new().open(&primary.url()).unwrap());
    let standby = primary.standby(true).unwrap();
    let address = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port(),
        standby.port()
    );
    // Connected while the primary is there, and with less patience.
    let hasty = ConnectOptions::new()
        .timeout(Duration::from_millis(200))
        .open(&address)
        .unwrap();
    JobStore::<AnalysisJob>::save(&hasty, &analysis("before")).unwrap();
    let told = Told::default();
    std::thread::scope(|scope| {
        let (address, told) = (&address, &told);
        let ending = Ending(&told.end);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || save(address, client, told)))
            .collect();
        until(|| told.least() >= SAVES || clients.iter().any(ScopedJoinHandle::is_finished));
        primary.kill().unwrap();

        let started = Instant::now();
        let error = JobStore::<AnalysisJob>::save(&hasty, &analysis("hasty")).unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Unavailable { .. } | StoreError::ReadOnly { .. }
            ),
            "{error:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(20));

        standby.promote().unwrap();
        let before = told.least();
        until(|| {
            told.least() >= before + SAVES || clients.iter().any(ScopedJoinHandle::is_finished)
        });
        drop(ending);
        for client in clients {
            client.join().unwrap();
        }
    });
    // By itself, without being opened again.
    JobStore::<AnalysisJob>::save(&hasty, &analysis("hasty")).unwrap();

    let after = ConnectOptions::new().open(&standby.url()).unwrap();
    let saved = told.saved.into_inner().unwrap();
    assert!(saved.len() >= 2 * CLIENTS * SAVES);
    let lost: Vec<_> = saved
        .iter()
        .filter(|name| !is_there(&after, name))
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} lost: {lost:?}",
        lost.len(),
        saved.len()
    );
}
