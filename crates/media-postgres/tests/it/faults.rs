//! What goes wrong on the way or on the server: what a caller is told, and that
//! the next call finds the way back.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use media_hash::{Sha256, hash_bytes};
use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::{
    AnalysisFilter, AnalysisJob, AnalysisKey, JobStore, NewAnalysis, NewProcessing, ProcessingJob,
    Query, Saved, StoreError,
};
use postgres::{Client, NoTls};
use postgres_cluster::{Cluster, Programs};

use crate::support::words;

fn open(address: &str) -> PostgresDatabase {
    ConnectOptions::new()
        .timeout(Duration::from_secs(30))
        .open(address)
        .unwrap()
}

fn analysis(name: &str) -> NewAnalysis {
    let hash = hash_bytes::<Sha256>;
    NewAnalysis::new(format!("/media/{name}"), hash(name), hash("config")).unwrap()
}

fn save(database: &PostgresDatabase, name: &str) -> Result<Saved, StoreError> {
    JobStore::<AnalysisJob>::save(database, &analysis(name))
}

fn count(database: &PostgresDatabase) -> u64 {
    JobStore::<AnalysisJob>::count(database, &AnalysisFilter::default()).unwrap()
}

/// Waits until a session of a database waits for a lock.
pub(crate) fn until_somebody_waits(server: &Cluster, database: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' \
         AND wait_event_type = 'Lock'"
    );
    let started = Instant::now();
    while server.psql(&sql).unwrap().trim() == "0" {
        assert!(started.elapsed() < Duration::from_secs(60), "nobody waits");
    }
}

#[test]
fn a_server_that_was_started_again() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    let database = open(&server.url());
    assert_eq!(save(&database, "a").unwrap(), Saved::Inserted);
    server.restart().unwrap();
    assert_eq!(count(&database), 1);
    server.restart().unwrap();
    assert_eq!(save(&database, "b").unwrap(), Saved::Inserted);

    // While it is gone a call waits for it.
    server.stop().unwrap();
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| save(&database, "c"));
        server.start().unwrap();
        assert_eq!(saving.join().unwrap().unwrap(), Saved::Inserted);
    });
    assert_eq!(count(&database), 3);

    server.stop().unwrap();
    let hasty = Duration::from_millis(100);
    let started = Instant::now();
    let error = ConnectOptions::new().timeout(hasty).open(&server.url());
    assert!(error.is_err());
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_connection_that_is_cut_in_the_middle_of_a_save() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    let database = open(&url);
    save(&database, "a").unwrap();
    let mut other = Client::connect(&url, NoTls).unwrap();
    let mut blocker = other.transaction().unwrap();
    blocker
        .batch_execute("LOCK TABLE analysis_jobs IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| save(&database, "b"));
        until_somebody_waits(server, name);
        server
            .psql(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = '{name}' AND wait_event_type = 'Lock'"
            ))
            .unwrap();
        // It tries again, and meets the lock again.
        until_somebody_waits(server, name);
        blocker.commit().unwrap();
        assert_eq!(saving.join().unwrap().unwrap(), Saved::Inserted);
    });
    assert_eq!(count(&database), 2);
}

#[test]
fn a_lock_that_is_not_given_up() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let timeout = Duration::from_millis(200);
    let database = ConnectOptions::new().timeout(timeout).open(&url).unwrap();
    let mut other = Client::connect(&url, NoTls).unwrap();
    let mut blocker = other.transaction().unwrap();
    blocker
        .batch_execute("LOCK TABLE analysis_jobs IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let error = save(&database, "a").unwrap_err();
    assert!(
        matches!(error, StoreError::Busy { waited, .. } if waited >= timeout),
        "{error:?}"
    );
    // No patience at all is not patience without end.
    let hasty = ConnectOptions::new().timeout(Duration::ZERO);
    let error = save(&hasty.open(&url).unwrap(), "a").unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    blocker.rollback().unwrap();
    save(&database, "a").unwrap();
}

#[test]
fn whoever_waits_for_a_connection_gets_one_when_another_breaks() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    let database = ConnectOptions::new()
        .connections(1)
        .timeout(Duration::from_secs(30))
        .open(&url)
        .unwrap();
    let mut other = Client::connect(&url, NoTls).unwrap();
    let mut blocker = other.transaction().unwrap();
    blocker
        .batch_execute("LOCK TABLE analysis_jobs IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| save(&database, "a"));
        until_somebody_waits(server, name);
        let second = scope.spawn(|| save(&database, "b"));
        server
            .psql(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = '{name}' AND wait_event_type = 'Lock'"
            ))
            .unwrap();
        blocker.rollback().unwrap();
        first.join().unwrap().unwrap();
        second.join().unwrap().unwrap();
    });
    assert_eq!(count(&database), 2);
}

#[test]
fn clients_that_save_the_same_in_opposite_orders() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let database = open(&url);
    let mut rows: Vec<_> = (0..200).map(|n| analysis(&n.to_string())).collect();
    let forwards = rows.clone();
    rows.reverse();
    std::thread::scope(|scope| {
        for rows in [&forwards, &rows] {
            let database = &database;
            scope.spawn(move || {
                for _ in 0..20 {
                    let saved = JobStore::<AnalysisJob>::save_many(database, rows).unwrap();
                    assert_eq!(saved.len(), rows.len());
                }
            });
        }
    });
    assert_eq!(count(&database), 200);
}

#[test]
fn a_user_that_may_only_read() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    let owner = open(&server.url());
    save(&owner, "a").unwrap();
    server
        .psql(
            "CREATE ROLE eve LOGIN PASSWORD 'pw'; \
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO eve",
        )
        .unwrap();
    let database = open(&server.url_as("eve", "pw", "postgres"));
    assert_eq!(count(&database), 1);
    let error = save(&database, "b").unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::ReadOnly {
                source: Some(_),
                ..
            }
        ),
        "{error:?}"
    );
    let words = words(&error);
    assert!(
        words.contains("permission denied for table analysis_jobs"),
        "{words}"
    );
}

#[test]
fn a_taken_name_leaves_the_first_job() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let database = open(&url);
    let job = |output: &str| {
        let [read, written] = ["in", output].map(hash_bytes::<Sha256>);
        NewProcessing::new("job", "cut", ("/in", read), (output, written)).unwrap()
    };
    let store: &dyn JobStore<ProcessingJob> = &database;
    store.save(&job("/first")).unwrap();
    let error = store.save(&job("/second")).unwrap_err();
    assert!(
        matches!(&error, StoreError::Conflict { job_id, .. } if job_id == "job"),
        "{error:?}"
    );
    let page = store.list(&Query::default()).unwrap();
    assert_eq!(page.into_rows().unwrap()[0].output_path, "/first");
}

const FOLDER: &str = "MEDIA_POSTGRES_FULL_DISK";

/// What is said once there is a disk, and once it was filled up.
const MOUNTED: &str = "mounted a small disk";
const DONE: &str = "saved until full";

// Only Linux has namespaces to mount in.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_on_the_server() {
    if let Some(folder) = env::var_os(FOLDER) {
        save_until_full(Path::new(&folder));
        println!("{DONE}");
        return;
    }
    if postgres_cluster::required().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut mounted = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        mounted.arg("--map-root-user");
    }
    let output = mounted
        .args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o size=100m,mode=755 none \"$0\" && echo \"$1\" && shift \
             && exec \"$@\"",
        ])
        .arg(folder.path())
        .arg(MOUNTED)
        .arg(env::current_exe().unwrap())
        .args([
            "--exact",
            "faults::a_full_disk_on_the_server",
            "--nocapture",
        ])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
    let [out, err] = &said;
    if !out.contains(MOUNTED) {
        // Not a failure even where every program must be there: a container
        // may not mount. Past the test harness, which keeps the output of what
        // passes to itself.
        let line = format!("\nnot run, a test with a full disk: {}\n", err.trim());
        io::stderr().lock().write_all(line.as_bytes()).unwrap();
        return;
    }
    // Without its word the program may have found no test of that name.
    assert!(
        output.status.success() && out.contains(DONE),
        "{out}\n{err}"
    );
}

/// The log of the server lies elsewhere: without room for that it would end.
fn save_until_full(folder: &Path) {
    let programs = Programs::find().unwrap();
    let server = Cluster::builder(&programs).data_in(folder).start().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    move_log(&server, elsewhere.path());
    let database = open(&server.url());
    let long = format!("[\"{}\"]", noise(1 << 20));
    let mut saved = 0;
    let row = |number: u64| {
        analysis(&number.to_string())
            .with_ranges_json(long.clone())
            .unwrap()
    };
    let error = loop {
        match JobStore::<AnalysisJob>::save(&database, &row(saved)) {
            Ok(_) => saved += 1,
            Err(error) => break error,
        }
        assert!(saved < 500, "the disk never fills up");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(saved > 0);
    assert_eq!(count(&database), saved);
    let config = hash_bytes::<Sha256>("config");
    let key = AnalysisKey {
        file_path: "/media/0",
        config_hash: config.as_str(),
    };
    let first = JobStore::<AnalysisJob>::get(&database, key)
        .unwrap()
        .unwrap();
    assert_eq!(first.ranges.unwrap().as_str(), long);
}

fn move_log(server: &Cluster, elsewhere: &Path) {
    server.stop().unwrap();
    let (from, to) = (
        server.data_folder().join("pg_wal"),
        elsewhere.join("pg_wal"),
    );
    let copied = Command::new("cp")
        .arg("-a")
        .args([&from, &to])
        .status()
        .unwrap();
    assert!(copied.success());
    fs::remove_dir_all(&from).unwrap();
    std::os::unix::fs::symlink(&to, &from).unwrap();
    let opened = Command::new("chmod")
        .arg("755")
        .arg(elsewhere)
        .status()
        .unwrap();
    assert!(opened.success());
    server.start().unwrap();
}

/// Text that does not compress.
fn noise(length: usize) -> String {
    let mut text = String::with_capacity(length + 64);
    let mut block = String::from("noise");
    while text.len() < length {
        let hash = hash_bytes::<Sha256>(&block);
        hash.hex().clone_into(&mut block);
        text.push_str(&block);
    }
    text
}
